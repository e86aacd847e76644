using System.Text.Json;
using SRKernels.Cli.Upscaling;
using SRKernels.Models.Batch;
using SRKernels.Models.Imaging;
using SRKernels.Models.Storage;
using SRKernels.Runtime;
using SRKernels.Tests.Processes;
using Xunit;

namespace SRKernels.Tests.Cli.Cases;

/// <summary>Sections 1, 4, 5 and 24: what a run does not take is counted and said, and <c>--json</c> has an object for whatever happens.</summary>
public sealed class LeftOutTests : IDisposable
{
    private readonly Srk _srk = new();

    public void Dispose() => _srk.Dispose();

    /// <summary>What the readme says of folders: what is hidden, and folders by way of links.</summary>
    [Fact]
    public void Section4_HiddenFilesAndFoldersAndFoldersThatAreLinksAreNotTaken()
    {
        if (OperatingSystem.IsWindows()) return;
        Touch("in/a.png", "in/.hidden.png", "in/.folder/b.png", "in/sub/c.png", "in/sub/.d.png", "elsewhere/e.png", "in/._apple.png", "in/..two.png");
        Directory.CreateSymbolicLink(_srk.PathOf("in/link"), _srk.PathOf("elsewhere"));
        Directory.CreateSymbolicLink(_srk.PathOf("in/up"), "..");
        File.CreateSymbolicLink(_srk.PathOf("in/f.png"), _srk.PathOf("elsewhere/e.png"));
        Assert.Equal(["a.png", "f.png", "sub/c.png"], FolderJobs.List(_srk.PathOf("in"), null, 1).Jobs.Select(job => job.RelativePath));
        // A folder that is named is entered, whatever its name and by whatever way.
        Assert.Equal(["b.png"], FolderJobs.List(_srk.PathOf("in/.folder"), null, 1).Jobs.Select(job => job.RelativePath));
        Assert.Equal(["e.png"], FolderJobs.List(_srk.PathOf("in/link"), null, 1).Jobs.Select(job => job.RelativePath));
    }

    [Fact]
    public void Section1f_OriginalsInAFolderOfResultsBelowAreCountedAndSaid()
    {
        _srk.Picture("in/a.png", 4, 4);
        _srk.Picture("in/out/mine.png", 4, 4);
        _srk.Picture("in/out/deep/other.jpg", 4, 4);
        Touch("in/out/notes.txt");
        var result = _srk.Run("upscale", "in", "-o", "in/out", "--steps", "2", "--json");
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("2 pictures, the first", result.Error, StringComparison.Ordinal);
        Assert.Equal([("in/out/deep/other.jpg", "skipped"), ("in/out/mine.png", "skipped"), ("in/a.png", "done")], Objects(result));
        // What srk made there is none of them, neither a result of this run nor one whose source is gone.
        File.Delete(_srk.PathOf("in/out/mine.png"));
        File.Delete(_srk.PathOf("in/out/deep/other.jpg"));
        File.Move(_srk.PathOf("in/a.png"), _srk.PathOf("in/b.png"));
        Assert.Empty(FolderJobs.List(_srk.PathOf("in"), _srk.PathOf("in/out"), 1).AmongResults);
    }

    /// <summary>A name may end like a result's and be an original's.</summary>
    [Fact]
    public void Section1e_ResultsAreToldFromOriginalsByWhatIsInThem()
    {
        _srk.Picture("in/cat.png", 4, 4);
        var dog = File.ReadAllBytes(_srk.Picture("in/dog.png", 4, 4));
        foreach (var expected in new[] { new[] { ("in/cat.png", "done"), ("in/dog.png", "done") }, [("in/catg.png", "skipped"), ("in/dogg.png", "skipped"), ("in/cat.png", "skipped"), ("in/dog.png", "skipped")] })
        {
            var result = _srk.Run("upscale", "in", "-o", "in", "--suffix", "g", "--steps", "2", "-q", "--json");
            Assert.True(result.ExitCode == 0, result.ToString());
            Assert.Equal(expected, Objects(result));
        }

        Assert.Equal(["cat.png", "catg.png", "dog.png", "dogg.png"], _srk.Files("in"));
        var said = _srk.Run("upscale", "in", "-o", "in", "--suffix", "g", "--steps", "2").Error;
        Assert.Contains("left out, as results of earlier runs: 2 pictures", said, StringComparison.Ordinal);
        // Where one is in the other's way, neither is lost.
        _srk.Picture("in/do.png", 4, 4);
        var refused = _srk.Run("upscale", "in", "-o", "in", "--suffix", "g", "--steps", "2", "-q", "--json", "--overwrite");
        Assert.True(refused.ExitCode == 1, refused.ToString());
        Assert.Contains("dog.png' for 'do.png', which it reads", refused.Error, StringComparison.Ordinal);
        Assert.Equal([("in", "refused")], Objects(refused));
        Assert.Equal(dog, File.ReadAllBytes(_srk.PathOf("in/dog.png")));
    }

    [Theory]
    [InlineData("signed", true)]
    [InlineData("signed by name", true)]
    [InlineData("empty", true)]
    [InlineData("zeros", true)]
    [InlineData("signed and cut", true)]
    [InlineData("unsigned", false)]
    [InlineData("unsigned and cut", false)]
    [InlineData("by another program", false)]
    [InlineData("jpeg", false)]
    [InlineData("text", false)]
    public void Section1e_WhatIsSrksIsKnownByItsSignature(string what, bool isOwn)
    {
        var path = _srk.Picture("a.png");
        var software = what switch
        {
            "signed" or "signed and cut" => Results.SignatureOf(path),
            "signed by name" => Results.Signature,
            "by another program" => "SRKernelsmith 2",
            _ => null,
        };
        ImageCodecs.Write(ImageCodecs.Read(path), _srk.PathOf(what == "jpeg" ? "b.jpg" : "b.png"), new ImageWriteOptions { Software = software });
        if (what == "jpeg") File.Move(_srk.PathOf("b.jpg"), _srk.PathOf("b.png"));
        var bytes = File.ReadAllBytes(_srk.PathOf("b.png"));
        File.WriteAllBytes(_srk.PathOf("b.png"), what switch
        {
            "empty" => [],
            "zeros" => new byte[bytes.Length],
            "text" => [.. "no picture"u8],
            _ when what.EndsWith("cut", StringComparison.Ordinal) => bytes[..^20],
            _ => bytes,
        });
        Assert.Equal(isOwn, Results.IsOwn(_srk.PathOf("b.png")));
        Assert.False(Results.IsOwn(_srk.Folder));
    }

    /// <summary>A result that was asked for by its own name is one, too: the next run of the folder does not enlarge it again.</summary>
    [Fact]
    public void Section1e_AFilesResultIsSignedToo()
    {
        _srk.Picture("in/a.png", 4, 4);
        var result = _srk.Run("upscale", "in/a.png", "-o", "in", "--suffix", "_x4", "--steps", "2", "-q");
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal([_srk.PathOf("in/a_x4.png")], FolderJobs.List(_srk.PathOf("in"), _srk.PathOf("in"), 1, naming: new ResultNaming { Suffix = "_x4" }).EarlierResults);
        Assert.Equal(ResultState.Done, Results.Look(_srk.PathOf("in/a.png"), _srk.PathOf("in/a_x4.png")));
    }

    /// <summary>One object for a run that is refused as a whole, with the four parts; exit code and line as without it.</summary>
    [Theory]
    [InlineData(1, "in", "refused", "upscale", "in", "-o", "in")]
    [InlineData(1, "in", "refused", "upscale", "in", "-o", "out", "--model", "none.safetensors")]
    [InlineData(2, "in", "refused", "upscale", "in", "-o", "a.png")]
    [InlineData(2, "in", "refused", "upscale", "in", "-o", "out", "--steps", "four")]
    [InlineData(2, "in", "refused", "upscale", "in", "-o", "out", "--bogus")]
    [InlineData(1, "empty", "refused", "upscale", "empty", "-o", "out")]
    [InlineData(1, "none.png", "failed", "upscale", "none.png", "-o", "b.png")]
    [InlineData(1, "a.png", "failed", "upscale", "a.png", "-o", "a.png")]
    public void Section24_ARunThatIsRefusedHasAnObject(int exitCode, string input, string status, params string[] arguments)
    {
        _srk.Picture("in/a.png", 4, 4);
        _srk.Picture("a.png", 4, 4);
        Directory.CreateDirectory(_srk.PathOf("empty"));
        var result = _srk.Run([.. arguments, "--json", "-q"]);
        Assert.True(result.ExitCode == exitCode, result.ToString());
        Assert.Equal([(input, status)], Objects(result));
        var refused = JsonDocument.Parse(result.Output).RootElement;
        var parts = new[] { "who", "expected", "got", "remedy" }.Select(part => refused.GetProperty(part).GetString()!).ToArray();
        Assert.Equal($"{parts[0]}: expected {parts[1]}, got {parts[2]}; {parts[3]}", refused.GetProperty("error").GetString());
        Assert.Equal($"srk: {refused.GetProperty("error").GetString()}\n", result.Error);
    }

    [Fact]
    public void Section4c_AFolderOfUnreadFilesHasAnObjectForEachAndOneForTheRun()
    {
        Touch("in/a.webp", "in/b.tif");
        var result = _srk.Run("upscale", "in", "-o", "out", "--json", "-q");
        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Equal([("in/a.webp", "unread"), ("in/b.tif", "unread"), ("in", "refused")], Objects(result));
    }

    private IEnumerable<(string Input, string Status)> Objects(ProcessResult result) => result.Output.TrimEnd('\n').Split('\n').Select(line =>
    {
        var found = JsonDocument.Parse(line).RootElement;
        var input = found.GetProperty("input").GetString()!;
        return (Path.IsPathRooted(input) ? Path.GetRelativePath(FilePath.Real(_srk.Folder), FilePath.Real(input)) : input, found.GetProperty("status").GetString()!);
    });

    private void Touch(params string[] names)
    {
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_srk.PathOf(name))!);
            File.WriteAllBytes(_srk.PathOf(name), []);
        }
    }
}
