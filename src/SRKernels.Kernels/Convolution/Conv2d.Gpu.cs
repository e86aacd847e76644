using SRKernels.Kernels.Dense;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;
using static SRKernels.Kernels.Convolution.Conv2dHalfPanelKernels;
using static SRKernels.Kernels.Convolution.Conv2dKernels;

namespace SRKernels.Kernels.Convolution;

// Kernels and which thread owns what: Conv2dKernels. A device's tile by shape: TilePlan.
public static partial class Conv2d
{
    private static readonly string s_kernels = typeof(Conv2dKernels).FullName!;
    private static readonly KernelKey s_sumSplits = new(s_kernels, nameof(SumSplits));
    private static readonly KernelKey s_fewRows = new(s_kernels, nameof(FewRows));
    private static readonly KernelKey s_halfPanels = new(typeof(Conv2dHalfPanelKernels).FullName!, nameof(PixelsByHalfPanel));
    private static readonly KernelKey s_affineMap = new(typeof(Conv2dHalfPanelKernels).FullName!, nameof(AffineMap));

    private static void Gpu(KernelContext cx, Tensor x, Conv2dWeights w, in Conv2dOptions options, in ConvolutionTarget y)
    {
        if (TensorConvolution.TryLaunch(cx, x, w, options, y)) return;

        // Panels behind bias and slopes, all as the processor reads them.
        var packed = cx.Gpu.Weights(w, "bias, slopes, panels", () => BiasAndPanels(w));
        var padded = GemmTiles.Panels(w.OutChannels) * GemmTiles.PanelColumns;
        var bias = packed.Slice(0, 2 * padded);
        var panels = packed.Slice(2 * padded, (long)padded * w.Packed.K);
        var gathers = w.InChannels % Depth != 0 || x.Shape.C % 4 != 0;
        var steps = (w.Packed.K + Depth - 1) / Depth;
        var pixels = checked(y.Shape.N * y.Shape.Pixels);
        var plan = cx.ForcedTile
            ?? (cx.Gpu.Info.IsProcessor ? new TilePlan(TilePlan.NoTile, 1) : TilePlan.Choose(pixels, w.OutChannels, steps, cx.Gpu.Info.Multiprocessors, gathers));
        plan = plan.WithoutEmptySplits(steps);
        if (plan.Tile != TilePlan.NoTile && cx.ForcedTile is null && pixels <= MostFewRows && w.KernelSize == 1 && options is { Step: 1, UpsampleInput: false, InputAffine: null }
            && x.Shape.C == w.InChannels && y.IsWhole && (options.Residual is null || options.Residual.Shape.C == w.OutChannels))
        {
            cx.Gpu.Launch(
                s_fewRows, new LaunchShape(new Extent(GemmTiles.Panels(w.OutChannels)), new Extent(256)),
                x, panels, bias, options.Residual ?? x, y.Map, pixels, Pair(w.InChannels, w.OutChannels), Flags(w, options, y));
            return;
        }

        if (plan.Tile == TilePlan.NoTile) RunHalfPanels(cx, x, panels, bias, w, options, y, pixels);
        else RunTiles(cx, x, panels, bias, w, options, y, pixels, plan, steps, gathers);
    }

    private static void RunTiles(
        KernelContext cx, Tensor x, GpuView panels, GpuView bias, Conv2dWeights w, in Conv2dOptions options, in ConvolutionTarget y, int pixels, TilePlan plan,
        int steps, bool gathers)
    {
        var load = gathers ? Gather : options.InputAffine is null ? Plain : Affine;
        var flags = Flags(w, options, y) | (plan.Splits > 1 ? IsPartial : 0);
        var groups = (pixels + plan.Rows - 1) / plan.Rows * ((w.OutChannels + plan.Columns - 1) / plan.Columns);
        using var parts = plan.Splits == 1 ? null : cx.Rent(y.Shape with { N = checked(y.Shape.N * plan.Splits) });
        cx.Gpu.Launch(
            new KernelKey(s_kernels, plan.Threads > 128 ? nameof(EightWarps) : nameof(FourWarps)) { Specialized = [plan.Tile, load] },
            new LaunchShape(new Extent(groups, plan.Splits), new Extent(plan.Threads)),
            x, panels, bias, options.Residual ?? x, options.InputAffine ?? x, parts ?? (GpuArgument)y.View,
            Pair(x.Shape.H, x.Shape.W), Pair(y.Shape.H, y.Shape.W), Pair(w.InChannels, w.OutChannels), Pair(pixels, (steps + plan.Splits - 1) / plan.Splits), flags, Strides(x, options, y));
        if (parts is null) return;
        var quads = checked(pixels * ((w.OutChannels + 3) / 4));
        cx.Gpu.Launch(
            s_sumSplits, new LaunchShape(new Extent((quads + 255) / 256), new Extent(256)),
            parts, bias, options.Residual ?? x, y.View, pixels, w.OutChannels, plan.Splits, flags, Strides(x, options, y));
    }

    private static void RunHalfPanels(
        KernelContext cx, Tensor x, GpuView panels, GpuView bias, Conv2dWeights w, in Conv2dOptions options, in ConvolutionTarget y, int pixels)
    {
        const int threads = 8;
        var flags = Flags(w, options, y);
        using var affined = options.InputAffine is null ? null : cx.Rent(x.Shape);
        if (affined is not null)
        {
            var inPixels = x.Shape.N * x.Shape.Pixels;
            cx.Gpu.Launch(
                s_affineMap, new LaunchShape(new Extent((inPixels + threads - 1) / threads), new Extent(threads)),
                x, options.InputAffine!, affined, inPixels, x.Shape.Pixels, w.InChannels, flags);
        }

        var blocks = (pixels + ThreadPixels - 1) / ThreadPixels;
        var halves = (w.OutChannels + HalfPanel - 1) / HalfPanel;
        var isWhole = pixels % ThreadPixels == 0 && w.OutChannels % HalfPanel == 0 && y.IsWhole;
        using var sums = isWhole ? null : cx.Rent(1, blocks, ThreadPixels, halves * HalfPanel);
        cx.Gpu.Launch(
            s_halfPanels, new LaunchShape(new Extent(checked((blocks * halves) + threads - 1) / threads), new Extent(threads)),
            affined ?? x, panels, bias, options.Residual ?? x, sums ?? y.Map, y.View,
            Pair(x.Shape.H, x.Shape.W), Pair(y.Shape.H, y.Shape.W), Pair(w.InChannels, w.OutChannels), pixels, flags, Strides(x, options, y));
    }

    private static int Flags(Conv2dWeights w, in Conv2dOptions o, in ConvolutionTarget y) =>
        (o.Step == 2 ? StrideTwo : 0) | (w.KernelSize == 3 ? ThreeByThree : 0) | (w.KernelSize == 3 && o.Padding == Conv2dPadding.Same ? Padded : 0)
        | (o.UpsampleInput ? Upsampled : 0) | (o.Residual is null ? 0 : HasResidual) | (o.InputAffine is null ? 0 : HasAffine)
        | ((w.OutChannels | y.Stride | y.First | (o.Residual?.Shape.C ?? 0)) % 4 == 0 ? WholeQuads : 0)
        | ((int)o.Activation << ActivationShift) | ((int)o.InputActivation << InputActivationShift);

    /// <summary>Elements between pixels of what is read (24 bits), added and written (20 bits each).</summary>
    private static long Strides(Tensor x, in Conv2dOptions o, in ConvolutionTarget y)
    {
        var residual = o.Residual?.Shape.C ?? 0;
        Expect.That(y.Stride < 1 << 20 && residual < 1 << 20 && x.Shape.C < 1 << 23, nameof(Conv2d), "maps of fewer than 2^20 channels", "more", "run it on the processor");
        return ((long)x.Shape.C << 40) | ((long)residual << 20) | (uint)y.Stride;
    }

    /// <summary>Two numbers in one argument: kernels have at most 14.</summary>
    private static long Pair(int high, int low) => ((long)high << 32) | (uint)low;

    private static unsafe byte[] BiasAndPanels(Conv2dWeights w)
    {
        var padded = GemmTiles.Panels(w.OutChannels) * GemmTiles.PanelColumns;
        var bytes = new byte[checked(padded * (2 + w.Packed.K) * sizeof(float))];
        new ReadOnlySpan<byte>(w.Packed.PanelBias(0), 2 * padded * sizeof(float)).CopyTo(bytes);
        new ReadOnlySpan<byte>(w.Packed.Panel(0), padded * w.Packed.K * sizeof(float)).CopyTo(bytes.AsSpan(2 * padded * sizeof(float)));
        return bytes;
    }
}
