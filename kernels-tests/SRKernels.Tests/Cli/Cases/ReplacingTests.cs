using SRKernels.Models.Storage;
using SRKernels.Runtime;
using SRKernels.Tests.Processes;
using Xunit;
using Xunit.Sdk;

namespace SRKernels.Tests.Cli.Cases;

/// <summary>Sections 1 and 10: files that no result may replace, or none can.</summary>
public sealed class ReplacingTests : IDisposable
{
    private readonly Srk _srk = new();

    public void Dispose() => _srk.Dispose();

    [Fact]
    public void Section1d_AnOriginalIsNeverReplacedByItsResult()
    {
        var original = File.ReadAllBytes(_srk.Picture("a.png", 4, 4));
        var result = _srk.Run("upscale", "a.png", "-o", ".", "--overwrite", "--steps", "2");
        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains("the input itself; name another file", result.Error, StringComparison.Ordinal);
        Assert.Equal(original, File.ReadAllBytes(_srk.PathOf("a.png")));
    }

    [NobodyFact]
    public void Section10c_AnothersFileInASharedFolderIsSaidBeforeTheWork()
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess) throw SkipException.ForSkip("needs files of two users");
        _srk.Picture("in/a.png", 4, 4);
        var theirs = File.ReadAllBytes(_srk.Picture("out/a.png", 5, 5));
        File.SetUnixFileMode(_srk.PathOf("out"), (UnixFileMode)0x3FF);
        foreach (var arguments in new[] { "in/a.png -o out --overwrite --dry-run", "in/a.png -o out", "in -o out --overwrite --dry-run", "in -o out --overwrite --steps 2" })
            Refused(NobodyFactAttribute.Run(_srk, "upscale " + arguments), "only owners replace files (sticky bit); name another file");
        // The folder's owner may, and what is skipped needs no right.
        Replacing.Check(_srk.PathOf("out/a.png"));
        Assert.Equal(0, NobodyFactAttribute.Run(_srk, "upscale in -o out --dry-run").ExitCode);
        Assert.Equal(theirs, File.ReadAllBytes(_srk.PathOf("out/a.png")));
    }

    [Fact]
    public void Section10c_AMountPointIsSaidBeforeTheWork()
    {
        _srk.Picture("a.png", 4, 4);
        _srk.Picture("b.png", 5, 5);
        _srk.Picture("x.png", 5, 5);
        const string Mount = "mount --bind b.png x.png";
        if (!OperatingSystem.IsLinux() || _srk.Shell($"unshare -m bash -c '{Mount}'").ExitCode != 0) throw SkipException.ForSkip("no right to mount");
        foreach (var option in new[] { "--dry-run", "--quiet" })
            Refused(_srk.Shell($"export -f srk; unshare -m bash -c '{Mount}; srk upscale a.png -o x.png --overwrite --steps 2 {option}'"), "got a mount point; unmount it, or name another file");
    }

    [Fact]
    public void Section10c_AnImmutableFileIsSaidBeforeTheWorkAndWhenItIsWritten()
    {
        _srk.Picture("a.png", 4, 4);
        var there = _srk.Picture("x.png", 5, 5);
        if (!OperatingSystem.IsLinux() || _srk.Shell("chattr +i x.png").ExitCode != 0) throw SkipException.ForSkip("no right to make files immutable");
        try
        {
            Refused(_srk.Run("upscale", "a.png", "-o", "x.png", "--overwrite", "--dry-run"), "(chattr -i), or name another file");
            Assert.Contains("(chattr -i)", Assert.Throws<SrkException>(() => AtomicFile.Write(there, file => file.WriteByte(1))).Message, StringComparison.Ordinal);
        }
        finally
        {
            _srk.Shell("chattr -i x.png");
        }
    }

    [Fact]
    public void Section1c_WhatComesMeanwhileIsSaidAsWhatWasThere()
    {
        var path = _srk.PathOf("x.png");
        var error = Assert.Throws<SrkException>(() => AtomicFile.Write(path, _ => File.WriteAllText(path, "theirs"), replace: false));
        Assert.EndsWith("expected a name that is free, got one that exists; add --overwrite to replace it, or name another", error.Message, StringComparison.Ordinal);
        Assert.Equal("theirs", File.ReadAllText(path));
        Assert.Equal(["x.png"], _srk.Files());
    }

    // Nothing else is in the folder: nothing is computed.
    [Fact]
    public void Section13_LinksWithoutAnEndAreSaidAlikeByADryRun()
    {
        foreach (var (link, target) in new[] { ("loop.png", "loop.png"), ("none.png", "nothing.png") })
        {
            Directory.CreateDirectory(_srk.PathOf("in"));
            File.CreateSymbolicLink(_srk.PathOf($"in/{link}"), target);
        }

        foreach (var option in new[] { "--dry-run", "--overwrite" })
        {
            var result = _srk.Run("upscale", "in", "-o", "out", option);
            Assert.True(result.ExitCode == 1, result.ToString());
            Assert.Contains("loop.png: expected a picture, got a link that leads back to itself; remove", result.Error, StringComparison.Ordinal);
            Assert.Contains("none.png: expected a picture, got a link into nothing; remove", result.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Section10_InspectSaysThatAFolderIsOne()
    {
        Directory.CreateDirectory(_srk.PathOf("in"));
        Assert.Contains("got a folder; name a file", _srk.Run("inspect", "in").Error, StringComparison.Ordinal);
        Assert.Contains("got nothing of this name; check the path", _srk.Run("inspect", "none.png").Error, StringComparison.Ordinal);
        // Letters alone may be a published model's name.
        Assert.Contains("got 'none', which is neither; check the path, or see 'srk weights'", _srk.Run("inspect", "none").Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Access is denied.", "Access is denied; act")]
    [InlineData("and so on...", "and so on...; act")]
    [InlineData(".", ".; act")]
    public void Section10_ASentenceWithinAnErrorLosesItsDot(string got, string end) =>
        Assert.EndsWith("got " + end, new SrkException("who", "what", got, "act").Message, StringComparison.Ordinal);

    private static void Refused(ProcessResult result, string words)
    {
        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("tile", result.Error, StringComparison.Ordinal);
    }
}
