using SRKernels.Tests.Processes;
using Xunit;

namespace SRKernels.Tests.Cli;

/// <summary>What the command says to wrong arguments and bad files: one line in four parts, and the right exit code.</summary>
public sealed class UsageTests(Srk srk) : IClassFixture<Srk>
{
    [Theory]
    [InlineData("command")]
    [InlineData("'bogus'", "bogus")]
    [InlineData("'IN'", "upscale")]
    [InlineData("'more'", "upscale", "a.png", "more", "-o", "b.png")]
    [InlineData("'--colour'", "upscale", "a.png", "--colour", "-o", "b.png")]
    [InlineData("-o", "upscale", "a.png")]
    [InlineData("-o", "upscale", "a.png", "-o", "")]
    [InlineData("--steps", "upscale", "a.png", "-o", "b.png", "--steps", "four")]
    [InlineData("--steps", "upscale", "a.png", "-o", "b.png", "--steps", "0")]
    [InlineData("--seed", "upscale", "a.png", "-o", "b.png", "--seed", "-1")]
    [InlineData("--seed", "upscale", "a.png", "-o", "b.png", "--seed", "99999999999999999999")]
    [InlineData("--tile", "upscale", "a.png", "-o", "b.png", "--tile", "1e3")]
    [InlineData("--max-memory", "upscale", "a.png", "-o", "b.png", "--max-memory", "much")]
    [InlineData("--max-memory", "upscale", "a.png", "-o", "b.png", "--max-memory", "-2G")]
    [InlineData("--compat", "upscale", "a.png", "-o", "b.png", "--compat", "downstream")]
    [InlineData("--precision", "upscale", "a.png", "-o", "b.png", "--precision", "fp4")]
    [InlineData("--device", "upscale", "a.png", "-o", "b.png", "--device", "tpu:0")]
    [InlineData("--device", "upscale", "a.png", "-o", "b.png", "--device", "cuda:-1")]
    [InlineData("--device", "upscale", "a.png", "-o", "b.png", "--device", "ilgpu:cuda:x")]
    [InlineData("--device", "upscale", "a.png", "-o", "b.png", "--device", "ilgpu:cpu:1")]
    [InlineData("generic address space", "upscale", "a.png", "-o", "b.png", "--device", "ilgpu:opencl:0")]
    [InlineData("--task", "upscale", "a.png", "-o", "b.png", "--task", "colour")]
    [InlineData("--names", "upscale", "a", "-o", "b", "--names", "short")]
    [InlineData("--suffix", "upscale", "a", "-o", "b", "--suffix", "x/y")]
    [InlineData("--keep", "upscale", "a", "-o", "b", "--keep", "--overwrite")]
    [InlineData("--json", "upscale", "a.png", "-o", "-", "--json")]
    [InlineData("'FILE'", "inspect")]
    public void WrongArgumentsEndWithTwo(string expected, params string[] arguments) => Fails(2, expected, srk.Run(arguments));

    [Theory]
    [InlineData("none.png", "upscale", "none.png", "-o", "b.png")]
    [InlineData("an image", "upscale", "text.png", "-o", "b.png")]
    [InlineData("'.xyz'", "upscale", "good.png", "-o", "b.xyz")]
    [InlineData("a folder that exists", "upscale", "good.png", "-o", "none/b.png")]
    [InlineData("--scale", "upscale", "good.png", "-o", "b.png", "--scale", "2")]
    [InlineData("--steps: expected 2 to 4", "upscale", "good.png", "-o", "b.png", "--steps", "9")]
    [InlineData("device", "upscale", "good.png", "-o", "b.png", "--device", "opencl:99")]
    [InlineData("CUDA", "upscale", "good.png", "-o", "b.png", "--device", "ilgpu:cuda:99")]
    [InlineData("--precision", "upscale", "good.png", "-o", "b.png", "--device", "cpu", "--precision", "bf16")]
    [InlineData("'realsr-x4'", "upscale", "good.png", "-o", "b.png", "--task", "faceir")]
    [InlineData("MiB", "upscale", "good.png", "-o", "b.png", "--max-memory", "1M")]
    [InlineData("safetensors", "upscale", "good.png", "-o", "b.png", "--model", "text.png")]
    [InlineData("safetensors", "upscale", "good.png", "-o", "b.png", "--model", "none.safetensors")]
    [InlineData("no mask", "upscale", "good.png", "-o", "b.png", "--mask", "good.png")]
    [InlineData("none.bin", "inspect", "none.bin")]
    [InlineData("an image", "inspect", "text.png")]
    public void WhatCannotBeDoneEndsWithOne(string expected, params string[] arguments)
    {
        srk.Picture("good.png");
        File.WriteAllText(srk.PathOf("text.png"), "no picture");
        Fails(1, expected, srk.Run(arguments));
        Assert.False(File.Exists(srk.PathOf("b.png")));
    }

    [Fact]
    public void ANameCannotMoveTheCursor()
    {
        var result = srk.Run("upscale", "\u001b[2Jnone.png", "-o", "b.png");
        Fails(1, "[2Jnone.png", result);
        Assert.DoesNotContain('\u001b', result.Error);
    }

    [Fact]
    public void AnEmptyStdinIsNoPicture() => Fails(1, "an empty file", srk.Pipe([], "upscale", "-", "-o", "b.png"));

    [Fact]
    public void HelpAndVersionEndWithZero()
    {
        Assert.Contains("upscale", srk.Run("--help").Output, StringComparison.Ordinal);
        var help = srk.Run("upscale", "--help");
        Assert.True(help.ExitCode == 0 && help.Output.Contains("--max-memory", StringComparison.Ordinal), help.ToString());
        Assert.Equal(0, srk.Run("--version").ExitCode);
    }

    [Fact]
    public void DevicesAndInspectTellWhatThereIs()
    {
        Assert.StartsWith("cpu", srk.Run("devices").Output, StringComparison.Ordinal);
        var picture = srk.Run("inspect", srk.Picture("inspected.png", 20, 10));
        Assert.Contains("PNG, 20x10, Rgb, 8 bits", picture.Output, StringComparison.Ordinal);
        var weights = srk.Run("inspect", Path.Combine(ChildProcess.RepositoryRoot, "weights", "resshift-tiny-x4.safetensors"), "--tensors");
        Assert.Contains("task realsr-x4, scale 4", weights.Output, StringComparison.Ordinal);
        Assert.Contains("denoiser.out.2.weight F16 [3,32,3,3]", weights.Output, StringComparison.Ordinal);
    }

    private static void Fails(int exitCode, string expected, ProcessResult result)
    {
        Assert.True(result.ExitCode == exitCode, $"expected exit code {exitCode}: {result}");
        Assert.Empty(result.Output);
        var lines = result.Error.TrimEnd('\n').Split('\n');
        Assert.StartsWith("srk: ", lines[^1], StringComparison.Ordinal);
        Assert.Contains(expected, lines[^1], StringComparison.Ordinal);
        Assert.Contains("expected", lines[^1], StringComparison.Ordinal);
        Assert.Contains(", got ", lines[^1], StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }
}
