using SRKernels.Models.Imaging;
using SRKernels.Tests.Models.Weights.Checkpoints;
using SRKernels.Tests.Processes;
using Xunit;

namespace SRKernels.Tests.Cli;

/// <summary>The authors' files as they are, through the built command: run, converted, inspected, refused.</summary>
public sealed class CheckpointTests(Srk srk) : IClassFixture<Srk>
{
    private static readonly string s_denoiser = CheckpointFileTests.Committed("resshift_realsrx4_s4_v3.pth");
    private static readonly string s_autoencoder = CheckpointFileTests.Committed("autoencoder_vq_f4.pth");

    [Fact]
    public void AModelGivesTheSamePixelsFromTheAuthorsFilesAndFromTheConvertedOne()
    {
        var picture = srk.Picture("pixels.png", 20, 12);
        Done(srk.Run("convert", s_autoencoder, s_denoiser, "-o", "pixels.safetensors"));
        Done(srk.Run("upscale", picture, "-o", "converted.png", "--model", "pixels.safetensors", "-q"));
        Done(srk.Run("upscale", picture, "-o", "beside.png", "--model", s_denoiser, "-q"));
        File.Copy(s_denoiser, srk.PathOf("renamed.bin"));
        Done(srk.Run("upscale", picture, "-o", "named.png", "--model", "renamed.bin", "--autoencoder", s_autoencoder, "--task", "realsr-v3", "-q"));
        var expected = ImageCodecs.Read(srk.PathOf("converted.png"));
        Assert.Equal((80, 48), (expected.Width, expected.Height));
        Assert.True(expected.Samples8.ToArray().Distinct().Count() > 10, "the picture is flat");
        foreach (var name in (string[])["beside.png", "named.png"]) Assert.Equal(expected.Samples8.ToArray(), ImageCodecs.Read(srk.PathOf(name)).Samples8.ToArray());
    }

    [Fact]
    public void NothingIsReplacedWithoutBeingAsked()
    {
        File.WriteAllText(srk.PathOf("there.safetensors"), "mine");
        Fails(1, "'there.safetensors', which exists; add --overwrite", srk.Run("convert", s_denoiser, "-o", "there.safetensors"));
        Assert.Equal("mine", File.ReadAllText(srk.PathOf("there.safetensors")));
        Done(srk.Run("convert", s_denoiser, "-o", "there.safetensors", "--overwrite", "--dtype", "bf16"));
        Fails(1, "which is one", srk.Run("convert", "there.safetensors", "-o", "./there.safetensors", "--overwrite"));
        // The autoencoder that nobody named is read, too.
        Directory.CreateDirectory(srk.PathOf("own"));
        foreach (var file in new[] { s_denoiser, s_autoencoder }) File.Copy(file, srk.PathOf($"own/{Path.GetFileName(file)}"));
        File.CreateSymbolicLink(srk.PathOf("own/model.safetensors"), Path.GetFileName(s_autoencoder));
        foreach (var option in new[] { "--raw", "--overwrite" })
            Fails(1, "which is one; name another", srk.Run("convert", $"own/{Path.GetFileName(s_denoiser)}", "-o", "own/model.safetensors", option));
        Assert.Equal(File.ReadAllBytes(s_autoencoder), File.ReadAllBytes(srk.PathOf("own/model.safetensors")));
        Assert.DoesNotContain(srk.Files(), name => name.StartsWith(".srk-", StringComparison.Ordinal));
    }

    [Fact]
    public void InspectTellsNetworksTasksAndWhatTheValuesAreLike()
    {
        var denoiser = srk.Run("inspect", s_denoiser, "--tensors");
        Assert.True(denoiser.ExitCode == 0, denoiser.ToString());
        foreach (var expected in (string[])
        [
            "resshift_realsrx4_s4_v3.pth: torch checkpoint, tensors under 'state_dict', ", "denoiser of residual shifting (ResShift, SinSR): 32 channels x (1)",
            "task realsr-v3, scale 4: ", "by its name", "its shapes fit: realsr-v3, realsr-v1, bicsr, sinsr", "every tensor is there", "out.2.weight F16 [3,32,3,3]  -", ", mean ", ", deviation ", "autoencoder_vq_f4.pth",
        ])
            Assert.Contains(expected, denoiser.Output, StringComparison.Ordinal);
        var autoencoder = srk.Run("inspect", s_autoencoder);
        Assert.Contains("torch checkpoint of the old kind", autoencoder.Output, StringComparison.Ordinal);
        Assert.Contains("autoencoder of residual shifting (ResShift, SinSR): vector-quantised, 1/4, 32 channels x (1, 1, 1)", autoencoder.Output, StringComparison.Ordinal);
        var kinds = srk.Run("inspect", CheckpointFileTests.Committed("kinds_zip.pth"));
        Assert.Contains("no family that this program runs is recognised", kinds.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "'IN'", "convert", "-o", "x.safetensors")]
    [InlineData(2, "-o: expected where the result goes", "convert", "a.pth")]
    [InlineData(2, "ends in .safetensors", "convert", "a.pth", "-o", "x.pth")]
    [InlineData(2, "a denoiser and an autoencoder", "convert", "a.pth", "b.pth", "c.pth", "-o", "x.safetensors")]
    [InlineData(2, "--dtype", "convert", "a.pth", "-o", "x.safetensors", "--dtype", "fp4")]
    [InlineData(2, "--task", "convert", "a.pth", "-o", "x.safetensors", "--task", "colour")]
    [InlineData(2, "--autoencoder", "upscale", "a.png", "-o", "b.png", "--autoencoder", "a.pth")]
    [InlineData(1, "a folder that exists", "convert", "a.pth", "-o", "none/x.safetensors")]
    [InlineData(1, "a readable file", "convert", "none.pth", "-o", "x.safetensors")]
    [InlineData(1, "a web page", "convert", "page.pth", "-o", "x.safetensors")]
    [InlineData(1, "a web page", "inspect", "page.pth")]
    [InlineData(1, "a web page", "upscale", "a.png", "-o", "b.png", "--model", "page.pth")]
    [InlineData(1, "shapes fit: realsr-v3, realsr-v1, bicsr, sinsr, got 'faceir'", "upscale", "a.png", "-o", "b.png", "--model", "DENOISER", "--task", "faceir")]
    public void WhatCannotBeDoneIsSaidInOneLine(int exitCode, string expected, params string[] arguments)
    {
        srk.Picture("a.png");
        File.WriteAllText(srk.PathOf("page.pth"), "<!DOCTYPE html><title>Sign in</title>");
        Fails(exitCode, expected, srk.Run([.. arguments.Select(argument => argument == "DENOISER" ? s_denoiser : argument)]));
        Assert.False(File.Exists(srk.PathOf("x.safetensors")));
        Assert.False(File.Exists(srk.PathOf("b.png")));
    }

    private static void Done(ProcessResult result) => Assert.True(result.ExitCode == 0, result.ToString());

    private static void Fails(int exitCode, string expected, ProcessResult result)
    {
        Assert.True(result.ExitCode == exitCode, result.ToString());
        var lines = result.Error.TrimEnd('\n').Split('\n');
        Assert.Contains(expected, lines[^1], StringComparison.Ordinal);
        Assert.DoesNotContain("trust", result.Error, StringComparison.OrdinalIgnoreCase);
    }
}
