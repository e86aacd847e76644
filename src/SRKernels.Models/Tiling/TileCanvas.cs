using SRKernels.Kernels;
using SRKernels.Kernels.Noise;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Sampling;

namespace SRKernels.Models.Tiling;

/// <summary>The extents of one picture's work; pictures of equal extents share what a device was prepared for.</summary>
/// <param name="InputHeight">Rows that the networks see of a tile, in low-quality pixels.</param>
/// <param name="InputWidth">Columns that they see.</param>
/// <param name="KeptHeight">Rows of a tile's result that are kept, in pixels of the result.</param>
/// <param name="KeptWidth">Columns that are kept.</param>
/// <param name="Height">Rows of the canvas, in pixels of the result.</param>
/// <param name="Width">Columns of the canvas.</param>
/// <param name="ResultHeight">Rows of the result, cut out of the canvas.</param>
/// <param name="ResultWidth">Columns of the result.</param>
/// <param name="Steps">Steps of the chain.</param>
/// <param name="HasMask">Whether tiles come with a mask.</param>
/// <param name="Noise">The draws, if a device makes them itself; null if the processor draws.</param>
internal sealed record CanvasShape(
    int InputHeight, int InputWidth, int KeptHeight, int KeptWidth, int Height, int Width, int ResultHeight, int ResultWidth, int Steps, bool HasMask,
    NoiseDraws? Noise);

/// <summary>Takes tiles through the networks and puts their results together.</summary>
internal abstract class TileCanvas : IDisposable
{
    /// <summary>One padded tile through encoder, chain and decoder, limited to -1..1 and added.</summary>
    /// <param name="tile">[1, h, w, 3] in the processor's memory.</param>
    /// <param name="mask">[1, h, w, 1], or null.</param>
    /// <param name="noise">The chain's draws.</param>
    /// <param name="y">The tile's first row on the canvas.</param>
    /// <param name="x">Its first column.</param>
    /// <param name="rowWeights">What its rows count, or empty for ones.</param>
    /// <param name="columnWeights">What its columns count, or empty for ones.</param>
    public abstract void Add(Tensor tile, Tensor? mask, ITileNoise noise, int y, int x, ReadOnlySpan<float> rowWeights, ReadOnlySpan<float> columnWeights);

    /// <summary>The weighted mean of all tiles, [1, h, w, 3] in the processor's memory.</summary>
    public abstract Tensor Finish();

    public abstract void Dispose();
}
