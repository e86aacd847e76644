using System.Text.Json;
using Xunit;
using Xunit.Sdk;

namespace SRKernels.Tests.Cli.Cases;

/// <summary>Sections 4, 10 and 13: what else may lie in a tree, and nothing of it left out in silence.</summary>
public sealed class StrangeFilesTests : IDisposable
{
    private readonly Srk _srk = new();

    public void Dispose()
    {
        // A folder without rights cannot be removed by its owner.
        if (!OperatingSystem.IsWindows() && Directory.Exists(_srk.PathOf("in/closed"))) File.SetUnixFileMode(_srk.PathOf("in/closed"), (UnixFileMode)0x1FF);
        _srk.Dispose();
    }

    [Fact]
    public void Section4_SpecialFilesAreNeverOpenedAndOtherFormatsCounted()
    {
        if (OperatingSystem.IsWindows()) throw SkipException.ForSkip("files of Unix");
        _srk.Picture("in/good.png", 4, 4);
        File.WriteAllText(_srk.PathOf("in/text.png"), "no picture");
        File.WriteAllBytes(_srk.PathOf("in/webp.png"), [.. "RIFF\0\0\0\0WEBPVP8 "u8]);
        foreach (var name in new[] { "1.webp", "2.WEBP", "3.webp", "1.heic", "2.heic", "notes.txt" }) File.WriteAllText(_srk.PathOf($"in/{name}"), "");
        File.CreateSymbolicLink(_srk.PathOf("in/broken.png"), "none.png");
        File.CreateSymbolicLink(_srk.PathOf("in/loop.png"), "loop.png");
        Assert.Equal(0, _srk.Shell("mkfifo in/pipe.png").ExitCode);
        var result = _srk.Run("upscale", "in", "-o", "out", "--steps", "2", "--json");
        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains("3 WebP, 2 HEIC", result.Error, StringComparison.Ordinal);
        Assert.Contains("pipe.png: expected a picture, got a named pipe", result.Error, StringComparison.Ordinal);
        Assert.Contains("got WebP data", result.Error, StringComparison.Ordinal);
        Assert.Contains("got text", result.Error, StringComparison.Ordinal);
        Assert.Contains("5 of 6 pictures failed", result.Error, StringComparison.Ordinal);
        Assert.Equal(["good.png"], _srk.Files("out"));
        var objects = result.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(["done", "failed", "unread"], objects.Select(o => o.GetProperty("status").GetString()).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal((1, 5, 5), (Count("done"), Count("failed"), Count("unread")));

        int Count(string status) => objects.Count(o => o.GetProperty("status").GetString() == status);
    }

    [Fact]
    public void Section4_ADryRunCountsThemTooAndSoDoesAFolderWithoutPictures()
    {
        _srk.Picture("in/good.png", 4, 4);
        File.WriteAllText(_srk.PathOf("in/bad.png"), "");
        File.WriteAllText(_srk.PathOf("in/a.tif"), "");
        var dry = _srk.Run("upscale", "in", "-o", "out", "--dry-run");
        Assert.True(dry.ExitCode == 1, dry.ToString());
        Assert.Contains("1 TIFF", dry.Error, StringComparison.Ordinal);
        Assert.Contains("an empty file", dry.Error, StringComparison.Ordinal);
        Assert.Contains("good.png", dry.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_srk.PathOf("out")));
        File.Delete(_srk.PathOf("in/good.png"));
        File.Delete(_srk.PathOf("in/bad.png"));
        var none = _srk.Run("upscale", "in", "-o", "out");
        Assert.True(none.ExitCode == 1, none.ToString());
        Assert.Contains("a folder without any but 1 TIFF", none.Error, StringComparison.Ordinal);
    }

    [NobodyFact]
    public void Section4b_AFolderThatMayNotBeReadIsAFailure()
    {
        if (OperatingSystem.IsWindows()) throw SkipException.ForSkip("files of Unix");
        _srk.Picture("in/good.png", 4, 4);
        _srk.Picture("in/closed/hidden.png", 4, 4);
        Directory.CreateDirectory(_srk.PathOf("out"));
        File.SetUnixFileMode(_srk.PathOf("out"), (UnixFileMode)0x1FF);
        File.SetUnixFileMode(_srk.PathOf("in/closed"), UnixFileMode.None);
        var result = NobodyFactAttribute.Run(_srk, "upscale in -o out --steps 2");
        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains("1 folder could not be read, 0 of 1 pictures failed", result.Error, StringComparison.Ordinal);
        Assert.Contains("in/closed: expected a folder that can be read", result.Error, StringComparison.Ordinal);
        Assert.Equal(["good.png"], _srk.Files("out"));
    }

    // Also with --dry-run: it is known before anything is read.
    [NobodyFact]
    public void Section10c_AFolderThatMayNotBeWrittenIsSaidBeforeTheWork()
    {
        if (OperatingSystem.IsWindows()) throw SkipException.ForSkip("files of Unix");
        _srk.Picture("in/a.png", 4, 4);
        Directory.CreateDirectory(_srk.PathOf("out"));
        File.SetUnixFileMode(_srk.PathOf("out"), (UnixFileMode)0x16D);
        foreach (var arguments in new[] { "upscale in -o out --dry-run", "upscale in/a.png -o out/sub/", "upscale in/a.png -o out" })
        {
            var result = NobodyFactAttribute.Run(_srk, arguments);
            Assert.True(result.ExitCode == 1, result.ToString());
            Assert.Contains("expected a folder where a file can be made", result.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("tile", result.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Section13_APipeIsNotReplacedByAFile()
    {
        if (OperatingSystem.IsWindows()) throw SkipException.ForSkip("files of Unix");
        _srk.Picture("a.png", 4, 4);
        Assert.Equal(0, _srk.Shell("mkfifo out.png").ExitCode);
        foreach (var option in new[] { "--quiet", "--overwrite" })
        {
            var result = _srk.Run("upscale", "a.png", "-o", "out.png", option);
            Assert.True(result.ExitCode == 1, result.ToString());
        }

        Assert.Equal(SRKernels.Models.Storage.FileKind.NamedPipe, SRKernels.Models.Storage.FileFacts.Of(_srk.PathOf("out.png"))!.Value.Kind);
    }
}
