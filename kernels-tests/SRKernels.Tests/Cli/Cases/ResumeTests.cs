using System.Diagnostics;
using System.Text.Json;
using SRKernels.Cli;
using SRKernels.Cli.Upscaling;
using SRKernels.Models;
using SRKernels.Models.Batch;
using SRKernels.Models.Imaging;
using SRKernels.Runtime;
using SRKernels.Tests.Imaging;
using SRKernels.Tests.Processes;
using Xunit;

namespace SRKernels.Tests.Cli.Cases;

/// <summary>Sections 14, 15 and 17: runs that were killed, sources that changed, two runs at once.</summary>
public sealed class ResumeTests : IDisposable
{
    private static readonly int s_kills = string.Equals(Environment.GetEnvironmentVariable("SRKERNELS_LONG"), "1", StringComparison.Ordinal) ? 100 : 2;
    private readonly Srk _srk = new();

    private static ImageWriteOptions SignedFor(string source) => new() { Software = Results.SignatureOf(source) };

    public void Dispose() => _srk.Dispose();

    public static TheoryData<string> BrokenResults => ["empty", "cut", "signature only", "zeros"];

    [Theory]
    [MemberData(nameof(BrokenResults))]
    public void Section14_AResultThatIsNoWholePictureIsMadeAgain(string how)
    {
        var (source, result) = (_srk.Picture("in/a.png"), _srk.PathOf("a.png"));
        ImageCodecs.Write(ImageCodecs.Read(source), result, SignedFor(source));
        var whole = File.ReadAllBytes(result);
        Assert.Equal(ResultState.Done, Results.Look(source, result));
        File.WriteAllBytes(result, how switch
        {
            "empty" => [],
            "signature only" => whole[..5],
            "zeros" => new byte[whole.Length],
            _ => whole[..^7],
        });
        Assert.Equal(ResultState.Broken, Results.Look(source, result));
        Assert.Null(Gate(source, result).Skipped);
        Gate(source, result, check: true);
    }

    /// <summary>Half of a picture of others is half a picture: a download that broke off, for example.</summary>
    [Fact]
    public void Section14_ACutPictureOfOthersStays()
    {
        var (source, result) = (_srk.Picture("in/a.png"), _srk.PathOf("a.png"));
        ImageCodecs.Write(ImageCodecs.Read(source), result);
        var whole = File.ReadAllBytes(result);
        File.WriteAllBytes(result, whole[..^20]);
        Assert.Equal(ResultState.Other, Results.Look(source, result));
        Assert.Throws<SrkException>(() => Gate(source, result, check: true));
        File.WriteAllBytes(result, [.. new byte[100], .. "data that begin with zeros"u8]);
        Assert.Equal(ResultState.Other, Results.Look(source, result));
        // Before the pixels begin there is nothing to lose.
        File.WriteAllBytes(result, whole[..30]);
        Assert.Equal(ResultState.Broken, Results.Look(source, result));
    }

    /// <summary>Not what an interrupted writer leaves, and a picture to other programs: nobody's to replace.</summary>
    [Theory]
    [InlineData("a.png", "damaged inside")]
    [InlineData("a.jpg", "cut")]
    public void Section14_APictureThatIsDamagedStays(string name, string how)
    {
        var (source, result) = (_srk.Picture("in/a.png"), _srk.PathOf(name));
        ImageCodecs.Write(ImageCodecs.Read(source), result);
        var whole = File.ReadAllBytes(result);
        File.WriteAllBytes(result, how == "cut" ? whole[..^2] : [.. whole.Select((b, i) => i == whole.Length / 2 ? (byte)~b : b)]);
        Assert.Equal(ResultState.Other, Results.Look(source, result));
        Assert.Throws<SrkException>(() => Gate(source, result));
        Assert.Throws<SrkException>(() => Gate(source, result, check: true));
    }

    /// <summary>Two folders, as two cards of one camera fill them: one folder of results never serves both.</summary>
    [Fact]
    public void Section1_AResultOfAnotherPictureOfThatNameStays()
    {
        var (monday, tuesday, result) = (_srk.Picture("monday/a.png"), _srk.Picture("tuesday/a.png"), _srk.PathOf("a.png"));
        ImageCodecs.Write(ImageCodecs.Read(monday), result, SignedFor(monday));
        File.SetLastWriteTimeUtc(tuesday, File.GetLastWriteTimeUtc(result).AddSeconds(1));
        Assert.Equal(ResultState.OlderOfOthers, Results.Look(tuesday, result));
    }

    /// <summary>What comes under the name while the picture is computed is not replaced either.</summary>
    [Fact]
    public void Section1_AFileThatAppearsMeanwhileStays()
    {
        var (source, result) = (_srk.Picture("in/a.png"), _srk.PathOf("a.png"));
        var picture = ImageCodecs.Read(source);
        File.WriteAllText(result, "came meanwhile");
        Assert.Throws<SrkException>(() => ImageCodecs.Write(picture, result, new ImageWriteOptions { Replace = false }));
        Assert.Equal("came meanwhile", File.ReadAllText(result));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(result)!));
    }

    [Fact]
    public void Section14_WhatIsNoPictureIsNobodysResult()
    {
        var source = _srk.Picture("in/a.png");
        File.WriteAllText(_srk.PathOf("a.png"), "my notes, wrongly named");
        var message = Assert.Throws<SrkException>(() => Gate(source, _srk.PathOf("a.png"))).Message;
        Assert.Contains("--overwrite", message, StringComparison.Ordinal);
        Assert.Throws<SrkException>(() => Gate(source, _srk.PathOf("a.png"), check: true));
    }

    [Fact]
    public void Section15_AChangedSourceIsMadeAgain_ButNoPictureOfOthers()
    {
        var (source, result) = (_srk.Picture("in/a.png"), _srk.PathOf("a.png"));
        ImageCodecs.Write(ImageCodecs.Read(source), result, SignedFor(source));
        Assert.Contains("is there already", Gate(source, result).Skipped, StringComparison.Ordinal);
        File.SetLastWriteTimeUtc(source, File.GetLastWriteTimeUtc(result).AddSeconds(1));
        Assert.Equal("its source is newer", Gate(source, result).Again);
        var kept = Gate(source, result, keep: true);
        Assert.Contains("older than its source", kept.Skipped, StringComparison.Ordinal);
        Assert.True(kept.IsOlder);
        // One that was named is not replaced all the same.
        Assert.Throws<SrkException>(() => Gate(source, result, check: true));

        ImageCodecs.Write(ImageCodecs.Read(source), result);
        File.SetLastWriteTimeUtc(result, File.GetLastWriteTimeUtc(source).AddSeconds(-1));
        Assert.Contains("not made of it by srk", Gate(source, result).Skipped, StringComparison.Ordinal);
    }

    /// <summary>What the result says of its source goes before the clock: a camera or another machine may be years ahead.</summary>
    [Theory]
    [InlineData("dated into the future", ResultState.Done)]
    [InlineData("as it was", ResultState.Done)]
    [InlineData("coarser date", ResultState.Done)]
    [InlineData("newer", ResultState.Older)]
    [InlineData("older picture", ResultState.Older)]
    [InlineData("other length", ResultState.Older)]
    [InlineData("signed without a date", ResultState.Older)]
    public void Section15_TheSourceIsComparedWithWhatItWas(string what, ResultState state)
    {
        var (source, result) = (_srk.Picture("in/a.png"), _srk.PathOf("a.png"));
        var (now, then) = (DateTime.UtcNow, DateTime.UtcNow.AddYears(what == "dated into the future" ? 3 : -3));
        File.SetLastWriteTimeUtc(source, then);
        ImageCodecs.Write(ImageCodecs.Read(source), result, SignedFor(source));
        if (what == "signed without a date")
            ImageCodecs.Write(ImageCodecs.Read(source), result, new ImageWriteOptions { Software = Results.SignatureOf(source)[..18] });
        if (what == "other length") File.AppendAllText(source, "more");
        File.SetLastWriteTimeUtc(source, what switch
        {
            "coarser date" => new DateTime(then.Ticks - (then.Ticks % TimeSpan.TicksPerSecond), DateTimeKind.Utc),
            "newer" or "signed without a date" => now.AddMinutes(1),
            "older picture" => then.AddYears(-1),
            _ => then,
        });
        Assert.Equal(state, Results.Look(source, result));
        if (what == "older picture") Assert.Equal("its source has changed", Gate(source, result).Again);
        if (what == "older picture") Assert.Contains("another state of its source", Gate(source, result, keep: true).Skipped, StringComparison.Ordinal);
    }

    [Fact]
    public void Section15_ASourceFromTheFutureIsMadeOnce()
    {
        File.SetLastWriteTimeUtc(_srk.Picture("in/a.png", 4, 4), DateTime.UtcNow.AddYears(3));
        foreach (var status in new[] { "done", "skipped" })
        {
            var run = _srk.Run("upscale", "in", "-o", "out", "--json", "--steps", "2", "-q");
            Assert.True(run.ExitCode == 0, run.ToString());
            Assert.Equal([status], Statuses(run));
        }
    }

    /// <summary>A run that goes on after a break compares as an unbroken one does, or says why it cannot.</summary>
    [Fact]
    public void Section14_WhatIsThereAlreadyIsComparedAllTheSame()
    {
        foreach (var name in new[] { "a.png", "b.png" })
        {
            _srk.Picture($"in/{name}", 8, 8);
            _srk.Picture($"truth/{name}", 32, 32);
        }

        string[] arguments = ["upscale", "in", "-o", "out", "--compare", "truth", "--steps", "2", "--quiet"];
        var whole = _srk.Run(arguments);
        Assert.True(whole.ExitCode == 0, whole.ToString());
        Assert.Contains("mean of 2", whole.Output, StringComparison.Ordinal);
        File.Delete(_srk.PathOf("out/b.png"));
        var resumed = _srk.Run(arguments);
        Assert.True(resumed.ExitCode == 0, resumed.ToString());
        Assert.Equal(whole.Output, resumed.Output);
        ImageCodecs.Write(new Image(31, 32, PixelLayout.Rgb), _srk.PathOf("out/b.png"));
        var other = _srk.Run([.. arguments, "--json"]);
        Assert.Equal(["skipped", "skipped"], Statuses(other));
        var objects = other.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.True(double.IsFinite(objects[0].GetProperty("psnr").GetDouble()));
        Assert.Contains("expected a result of 32x32, got 31x32", objects[1].GetProperty("notCompared").GetString(), StringComparison.Ordinal);
        Assert.Contains("b.png: not compared", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Section15_TheSummaryCountsThem()
    {
        foreach (var name in new[] { "a.png", "b.png" })
        {
            _srk.Picture($"in/{name}", 4, 4);
            _srk.Picture($"out/{name}", 4, 4);
            ImageCodecs.Write(ImageCodecs.Read(_srk.PathOf($"out/{name}")), _srk.PathOf($"out/{name}"), SignedFor(_srk.PathOf($"in/{name}")));
        }

        File.SetLastWriteTimeUtc(_srk.PathOf("in/b.png"), File.GetLastWriteTimeUtc(_srk.PathOf("out/b.png")).AddHours(1));
        var kept = _srk.Run("upscale", "in", "-o", "out", "--keep", "--json", "--steps", "2");
        Assert.True(kept.ExitCode == 0, kept.ToString());
        Assert.Contains("2 skipped, 1 older than its source", kept.Error, StringComparison.Ordinal);
        Assert.Equal(["skipped", "skipped"], Statuses(kept));
        var made = _srk.Run("upscale", "in", "-o", "out", "--json", "--steps", "2");
        Assert.True(made.ExitCode == 0, made.ToString());
        Assert.Equal(["skipped", "done"], Statuses(made));
        Assert.Contains("b.png: made again, its source is newer", made.Error, StringComparison.Ordinal);
        Assert.Equal(16, ImageCodecs.Read(_srk.PathOf("out/b.png")).Width);
    }

    [Fact]
    public async Task Section17_TwoRunsOnOneFolderComputeEachPictureOnce()
    {
        const int Pictures = 6;
        for (var i = 0; i < Pictures; i++) _srk.Picture($"in/{i}.png", 8, 8);
        Process[] runs = [_srk.Start("upscale", "in", "-o", "out", "--json", "--threads", "1"), _srk.Start("upscale", "in", "-o", "out", "--json", "--threads", "1")];
        var outputs = runs.Select(run => (Output: run.StandardOutput.ReadToEndAsync(), Error: run.StandardError.ReadToEndAsync())).ToArray();
        for (var i = 0; i < runs.Length; i++)
        {
            await runs[i].WaitForExitAsync();
            Assert.True(runs[i].ExitCode == 0, await outputs[i].Error);
            runs[i].Dispose();
        }

        var statuses = (await Task.WhenAll(outputs.Select(o => o.Output))).SelectMany(o => o.TrimEnd('\n').Split('\n')).Select(Status).ToArray();
        Assert.Equal(Pictures, statuses.Count(status => status == "done"));
        Assert.Equal(Pictures, statuses.Count(status => status == "skipped"));
        Assert.Equal(Pictures, _srk.Files("out").Length);
    }

    [Fact]
    public void Section17_AnotherRunsClaimIsWaitedForAndItsDeathNoticed()
    {
        _srk.Picture("in/a.png", 4, 4);
        Directory.CreateDirectory(_srk.PathOf("out"));
        var claim = ResultClaim.TryTake(_srk.PathOf("out/a.png"));
        using var run = _srk.Start("upscale", "in", "-o", "out", "--steps", "2");
        Assert.Contains("waiting for another run, which is making 1 of these pictures", run.StandardError.ReadLine(), StringComparison.Ordinal);
        Assert.False(File.Exists(_srk.PathOf("out/a.png")));
        claim!.Dispose();
        run.StandardError.ReadToEnd();
        run.WaitForExit();
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(["a.png"], _srk.Files("out"));
    }

    // SRKERNELS_LONG=1: a hundred.
    [Fact]
    public void Section14_RunsKilledAtRandomMomentsAndResumedGiveThePixelsOfOneRun()
    {
        const int Pictures = 5;
        for (var i = 0; i < Pictures; i++) _srk.Picture($"in/{i}.png", 6 + i, 9);
        var random = new Random(14);
        var clock = Stopwatch.StartNew();
        var whole = _srk.Run("upscale", "in", "-o", "whole");
        Assert.True(whole.ExitCode == 0, whole.ToString());
        var longest = (int)clock.ElapsedMilliseconds;
        for (var killed = 0; killed < s_kills;)
        {
            using (var run = _srk.Start("upscale", "in", "-o", "out", "--quiet"))
            {
                if (run.WaitForExit(random.Next(longest / 4, longest)))
                {
                    // It came to its end: all is there, and the next begins anew.
                    AssertResumed();
                    Directory.Delete(_srk.PathOf("out"), recursive: true);
                    continue;
                }

                run.Kill();
                run.WaitForExit();
            }

            killed++;
        }

        var last = _srk.Run("upscale", "in", "-o", "out");
        Assert.True(last.ExitCode == 0, last.ToString());
        AssertResumed();

        void AssertResumed()
        {
            // Nothing beside the results: what killed runs left is cleared.
            Assert.Equal(_srk.Files("whole"), _srk.Files("out"));
            foreach (var file in _srk.Files("whole")) ImageAssert.Same(ImageCodecs.Read(_srk.PathOf($"whole/{file}")), ImageCodecs.Read(_srk.PathOf($"out/{file}")));
        }
    }

    private Decision Gate(string source, string result, bool keep = false, bool check = false)
    {
        var job = new UpscaleJob(source, result, "a.png", 1);
        var gate = new ResultGate(new UpscaleRequest { Input = source, Output = result, Keep = keep, Options = new UpscaleOptions() }, [job]);
        if (!check) return gate.Look(job);
        gate.CheckSingle(job);
        return new Decision(null);
    }

    private static string[] Statuses(ProcessResult result) => [.. result.Output.TrimEnd('\n').Split('\n').Select(Status)];

    internal static string Status(string line) => JsonDocument.Parse(line).RootElement.GetProperty("status").GetString()!;
}
