using SRKernels.Kernels.Noise;
using SRKernels.Kernels.Pixels;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Families;
using SRKernels.Models.Sampling;

namespace SRKernels.Models.Tiling;

/// <summary>The extents of one picture's work; pictures of equal extents share what a device was prepared for.</summary>
/// <param name="InputHeight">Rows of a tile, in low-quality pixels.</param>
/// <param name="InputWidth">Its columns.</param>
/// <param name="InputScale">How much it is enlarged before the networks see it.</param>
/// <param name="Scale">How much larger the result is.</param>
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
    int InputHeight, int InputWidth, int InputScale, int Scale, int KeptHeight, int KeptWidth, int Height, int Width, int ResultHeight, int ResultWidth, int Steps, bool HasMask,
    NoiseDraws? Noise)
{
    /// <summary>The extents of a cut picture.</summary>
    /// <param name="g">How the tiles lie.</param>
    /// <param name="tiles">The cut.</param>
    /// <param name="width">The picture's width.</param>
    /// <param name="height">Its height.</param>
    /// <param name="run">What runs them.</param>
    /// <param name="hasMask">Whether tiles come with a mask.</param>
    /// <param name="counted">The source of the noise, if a device draws it; else null.</param>
    public static CanvasShape Of(TileGeometry g, TilePlan tiles, int width, int height, ITileRun run, bool hasMask, ICountedSource? counted)
    {
        var s = g.Scale;
        var (inputHeight, inputWidth) = tiles.NetworkInput;
        var (keptHeight, keptWidth) = tiles.PadsEachTile ? (tiles.Rows.Tile, tiles.Columns.Tile) : (inputHeight, inputWidth);
        var (canvasHeight, canvasWidth) = tiles.PadsEachTile ? (height, width) : (tiles.Rows.Length, tiles.Columns.Length);
        // The noise of each tile, or windows of the whole picture's field.
        var field = tiles.PadsEachTile ? new Shape(1, g.NoiseOf(inputHeight), g.NoiseOf(inputWidth), g.NoiseChannels) : tiles.Noise(g);
        return new CanvasShape(
            inputHeight, inputWidth, g.InputScale, s, keptHeight * s, keptWidth * s, checked(canvasHeight * s), checked(canvasWidth * s), checked(height * s), checked(width * s),
            run.NetworkCalls, hasMask, counted is null || run.Draws == 0 ? null : new NoiseDraws(field, run.Draws, counted.ThreadsFor(field.Count)));
    }

    /// <summary>How much noise the chain's steps add: see <see cref="UpscaleOptions.Eta"/>.</summary>
    public double? Eta { get; init; }

    /// <summary>A tile as the networks see it.</summary>
    public Shape Tile => new(1, InputHeight * InputScale, InputWidth * InputScale, 3);

    /// <summary>How picture and result lie in the device's memory, if they do: tiles are then cut there, and the result is left there.</summary>
    public (PixelForm Picture, PixelForm Result)? OnDevice { get; init; }
}

/// <summary>Takes tiles through the networks and puts their results together, row of tiles after row of tiles.</summary>
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

    /// <summary>Rows that no later tile reaches: their weighted means may leave.</summary>
    /// <param name="end">The first row that is still open, on the canvas; its height after the last tile.</param>
    /// <param name="to">Takes the result's rows in their order; not all of them need to leave before the last.</param>
    public abstract void FinishRows(int end, ResultRows to);

    public abstract void Dispose();
}
