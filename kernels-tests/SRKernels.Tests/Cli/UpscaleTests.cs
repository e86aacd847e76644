using System.Diagnostics;
using System.Text.Json;
using SRKernels.Models;
using SRKernels.Models.Imaging;
using SRKernels.Tests.Kernels;
using SRKernels.Tests.Models;
using SRKernels.Tests.Processes;
using Xunit;

namespace SRKernels.Tests.Cli;

/// <summary>The built command on small pictures with the shipped weights.</summary>
public sealed class UpscaleTests : IDisposable
{
    private readonly Srk _srk = new();

    public void Dispose() => _srk.Dispose();

    [Fact]
    public void AFileAPipeAndOneThreadGiveTheSameBytes()
    {
        var input = _srk.Picture("in.png", 20, 12);
        var file = _srk.Run("upscale", input, "-o", "out.png", "--quiet");
        Assert.True(file.ExitCode == 0, file.ToString());
        Assert.Empty(file.Error + file.Output);
        var pipe = _srk.Pipe(File.ReadAllBytes(input), "upscale", "-", "-o", "-", "--threads", "1");
        Assert.True(pipe.ExitCode == 0, pipe.ToString());
        Assert.Equal(File.ReadAllBytes(_srk.PathOf("out.png")), pipe.OutputBytes);
        var image = ImageCodecs.Read(_srk.PathOf("out.png"));
        Assert.Equal((80, 48), (image.Width, image.Height));
        Assert.Equal(["in.png", "out.png"], _srk.Files());
    }

    [OpenClFact]
    public void ADeviceGivesTheProcessorsPicture()
    {
        var input = _srk.Picture("in.png", 20, 12);
        var processor = _srk.Run("upscale", input, "-o", "cpu.png", "--device", "cpu", "--quiet");
        Assert.True(processor.ExitCode == 0, processor.ToString());
        var device = _srk.Run("upscale", input, "-o", "device.png", "--device", "opencl:0");
        Assert.True(device.ExitCode == 0, device.ToString());
        Assert.Contains("launches", device.Error + device.Output, StringComparison.Ordinal);
        ImageComparison.AssertSame(
            "opencl:0", ImageCodecs.Read(_srk.PathOf("cpu.png")).Samples8, ImageCodecs.Read(_srk.PathOf("device.png")).Samples8, flips: 0);
    }

    [Fact]
    public void FoldersKeepTheTreeGoOnPastABadFileAndSkipWhatIsDone()
    {
        _srk.Picture("in/a.png");
        _srk.Picture("in/sub/b.jpg");
        File.WriteAllText(_srk.PathOf("in/bad.png"), "no picture");
        var first = _srk.Run("upscale", "in", "-o", "out", "--seed", "5", "--json");
        Assert.True(first.ExitCode == 1, first.ToString());
        Assert.Contains("1 of 3 pictures failed", first.Error, StringComparison.Ordinal);
        Assert.EndsWith("convert it to one of these formats\n", first.Error, StringComparison.Ordinal);
        Assert.Equal(["a.png", "sub/b.png"], _srk.Files("out"));
        var lines = first.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(
            [(SuperResolver.SeedFor(5, "a.png"), "done"), (SuperResolver.SeedFor(5, "bad.png"), "failed"), (SuperResolver.SeedFor(5, "sub/b.jpg"), "done")],
            lines.Select(line => (line.GetProperty("seed").GetUInt64(), line.GetProperty("status").GetString()!)));
        Assert.Contains("an image", lines[1].GetProperty("error").GetString(), StringComparison.Ordinal);

        File.Delete(_srk.PathOf("in/bad.png"));
        var a = File.GetLastWriteTimeUtc(_srk.PathOf("out/a.png"));
        var bytes = File.ReadAllBytes(_srk.PathOf("out/sub/b.png"));
        File.Delete(_srk.PathOf("out/sub/b.png"));
        var second = _srk.Run("upscale", "in", "-o", "out", "--seed", "5");
        Assert.True(second.ExitCode == 0, second.ToString());
        Assert.Contains("a.png: skipped", second.Error, StringComparison.Ordinal);
        Assert.Equal(a, File.GetLastWriteTimeUtc(_srk.PathOf("out/a.png")));
        // Alone or among others: its seed is its own.
        Assert.Equal(bytes, File.ReadAllBytes(_srk.PathOf("out/sub/b.png")));
    }

    [Fact]
    public void CompareOfAFolderPrintsEachAndTheMean()
    {
        _srk.Picture("in/a.png", 8, 8);
        _srk.Picture("in/b.png", 8, 8);
        _srk.Picture("truth/a.png", 32, 32);
        _srk.Picture("truth/b.png", 32, 32);
        var result = _srk.Run("upscale", "in", "--compare", "truth", "--quiet");
        Assert.True(result.ExitCode == 0, result.ToString());
        var lines = result.Output.TrimEnd('\n').Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Matches(@"^a\.png: bicubic \d+\.\d\d dB / -?[01]\.\d{4}, ours \d+\.\d\d dB / -?[01]\.\d{4}$", lines[0]);
        Assert.StartsWith("mean of 2: bicubic ", lines[2], StringComparison.Ordinal);
    }

    /// <summary>ILGPU's CPU accelerator spends its time on launches, not on operations, and a probe would take minutes.</summary>
    [Fact]
    public void DryRun_OnIlgpusProcessorEstimatesNothing()
    {
        _srk.Picture("in.png", 8, 8);
        var result = _srk.Run("upscale", "in.png", "-o", "out.png", "--dry-run", "--device", "ilgpu:cpu");
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("no estimate of its time", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void ADryRunPlansAndWritesNothing()
    {
        _srk.Picture("in.png", 300, 200);
        var result = _srk.Run("upscale", "in.png", "-o", "out.png", "--dry-run", "--tile", "64", "--json");
        Assert.True(result.ExitCode == 0, result.ToString());
        var plan = JsonDocument.Parse(result.Output).RootElement;
        Assert.True(plan.GetProperty("tiles").GetInt32() > 10, result.Output);
        Assert.True(plan.GetProperty("estimatedSeconds").GetDouble() > 0, result.Output);
        Assert.Equal(["in.png"], _srk.Files());
    }

    [Fact]
    public void CtrlCStopsAtOnceAndLeavesNothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals of Unix");
        _srk.Picture("in.png", 1024, 1024);
        var start = new ProcessStartInfo("dotnet", ["exec", Srk.Program, "upscale", "in.png", "-o", "out.png"])
        {
            UseShellExecute = false, RedirectStandardError = true, WorkingDirectory = _srk.Folder,
        };
        using var process = Process.Start(start)!;
        // The plan is printed once the model is loaded and the signal handlers are in place.
        Assert.Contains("tiles", process.StandardError.ReadLine(), StringComparison.Ordinal);
        Assert.Equal(0, ChildProcess.Run("kill", ["-INT", $"{process.Id}"]).ExitCode);
        var rest = process.StandardError.ReadToEnd();
        Assert.True(process.WaitForExit(60_000), "still runs a minute after Ctrl-C");
        Assert.Equal(130, process.ExitCode);
        Assert.Contains("stopped", rest, StringComparison.Ordinal);
        Assert.Equal(["in.png"], _srk.Files());
    }
}
