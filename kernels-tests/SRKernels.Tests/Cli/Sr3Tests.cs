using System.Text.RegularExpressions;
using SRKernels.Models.Imaging;
using SRKernels.Models.Weights;
using SRKernels.Tests.Models.Sr3;
using SRKernels.Tests.Models.Weights.Checkpoints;
using SRKernels.Tests.Processes;
using Xunit;

namespace SRKernels.Tests.Cli;

/// <summary>SR3 through the built command: run, told what it is, converted.</summary>
public sealed class Sr3Tests(Srk srk) : IClassFixture<Srk>
{
    [Fact]
    public void APictureIsEnlargedInAnyNumberOfSteps()
    {
        Sr3ModelFile.Write(srk.PathOf("small.safetensors"), Sr3ModelFile.Smallest);
        var picture = srk.Picture("steps.png", 9, 5);
        Done(srk.Run("upscale", picture, "-o", "all.png", "--model", "small.safetensors", "-q"));
        Done(srk.Run("upscale", picture, "-o", "same.png", "--model", "small.safetensors", "--steps", "12", "--threads", "1", "-q"));
        Done(srk.Run("upscale", picture, "-o", "few.png", "--model", "small.safetensors", "--steps", "3", "-q"));
        var all = ImageCodecs.Read(srk.PathOf("all.png"));
        Assert.Equal((36, 20), (all.Width, all.Height));
        Assert.Equal(all.Samples8.ToArray(), ImageCodecs.Read(srk.PathOf("same.png")).Samples8.ToArray());
        Assert.NotEqual(all.Samples8.ToArray(), ImageCodecs.Read(srk.PathOf("few.png")).Samples8.ToArray());
        foreach (var eta in (string[])["1", "0"])
            Done(srk.Run("upscale", picture, "-o", $"eta{eta}.png", "--model", "small.safetensors", "--steps", "3", "--eta", eta, "-q"));
        Done(srk.Run("upscale", picture, "-o", "three.png", "--model", "small.safetensors", "--steps", "3", "-q"));
        Assert.Equal(ImageCodecs.Read(srk.PathOf("three.png")).Samples8.ToArray(), ImageCodecs.Read(srk.PathOf("eta1.png")).Samples8.ToArray());
        Assert.NotEqual(ImageCodecs.Read(srk.PathOf("three.png")).Samples8.ToArray(), ImageCodecs.Read(srk.PathOf("eta0.png")).Samples8.ToArray());
        Assert.Contains("a number from 0 to 1", srk.Run("upscale", picture, "-o", "no.png", "--model", "small.safetensors", "--eta", "1.5").Error, StringComparison.Ordinal);
        Assert.Contains("--eta: expected none", srk.Run("upscale", picture, "-o", "no.png", "--eta", "0.5").Error, StringComparison.Ordinal);
        var tile = srk.Run("upscale", picture, "-o", "no.png", "--model", "small.safetensors", "--tile", "24");
        Assert.Contains("which model", tile.Error, StringComparison.Ordinal);
        Assert.Equal(1, tile.ExitCode);
        var tooMany = srk.Run("upscale", picture, "-o", "many.png", "--model", "small.safetensors", "--steps", "13");
        Assert.Contains("2 to 12, the model's", tooMany.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void TheAuthorsLayoutIsRunInspectedAndConverted()
    {
        var tensors = Sr3ModelFile.Tensors(Sr3ModelFile.Narrow, "denoise_fn.");
        tensors["betas"] = new TensorContent(TensorType.F32, [2], new byte[8]);
        File.WriteAllBytes(srk.PathOf("I1_E1_gen.pth"), TorchFile.Zip(tensors));
        var inspected = srk.Run("inspect", "I1_E1_gen.pth");
        foreach (var expected in (string[])["denoiser of diffusion in pixels (SR3), tensors under 'denoise_fn': 32 channels x (1, 1, 1, 1, 1), 2 blocks a level", "sr3-16-128", "every tensor is there"])
            Assert.Contains(expected, inspected.Output, StringComparison.Ordinal);

        Done(srk.Run("convert", "I1_E1_gen.pth", "-o", "converted.safetensors"));
        var picture = srk.Picture("layout.png", 8, 8);
        foreach (var model in (string[])["I1_E1_gen.pth", "converted.safetensors"])
            Done(srk.Run("upscale", picture, "-o", $"{model}.png", "--model", model, "--steps", "2", "-q"));
        var pixels = ImageCodecs.Read(srk.PathOf("I1_E1_gen.pth.png"));
        Assert.Equal((64, 64), (pixels.Width, pixels.Height));
        Assert.Equal(pixels.Samples8.ToArray(), ImageCodecs.Read(srk.PathOf("converted.safetensors.png")).Samples8.ToArray());

        // The time of 2000 steps is told from two of them.
        var planned = srk.Run("upscale", picture, "-o", "never.png", "--model", "converted.safetensors", "--dry-run");
        Done(planned);
        Assert.Matches(@"1 tile of 16x16; .* GFLOP; about \d", planned.Output);
        var flops = double.Parse(Regex.Match(planned.Output, @"(\d+) GFLOP").Groups[1].Value) * 1e9;
        Assert.Equal(1, flops / (2000 * Sr3ModelFile.Narrow.CostOf(16, 16).Step.Flops), 0.01);
        Assert.False(File.Exists(srk.PathOf("never.png")));
    }

    private static void Done(ProcessResult result) => Assert.True(result.ExitCode == 0, result.ToString());
}
