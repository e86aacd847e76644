using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Arithmetic;
using SRKernels.Kernels.Attention;
using SRKernels.Kernels.Normalization;
using SRKernels.Kernels.Quantization;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Benchmarks.Ops;

/// <summary>The ops beside convolution at the shapes of the full-size pipeline, 64x64 to 256x256.</summary>
public static class OpCases
{
    /// <summary>SRKERNELS_THREADS, or two as the rival gets.</summary>
    public static int Threads { get; } = int.TryParse(Environment.GetEnvironmentVariable("SRKERNELS_THREADS"), out var threads) ? threads : 2;

    public static OpCase[] GroupNorms { get; } =
    [
        Norm(64, 64, 160), Norm(64, 64, 160, scaled: true), Norm(64, 64, 192, silu: false), Norm(32, 32, 320), Norm(16, 16, 640), Norm(8, 8, 640),
        Norm(64, 64, 512), Norm(128, 128, 256), Norm(256, 256, 128),
    ];

    public static OpCase[] Activations { get; } =
    [
        Map("silu 64x64x160", new Shape(1, 64, 64, 160), Silu.Apply), Map("silu 256x256x128", new Shape(1, 256, 256, 128), Silu.Apply),
        Map("gelu 64x64x768", new Shape(1, 64, 64, 768), Gelu.Apply),
    ];

    public static OpCase[] WindowAttentions { get; } = [Windows(64, 4), Windows(64, 0), Windows(32, 4), Windows(16, 4), Windows(8, 0)];

    public static OpCase[] SelfAttentions { get; } = [Full(64, 64, 512), Full(32, 32, 512)];

    public static OpCase[] NearestCodes { get; } = [Codes(64, 3, 8192), Codes(64, 8, 1024), Codes(128, 3, 8192)];

    public static OpCase[] Resamplings { get; } =
    [
        new("concat 64x64x(320+160)", 0, Bytes(2, 64 * 64 * 480), cx => Two(cx, new(1, 64, 64, 320), new(1, 64, 64, 160), (a, b) => Concat.Apply(cx, a, b))),
        Map("nearest x2 128x128x256", new Shape(1, 128, 128, 256), (cx, x) => NearestResize.Apply(cx, x), 5),
        Map("bicubic x4 64x64x3", new Shape(1, 64, 64, 3), (cx, x) => BicubicResize.Apply(cx, x, 4), 17),
        Map("reflect 120x100x3 to 128x128", new Shape(1, 120, 100, 3), (cx, x) => ReflectPad.Apply(cx, x, 8, 28)),
        Map("pixel shuffle x4 256x256x48", new Shape(1, 256, 256, 48), (cx, x) => PixelShuffle.Apply(cx, x, 4)),
        Map("pixel unshuffle 4 512x512x3", new Shape(1, 512, 512, 3), (cx, x) => PixelShuffle.Undo(cx, x, 4)),
        Map("crop 256x256x3 to 180x250", new Shape(1, 256, 256, 3), (cx, x) => Crop.Apply(cx, x, 0, 0, 180, 250)),
    ];

    public static OpCase[] Arithmetics { get; } =
    [
        new("residual shift 64x64x3", 0, Bytes(4, 64 * 64 * 3), cx => Three(cx, new(1, 64, 64, 3), (a, b, c) => ResidualShift.Step(cx, a, b, c, 0.3f, 0.7f, 0.2f))),
        new("channel bias 512x512x64", 0, Bytes(2, 512 * 512 * 64), cx => Two(cx, new(1, 512, 512, 64), new(1, 1, 1, 64), (a, b) => ChannelBias.Apply(cx, a, b))),
        new("scaled sum 128x128x64 of maps of 192", 0, Bytes(3, 128 * 128 * 64), cx => Two(cx, new(1, 128, 128, 192), new(1, 128, 128, 192), (a, b) => Sum(cx, a, b))),
        Map("scale 256x256x128", new Shape(1, 256, 256, 128), (cx, x) => Scale.Divide(cx, x, 1.7f)),
    ];

    public static IEnumerable<OpCase> All => [.. GroupNorms, .. Activations, .. WindowAttentions, .. SelfAttentions, .. NearestCodes, .. Resamplings, .. Arithmetics];

    private static Tensor Sum(KernelContext cx, Tensor a, Tensor b)
    {
        var y = cx.Rent(b.Shape);
        ScaledSum.Into(cx, a, 0.2f, b, y, 64);
        return y;
    }

    internal static Tensor Random(KernelContext cx, Shape shape, int seed)
    {
        var random = new Random(seed);
        var x = cx.Rent(shape);
        foreach (ref var value in x.Span) value = (random.NextSingle() + random.NextSingle() + random.NextSingle() - 1.5f) * 2;
        return x;
    }

    private static double Bytes(int passes, long elements) => passes * elements * sizeof(float) / 1e9;

    // Reads twice (statistics, then values), writes once.
    private static OpCase Norm(int h, int w, int c, bool silu = true, bool scaled = false)
    {
        var name = $"groupnorm{(scaled ? "+scale" : "")}{(silu ? "+silu" : "")} {h}x{w}x{c}";
        return new OpCase(name, 0, Bytes(3, (long)h * w * c), cx =>
        {
            var x = Random(cx, new Shape(1, h, w, c), 1);
            var scaleShift = scaled ? Random(cx, new Shape(1, 1, 1, 2 * c), 2) : null;
            var (gamma, beta) = (Random(cx, new Shape(1, 1, 1, c), 3).Span.ToArray(), Random(cx, new Shape(1, 1, 1, c), 4).Span.ToArray());
            return () => GroupNorm.Apply(cx, x, gamma, beta, 32, 1e-5f, silu ? Activation.Silu : Activation.None, scaleShift);
        });
    }

    private static OpCase Windows(int side, int shift) =>
        new($"window attention {side}x{side} shift {shift}", 2 * 2.0 * side * side * 64 * 192 / 1e9, Bytes(4, (long)side * side * 192), cx =>
        {
            var qkv = Random(cx, new Shape(1, side, side, 3 * 192), 1);
            var bias = RelativePositionBias.FromTable(Random(cx, new Shape(1, 1, 225, 6), 2).Span, 8, 6);
            return () => WindowAttention.Apply(cx, qkv, bias, 6, 8, shift);
        });

    private static OpCase Full(int h, int w, int c)
    {
        return new($"self attention {h}x{w}x{c}", 2 * 2.0 * h * w * h * w * c / 1e9, Bytes(4, (long)h * w * c), cx => Prepare(cx, h, w), cx => Prepare(cx, 16, 24));

        Func<Tensor> Prepare(KernelContext cx, int rows, int columns) =>
            Three(cx, new Shape(1, rows, columns, c), (q, k, v) => SelfAttention.Apply(cx, q, k, v));
    }

    private static OpCase Codes(int side, int dim, int codes) =>
        new($"nearest code {side}x{side}x{dim} of {codes}", 2.0 * side * side * codes * (dim + 1) / 1e9, 0, cx =>
        {
            var z = Random(cx, new Shape(1, side, side, dim), 1);
            var book = CodeBook.Pack(Random(cx, new Shape(1, 1, codes, dim), 2).Span, codes, dim);
            var indices = new int[side * side];
            return () => NearestCode.Apply(cx, z, book, indices);
        });

    private static OpCase Map(string name, Shape shape, Func<KernelContext, Tensor, Tensor> run, int passes = 2) =>
        new(name, 0, Bytes(passes, shape.Count), cx =>
        {
            var x = Random(cx, shape, 1);
            return () => run(cx, x);
        });

    private static Func<Tensor> Two(KernelContext cx, Shape a, Shape b, Func<Tensor, Tensor, Tensor> run)
    {
        var (x, y) = (Random(cx, a, 1), Random(cx, b, 2));
        return () => run(x, y);
    }

    private static Func<Tensor> Three(KernelContext cx, Shape shape, Func<Tensor, Tensor, Tensor, Tensor> run)
    {
        var (x, y, z) = (Random(cx, shape, 1), Random(cx, shape, 2), Random(cx, shape, 3));
        return () => run(x, y, z);
    }
}
