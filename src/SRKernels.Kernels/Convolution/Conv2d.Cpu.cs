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

    private static void Cpu(KernelContext cx, Tensor x, Conv2dWeights w, in Conv2dOptions options, Tensor y)
    {
        switch (PathOf(cx, w, options, y.Shape))
        {
            case ConvolutionPath.Pointwise:
                var residual = options.Residual is { } r ? r.Data : null;
                GemmLoops.Run(cx, x.Data, (long)x.Shape.N * x.Shape.Pixels, w.Packed, y.Data, options.Activation, residual);
                break;
            case ConvolutionPath.WinogradByTiles: WinogradByTiles.Run(cx, x, w, options, y); break;
            case ConvolutionPath.WinogradByChannels: WinogradByChannels.Run(cx, x, w, options, y); break;
            default: PatchConvolution.Run(cx, x, w, options, y); break;
        }
    }

    /// <summary>
    /// The path for a shape. Winograd needs a quarter of the multiplications, but its transforms cost as much as 16 or so channels do.
    /// A task owns tiles where there are enough of them for all workers, else output channels.
    /// </summary>
    private static ConvolutionPath PathOf(KernelContext cx, Conv2dWeights w, in Conv2dOptions options, Shape y)
    {
        if (cx.ForcedPath != ConvolutionPath.Auto) return cx.ForcedPath;
        if (w.KernelSize == 1 && options is { Step: 1, UpsampleInput: false }) return ConvolutionPath.Pointwise;
        if (w.KernelSize != 3 || options.Step != 1 || w.InChannels < 16) return ConvolutionPath.Patches;
        return WinogradPlan.TileCount(y) < cx.Workers.Count * TilesPerWorker ? ConvolutionPath.WinogradByChannels : ConvolutionPath.WinogradByTiles;
    }
}
