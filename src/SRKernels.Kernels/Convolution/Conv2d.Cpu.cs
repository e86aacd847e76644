using SRKernels.Kernels.Dense;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Convolution;

/// <summary>How a convolution is decomposed on the processor.</summary>
internal enum ConvolutionPath
{
    /// <summary>The fastest for the shape.</summary>
    Auto,

    /// <summary>One matrix product whose rows are the pixels (1x1 only).</summary>
    Pointwise,

    /// <summary>Rows of 3x3 patches copied together, then a matrix product: any options.</summary>
    Patches,

    /// <summary>F(4x4, 3x3), a task owns a block of tiles with all its channels.</summary>
    WinogradByTiles,

    /// <summary>F(4x4, 3x3), a task owns 32 output channels of a block of tiles.</summary>
    WinogradByChannels,
}

public static unsafe partial class Conv2d
{
    // Fewer, and reading the transformed weights costs more than the products that they are read for.
    private const int TilesPerWorker = 48;
    private const int LeastWinogradChannels = 16;

    /// <summary>A residual's pixels, or nothing.</summary>
    internal static StridedRows ResidualRows(in Conv2dOptions options) => options.Residual is { } r ? new(r.Data, r.Shape.C) : default;

    private static void Cpu(KernelContext cx, Tensor x, Conv2dWeights w, in Conv2dOptions options, in ConvolutionTarget y)
    {
        switch (PathOf(cx, w, options, y.Shape))
        {
            case ConvolutionPath.Pointwise:
                GemmLoops.Run(cx, x.Data, x.Shape.C, (long)x.Shape.N * x.Shape.Pixels, w.Packed, y.Rows, options.Activation, ResidualRows(options));
                break;
            case ConvolutionPath.WinogradByTiles: WinogradByTiles.Run(cx, x, w, options, y); break;
            case ConvolutionPath.WinogradByChannels: WinogradByChannels.Run(cx, x, w, options, y); break;
            default: PatchConvolution.Run(cx, x, w, options, y); break;
        }
    }

    /// <summary>What a 3x3 convolution works in on the processor, at most: bytes that all workers see, and bytes of each worker's own.</summary>
    /// <param name="pixels">Pixels of its output.</param>
    /// <param name="inChannels">Channels that go in.</param>
    /// <param name="outChannels">Channels that come out.</param>
    /// <param name="step">Its stride.</param>
    /// <param name="workers">How many workers there are: with few tiles for each, they share another way.</param>
    internal static (long Shared, long Worker) ScratchBytes(long pixels, int inChannels, int outChannels, int step, int workers)
    {
        if (step != 1 || inChannels < LeastWinogradChannels) return (0, PatchConvolution.WorkerBytes(9 * inChannels));
        // Maps whose sides are no multiples have more tiles than this; near the border between the paths either may come.
        var tiles = (pixels + 15) / 16;
        var byTiles = WinogradByTiles.ScratchBytes(tiles + (tiles / 2), inChannels, outChannels, workers);
        if (tiles >= 2L * workers * TilesPerWorker) return byTiles;
        var byChannels = WinogradByChannels.ScratchBytes(tiles + (tiles / 2), inChannels);
        return tiles < workers * TilesPerWorker / 2
            ? byChannels
            : (Math.Max(byTiles.Shared, byChannels.Shared), Math.Max(byTiles.Worker, byChannels.Worker));
    }

    /// <summary>
    /// The path for a shape. Winograd needs a quarter of the multiplications, but its transforms cost as much as 16 or so channels do.
    /// A task owns tiles where there are enough of them for all workers, else output channels.
    /// </summary>
    private static ConvolutionPath PathOf(KernelContext cx, Conv2dWeights w, in Conv2dOptions options, Shape y)
    {
        if (cx.ForcedPath != ConvolutionPath.Auto) return cx.ForcedPath;
        if (w.KernelSize == 1 && options is { Step: 1, UpsampleInput: false }) return ConvolutionPath.Pointwise;
        if (w.KernelSize != 3 || options.Step != 1 || w.InChannels < LeastWinogradChannels) return ConvolutionPath.Patches;
        return WinogradPlan.TileCount(y) < cx.Workers.Count * TilesPerWorker ? ConvolutionPath.WinogradByChannels : ConvolutionPath.WinogradByTiles;
    }
}
