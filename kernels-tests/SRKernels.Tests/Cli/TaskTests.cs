using SRKernels.Models.Imaging;
using SRKernels.Models.Recognition;
using SRKernels.Models.Weights;
using SRKernels.Tests.Models;
using SRKernels.Tests.Models.Weights;
using Xunit;

namespace SRKernels.Tests.Cli;

/// <summary>Every task of ResShift and SinSR through the built command: the picture that upstream's gives of the goldens' networks.</summary>
public sealed class TaskTests(Srk srk) : IClassFixture<Srk>
{
    private const string Inpainting = "rs_case_inpaint_64x64.safetensors";

    [Theory]
    [InlineData("realsr-v3", "rs_case_v3_4step_32x32.safetensors")]
    [InlineData("realsr-v1", "rs_case_v1_15step_32x32.safetensors")]
    // There is no golden of its own for it: its network and schedule are those of the third version of realsr.
    [InlineData("bicsr", "rs_case_v3_pad_h20_w45.safetensors")]
    [InlineData("x2", "rs_case_x2_h40_w32.safetensors")]
    [InlineData("inpaint-imagenet", Inpainting)]
    [InlineData("inpaint-face", Inpainting)]
    [InlineData("faceir", "rs_case_faceir_128x128.safetensors")]
    [InlineData("sinsr", "sinsr_case_onestep_pad_h20_w45.safetensors")]
    public void GivesUpstreamsPicture(string task, string file)
    {
        var tensors = new GoldenFile(file);
        var (model, picture) = (Model(task, file), srk.PathOf($"{task}.png"));
        ImageCodecs.Write(GoldenChainRun.Picture(tensors, "lq_u8_rgb", PixelLayout.Rgb), picture);
        string[] mask = [];
        if (tensors.Has("mask_u8"))
        {
            ImageCodecs.Write(GoldenChainRun.Picture(tensors, "mask_u8", PixelLayout.Grey), srk.PathOf($"{task}-mask.png"));
            mask = ["--mask", $"{task}-mask.png"];
        }

        var result = srk.Run([
            "upscale", picture, "-o", $"{task}-out.png", "--model", model, "--task", task, "--compat", "upstream", "-q",
            "--seed", $"{GoldenFolder.Case(file).GetProperty("seed").GetUInt64()}", .. mask]);
        Assert.True(result.ExitCode == 0, result.ToString());
        ImageComparison.AssertSame(task, tensors.U8("out_u8_rgb"), ImageCodecs.Read(srk.PathOf($"{task}-out.png")).Samples8, flips: 0);
    }

    /// <summary>Section 23 of the cases: what paint programs save. Only what it shows counts.</summary>
    [Fact]
    public void AMaskMayBeAnyPicture()
    {
        var tensors = new GoldenFile(Inpainting);
        var model = Model("inpaint-imagenet", Inpainting);
        ImageCodecs.Write(GoldenChainRun.Picture(tensors, "lq_u8_rgb", PixelLayout.Rgb), srk.PathOf("hole.png"));
        var grey = GoldenChainRun.Picture(tensors, "mask_u8", PixelLayout.Grey);
        byte[]? first = null;
        foreach (var (name, mask) in new[]
        {
            ("grey.png", grey), ("rgb.png", As(grey, PixelLayout.Rgb, _ => 255)),
            // White strokes on nothing, the nothing white as well.
            ("rgba.png", As(Plain(grey), PixelLayout.Rgba, i => grey.Samples8[i])), ("la.png", As(Plain(grey), PixelLayout.GreyAlpha, i => grey.Samples8[i])),
        })
        {
            ImageCodecs.Write(mask, srk.PathOf(name));
            var result = srk.Run("upscale", "hole.png", "-o", $"of-{name}.png", "--model", model, "--mask", name, "-q");
            Assert.True(result.ExitCode == 0, $"{name}: {result}");
            var pixels = ImageCodecs.Read(srk.PathOf($"of-{name}.png")).Samples8.ToArray();
            Assert.Equal(first ??= pixels, pixels);
        }

        // What is known stays as it was.
        var picture = GoldenChainRun.Picture(tensors, "lq_u8_rgb", PixelLayout.Rgb);
        for (var i = 0; i < first!.Length; i++)
            if (grey.Samples8[i / 3] == 0) Assert.Equal(picture.Samples8[i], first[i]);
        Assert.Contains(grey.Samples8.ToArray(), value => value == 0);
        Assert.Contains(grey.Samples8.ToArray(), value => value == 255);
    }

    [Theory]
    [InlineData(PixelLayout.Rgb, 8, 76)]
    [InlineData(PixelLayout.Rgba, 8, 38)]
    [InlineData(PixelLayout.Rgb, 16, 19595)]
    [InlineData(PixelLayout.Rgba, 16, 9836)]
    public void RedIsThatBright(PixelLayout layout, int depth, int expected)
    {
        var red = new Image(1, 1, layout, depth);
        if (depth == 8) red.Samples8[0] = 255;
        else red.Samples16[0] = 65535;
        if (layout == PixelLayout.Rgba && depth == 8) red.Samples8[3] = 128;
        if (layout == PixelLayout.Rgba && depth == 16) red.Samples16[3] = 32896;
        var model = new SRKernels.Models.ModelDescription("", "inpaint-face", 1, 4, TakesMask: true);
        var grey = PictureMask.Of(model, new Image(1, 1, PixelLayout.Rgb), red, ignoresAlpha: false)!;
        Assert.Equal((PixelLayout.Grey, expected), (grey.Layout, depth == 8 ? grey.Samples8[0] : grey.Samples16[0]));
    }

    private static Image As(Image grey, PixelLayout layout, Func<int, int> alpha)
    {
        var image = new Image(grey.Width, grey.Height, layout);
        var channels = (int)layout;
        for (var i = 0; i < image.Samples8.Length; i++)
            image.Samples8[i] = channels % 2 == 0 && i % channels == channels - 1 ? (byte)alpha(i / channels) : grey.Samples8[i / channels];
        return image;
    }

    private static Image Plain(Image grey)
    {
        var white = new Image(grey.Width, grey.Height, PixelLayout.Grey);
        white.Samples8.Fill(255);
        return white;
    }

    /// <summary>A case's networks as a file of ours.</summary>
    private string Model(string task, string file)
    {
        var golden = GoldenFolder.Case(file);
        var tensors = new Dictionary<string, TensorContent>(StringComparer.Ordinal);
        GoldenChainRun.Model(golden, role => new CopiedWeights(GoldenConfiguration.Weights(golden, role), role + ".", tensors)).Dispose();
        var path = srk.PathOf($"{task}.safetensors");
        SafetensorsWriter.Write(path, tensors, OwnFormat.Metadata(GoldenChainRun.Configuration(golden) with { Task = task }));
        return path;
    }
}
