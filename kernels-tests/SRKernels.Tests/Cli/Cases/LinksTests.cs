using SRKernels.Cli;
using SRKernels.Cli.Upscaling;
using SRKernels.Models;
using SRKernels.Models.Batch;
using SRKernels.Models.Storage;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Cli.Cases;

/// <summary>Sections 1 and 13: what results would make or replace by way of links. Nothing is computed but where that is what is shown.</summary>
public sealed class LinksTests : IDisposable
{
    private readonly Srk _srk = new();

    public void Dispose() => _srk.Dispose();

    /// <summary>link/.. is the folder above the link's end, wherever a path is given.</summary>
    [Fact]
    public void Section1d_AParentBehindALinkIsTheLinksEverywhere()
    {
        if (OperatingSystem.IsWindows()) return;
        _srk.Picture("x.png", 4, 4);
        var untouched = File.ReadAllBytes(_srk.Picture("here/x.png", 5, 5));
        _srk.Picture("there/x.png", 6, 6);
        Directory.CreateDirectory(_srk.PathOf("there/deep"));
        Directory.CreateSymbolicLink(_srk.PathOf("here/link"), "../there/deep");
        var result = _srk.Run("upscale", "x.png", "-o", "here/link/../x.png", "--overwrite", "--steps", "2", "-q");
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(untouched, File.ReadAllBytes(_srk.PathOf("here/x.png")));
        Assert.Contains("PNG, 16x16", _srk.Run("inspect", "here/link/../x.png").Output, StringComparison.Ordinal);
        var refused = _srk.Run("upscale", "here/link/../x.png", "-o", "there/x.png");
        Assert.Contains("the input itself", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Section1d_AnOriginalBehindALinkInTheResultsStays()
    {
        _srk.Picture("in/a.png", 4, 4);
        var original = File.ReadAllBytes(_srk.Picture("in/b.png", 5, 5));
        Directory.CreateDirectory(_srk.PathOf("out"));
        File.CreateSymbolicLink(_srk.PathOf("out/a.png"), "../in/b.png");
        var result = _srk.Run("upscale", "in", "-o", "out", "--overwrite", "--steps", "2");
        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains("'a.png'", result.Error, StringComparison.Ordinal);
        Assert.Contains("in/b.png'", result.Error, StringComparison.Ordinal);
        Assert.Equal(original, File.ReadAllBytes(_srk.PathOf("in/b.png")));
        Assert.Equal(["a.png"], _srk.Files("out"));
    }

    // Two names of one file, hard and soft, there and not there yet; a folder that is another one.
    [Theory]
    [InlineData("soft")]
    [InlineData("into nothing")]
    [InlineData("hard")]
    [InlineData("folder")]
    public void Section1d_TwoResultsOnOneFileAreRefused(string how)
    {
        if (OperatingSystem.IsWindows()) return;
        Touch("in/a/x.png", "in/b/x.png");
        Directory.CreateDirectory(_srk.PathOf("out/a"));
        if (how == "folder")
        {
            Directory.CreateSymbolicLink(_srk.PathOf("out/b"), "a");
        }
        else
        {
            Directory.CreateDirectory(_srk.PathOf("out/b"));
            if (how != "into nothing") Touch("one.png");
            foreach (var name in new[] { "out/a/x.png", "out/b/x.png" })
                if (how == "hard") Assert.Equal(0, _srk.Shell($"ln one.png {name}").ExitCode);
                else File.CreateSymbolicLink(_srk.PathOf(name), "../../one.png");
        }

        Assert.Contains("which are one file", Refused(Request("in", "out") with { Overwrite = true }), StringComparison.Ordinal);
    }

    [Fact]
    public void Section1d_WhatElseTheRunReadsStaysToo()
    {
        Touch("in/a.png", "truth/a.png", "masks/a.png", "model.safetensors", "autoencoder_vq_f4.pth");
        foreach (var (link, target) in new[] { ("ref.png", "truth/a.png"), ("mask.png", "masks/a.png"), ("model.png", "model.safetensors"), ("auto.png", "autoencoder_vq_f4.pth") })
        {
            File.CreateSymbolicLink(_srk.PathOf(link), target);
            var request = Request("in/a.png", link) with
            {
                Compare = _srk.PathOf("truth"), Mask = _srk.PathOf("masks/a.png"), Model = _srk.PathOf("model.safetensors"), Overwrite = true,
            };
            Assert.Contains(target, Refused(request), StringComparison.Ordinal);
        }

        Assert.Contains("which it reads", Refused(Request("in", "truth") with { Compare = _srk.PathOf("truth"), Overwrite = true }), StringComparison.Ordinal);
        // Two names of one source are two results.
        File.CreateSymbolicLink(_srk.PathOf("in/b.png"), "a.png");
        Assert.Equal(2, new ResultPlaces(Request("in", "out")).List().Jobs.Count);
    }

    // cp writes through no link into nothing; the shell's > does, and so does srk: what it makes is where the link says.
    [Fact]
    public void Section13_ALinkIntoNothingIsFollowed_WhereItsFolderIs()
    {
        _srk.Picture("a.png", 4, 4);
        File.CreateSymbolicLink(_srk.PathOf("dangling.png"), "made.png");
        File.CreateSymbolicLink(_srk.PathOf("lost.png"), "none/made.png");
        var made = _srk.Run("upscale", "a.png", "-o", "dangling.png", "--steps", "2");
        Assert.True(made.ExitCode == 0, made.ToString());
        Assert.NotNull(new FileInfo(_srk.PathOf("dangling.png")).LinkTarget);
        Assert.Equal(["a.png", "dangling.png", "lost.png", "made.png"], _srk.Files());
        Assert.Contains("a link into a folder that exists", Refused(Request("a.png", "lost.png")), StringComparison.Ordinal);
    }

    [Fact]
    public void Section13_ALinkThatLeadsBackToItselfIsRefusedAndStays()
    {
        Touch("a.png");
        File.CreateSymbolicLink(_srk.PathOf("loop.png"), "loop.png");
        foreach (var overwrite in new[] { false, true })
            Assert.Contains("leads back to itself", Refused(Request("a.png", "loop.png") with { Overwrite = overwrite }), StringComparison.Ordinal);
        Assert.Equal("loop.png", new FileInfo(_srk.PathOf("loop.png")).LinkTarget);
        Assert.Contains("leads back to itself", Refused(Request("loop.png", "b.png")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.png", "a.png/sub/x.png")]
    [InlineData("a.png", "a.png/sub/")]
    [InlineData("a.png", "a.png/")]
    [InlineData("in", "a.png/sub")]
    public void Section10c_AFileInTheWayOfAFolderIsNamed(string input, string output)
    {
        Touch("a.png", "in/b.png");
        Assert.Contains("expected a folder, got a file of that name", Refused(Request(input, output)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.png", "a file")]
    [InlineData("nowhere", "a link into nothing")]
    [InlineData("loop", "a link that leads back to itself")]
    public void Section10c_AFolderOfResultsIsAFolder(string output, string what)
    {
        Touch("a.png", "in/b.png");
        File.CreateSymbolicLink(_srk.PathOf("nowhere"), "none");
        File.CreateSymbolicLink(_srk.PathOf("loop"), "loop");
        Assert.Contains($"', {what}; name a folder", Assert.Throws<UsageException>(() => new ResultPlaces(Request("in", output)).List()).Message, StringComparison.Ordinal);
    }

    private static string Refused(UpscaleRequest request) => Assert.Throws<SrkException>(() => new ResultPlaces(request).List()).Message;

    private UpscaleRequest Request(string input, string output) =>
        new() { Input = FilePath.Plain(_srk.PathOf(input)), Output = FilePath.Plain(_srk.PathOf(output)), Options = new UpscaleOptions() };

    private void Touch(params string[] names)
    {
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_srk.PathOf(name))!);
            File.WriteAllBytes(_srk.PathOf(name), []);
        }
    }
}
