using SRKernels.Kernels;
using SRKernels.Models;
using SRKernels.Models.Imaging;
using SRKernels.Models.ResShift;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Models;

/// <summary>The shipped weights, picture to picture.</summary>
public sealed class SuperResolverTests
{
    // tools/export_shipped_golden.py says how it was made and with which seed.
    private static readonly GoldenFile Shipped = new("shipped_tiny_x4.safetensors");

    public static TheoryData<string> Crops() => [.. Shipped.Keys.Where(k => k.EndsWith(".lq_u8_rgb", StringComparison.Ordinal)).Select(k => k.Split('.')[0])];

    [Theory]
    [MemberData(nameof(Crops))]
    public async Task GivesPyTorchsPicture(string crop)
    {
        using var resolver = SuperResolver.LoadShipped(threads: 2);
        var result = await resolver.UpscaleAsync(GoldenChainRun.Picture(Shipped, $"{crop}.lq_u8_rgb", PixelLayout.Rgb));
        ImageComparison.AssertSame(crop, Shipped.U8($"{crop}.out_u8_rgb"), result.Samples8, flips: 0);
    }

    [Theory]
    [MemberData(nameof(Crops))]
    public void ChainAgreesWithPyTorch(string crop)
    {
        using var resolver = SuperResolver.LoadShipped(threads: 2);
        var model = (ResidualShiftModel)resolver.Model;
        using var cx = new KernelContext(ExecutionKind.Cpu, threads: 2);
        var trace = new GoldenTrace(Shipped, new[] { "z_y", "z_final", "decoded" }.Select(k => $"{crop}.{k}"), name => $"{crop}.{name}");
        cx.Trace = trace;
        var picture = GoldenChainRun.Picture(Shipped, $"{crop}.lq_u8_rgb", PixelLayout.Rgb);
        using var y0 = cx.Rent(1, picture.Height, picture.Width, 3);
        PixelFloats.ToRgb(picture, y0.Span, PixelRange.MinusOneToOne);
        var latentShape = Shipped.Shape($"{crop}.z_y");
        using var padded = SRKernels.Kernels.Resampling.ReflectPad.Apply(cx, y0, latentShape[2] - picture.Height, latentShape[3] - picture.Width);
        using var zy = model.Encode(cx, padded);
        using var latent = model.Sample(
            cx, zy, padded, Chain.Create(model.Configuration.Diffusion),
            new SRKernels.Models.Sampling.DrawnNoise(new SRKernels.Models.Sampling.TorchCpuNoise(new UpscaleOptions().Seed)));
        var indices = new int[latent.Shape.Pixels];
        using var quantised = model.Autoencoder.Quantize(cx, latent, indices);
        var expected = Shipped.Ints($"{crop}.indices");
        var flips = ImageComparison.CountFlips(crop, expected, Shipped.Floats($"{crop}.index_gap"), indices);
        Assert.InRange(flips, 0, 2);
        using var codes = flips == 0 ? null : model.Autoencoder.Codes(cx, latent.Shape, expected);
        using var decoded = model.Autoencoder.DecodeQuantized(cx, codes ?? quantised);
        trace.AssertWithin(TensorComparison.ChainNmse, double.PositiveInfinity, "Cpu");
    }

    [Fact]
    public async Task SameBytesForAnyNumberOfThreads()
    {
        var picture = Scene(56, 40, PixelLayout.Rgb, 8);
        byte[]? first = null;
        foreach (var threads in new[] { 1, 2, 3 })
        {
            using var resolver = SuperResolver.LoadShipped(threads);
            var result = (await resolver.UpscaleAsync(picture, new UpscaleOptions { Tile = 32, Overlap = 8 })).Samples8.ToArray();
            first ??= result;
            Assert.Equal(first, result);
        }
    }

    [Theory]
    [InlineData(PixelLayout.Grey, 8)]
    [InlineData(PixelLayout.GreyAlpha, 16)]
    [InlineData(PixelLayout.Rgba, 8)]
    [InlineData(PixelLayout.Rgb, 16)]
    public async Task KeepsLayoutDepthAndMetadata(PixelLayout layout, int bitDepth)
    {
        using var resolver = SuperResolver.LoadShipped(threads: 2);
        var picture = Scene(17, 9, layout, bitDepth);
        picture.Metadata = new ImageMetadata { IccProfile = [1, 2, 3] };
        var result = await resolver.UpscaleAsync(picture);
        Assert.Equal((68, 36, layout, bitDepth), (result.Width, result.Height, result.Layout, result.BitDepth));
        Assert.Same(picture.Metadata.IccProfile, result.Metadata.IccProfile);

        var upstream = await resolver.UpscaleAsync(picture, new UpscaleOptions { Compatibility = Compatibility.Upstream });
        Assert.Equal((PixelLayout.Rgb, 8, null), (upstream.Layout, upstream.BitDepth, upstream.Metadata.IccProfile));
    }

    /// <summary>The smallest pictures are reflected as often as it takes.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 33)]
    [InlineData(31, 1)]
    public async Task TinyPicturesWork(int width, int height)
    {
        using var resolver = SuperResolver.LoadShipped(threads: 2);
        var result = await resolver.UpscaleAsync(Scene(width, height, PixelLayout.Rgb, 8));
        Assert.Equal((4 * width, 4 * height), (result.Width, result.Height));
    }

    /// <summary>
    /// Across the places where tiles start and end the picture steps at most 1.1 times as far as beside them. The control, tiles laid side by side,
    /// steps farther. Over all borders together: a single line of a picture differs from its neighbours by more than that anyway.
    /// </summary>
    [Fact]
    public async Task TilesLeaveNoSeams()
    {
        using var resolver = SuperResolver.LoadShipped(threads: 2);
        var picture = Scene(128, 96, PixelLayout.Rgb, 8);
        var tiles = SRKernels.Models.Tiling.TilePlan.Even(resolver.Model.Configuration.Geometry, picture.Height, picture.Width, 64, 16);
        var seamless = await resolver.UpscaleAsync(picture, new UpscaleOptions { Tile = 64, Overlap = 16 });
        var ratio = StepRatio(seamless, [.. Borders(tiles.Columns)], [.. Borders(tiles.Rows)]);
        Assert.True(ratio <= 1.1, $"steps across borders are {ratio:f3} times those beside them");

        var sideBySide = await resolver.UpscaleAsync(picture, new UpscaleOptions { Tile = 32, Overlap = 0, Compatibility = Compatibility.Upstream });
        var control = StepRatio(sideBySide, [128, 256, 384], [128, 256]);
        Assert.True(control > 1.1, $"tiles side by side step only {control:f3} times as far: this test sees no seams");
    }

    [Fact]
    public async Task CancelsBetweenOpsAndStaysUsable()
    {
        using var resolver = SuperResolver.LoadShipped(threads: 2);
        using var cancel = new CancellationTokenSource();
        var picture = Scene(32, 32, PixelLayout.Rgb, 8);
        var progress = new ImmediateProgress(p =>
        {
            if (p.Stage == UpscaleStage.Sample && p.Step == 1) cancel.Cancel();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => resolver.UpscaleAsync(picture, null, progress, cancel.Token));
        Assert.DoesNotContain(progress.Seen, p => p.Stage == UpscaleStage.Decode);
        Assert.Equal(128, (await resolver.UpscaleAsync(picture)).Width);
    }

    [Fact]
    public async Task ReportsEveryStepAndEndsAtOne()
    {
        using var resolver = SuperResolver.LoadShipped(threads: 2);
        var progress = new ImmediateProgress(_ => { });
        await resolver.UpscaleAsync(Scene(40, 30, PixelLayout.Rgb, 8), new UpscaleOptions { Tile = 32, Overlap = 8 }, progress);
        Assert.Equal(UpscaleStage.Done, progress.Seen[^1].Stage);
        Assert.Equal(1, progress.Seen[^1].Fraction, 1e-9);
        Assert.Equal(progress.Seen.Select(p => p.Fraction), progress.Seen.Select(p => p.Fraction).Order());
        Assert.Equal(2 * 5, progress.Seen.Count(p => p.Stage == UpscaleStage.Sample));
    }

    [Fact]
    public void PlansSmallerTilesForLessMemory()
    {
        using var resolver = SuperResolver.LoadShipped(threads: 1);
        var wide = resolver.Plan(1000, 1000, new UpscaleOptions());
        var narrow = resolver.Plan(1000, 1000, new UpscaleOptions { MaxMemoryBytes = wide.TotalBytes - wide.ActivationBytes + (wide.ActivationBytes / 2) });
        Assert.True(narrow.TileWidth < wide.TileWidth && narrow.Tiles > wide.Tiles);
        var error = Assert.Throws<SrkException>(() => resolver.Plan(1000, 1000, new UpscaleOptions { MaxMemoryBytes = 1 << 20 }));
        Assert.Contains("--max-memory", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(32, 32)]
    [InlineData(96, 64)]
    public async Task PlanCoversWhatIsUsed(int width, int height)
    {
        using var resolver = SuperResolver.LoadShipped(threads: 2);
        var plan = resolver.Plan(width, height, new UpscaleOptions());
        await resolver.UpscaleAsync(Scene(width, height, PixelLayout.Rgb, 8));
        var used = resolver.Context.Pool.PeakHeldBytes + resolver.Context.Scratch.HeldBytes;
        var planned = plan.ActivationBytes + plan.PictureBytes;
        Assert.True(used <= planned, $"{used >> 10} KiB held (ops {resolver.Context.Scratch.HeldBytes >> 10}), {planned >> 10} planned");
        // The pool's own worst moment is what the plan's layers say, give or take a tensor.
        Assert.True(resolver.Context.Pool.PeakUsedBytes >= planned / 4 - (16 << 20), $"{resolver.Context.Pool.PeakUsedBytes >> 10} KiB used, {planned >> 10} planned");
    }

    [Fact]
    public void SeedsOfAFolderDependOnThePathAlone()
    {
        Assert.Equal(SuperResolver.SeedFor(1, "a/b.png"), SuperResolver.SeedFor(1, "a\\b.png"));
        var seeds = Enumerable.Range(0, 1000).Select(i => SuperResolver.SeedFor(12345, $"img{i}.png")).ToHashSet();
        Assert.Equal(1000, seeds.Count);
        Assert.NotEqual(SuperResolver.SeedFor(1, "a.png"), SuperResolver.SeedFor(2, "a.png"));
    }

    // In pixels of the result: where a tile begins that is not the first, and where one ends that is not the last.
    private static IEnumerable<int> Borders(SRKernels.Models.Tiling.TileAxis axis) =>
        axis.Starts.Skip(1).Concat(axis.Starts.SkipLast(1).Select(start => start + axis.Tile)).Distinct().Select(at => at * 4);

    // Steps between two low-quality pixels differ from those inside one, with tiles or without: like is compared with like.
    private static double StepRatio(Image image, int[] columns, int[] rows)
    {
        var borders = columns.Select(at => (At: at, Vertical: true)).Concat(rows.Select(at => (At: at, Vertical: false))).ToArray();
        var across = borders.Sum(b => Step(b.At, b.Vertical));
        return across / borders.Sum(b => new[] { -16, -12, -8, -4, 4, 8, 12, 16 }.Average(d => Step(b.At + d, b.Vertical)));

        double Step(int at, bool vertical)
        {
            long sum = 0;
            var along = vertical ? image.Height : image.Width;
            for (var i = 0; i < along; i++)
                for (var c = 0; c < 3; c++)
                    sum += Math.Abs(Sample(at, i, c, vertical) - Sample(at - 1, i, c, vertical));
            return (double)sum / along / 3;
        }

        int Sample(int at, int along, int c, bool vertical) => vertical ? image.Row8(along)[(at * 3) + c] : image.Row8(at)[(along * 3) + c];
    }

    // Waves, two edges and a little grain: something for every part of a network.
    private static Image Scene(int width, int height, PixelLayout layout, int bitDepth)
    {
        var image = new Image(width, height, layout, bitDepth);
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
                for (var c = 0; c < image.Channels; c++)
                {
                    var v = 0.5 + (0.25 * Math.Sin((x * 0.21) + c) * Math.Cos(y * 0.17)) + ((x + y) % 37 < 9 ? 0.15 : 0) + (x > y * 1.3 ? -0.1 : 0.05);
                    v += ((((x * 7919) + (y * 104729) + (c * 31)) % 17) - 8) * 0.004;
                    var at = (((y * width) + x) * image.Channels) + c;
                    if (bitDepth == 8) image.Samples8[at] = (byte)(255 * Math.Clamp(v, 0, 1));
                    else image.Samples16[at] = (ushort)(65535 * Math.Clamp(v, 0, 1));
                }

        return image;
    }

    private sealed class ImmediateProgress(Action<UpscaleProgress> seen) : IProgress<UpscaleProgress>
    {
        public List<UpscaleProgress> Seen { get; } = [];

        public void Report(UpscaleProgress value)
        {
            Seen.Add(value);
            seen(value);
        }
    }
}
