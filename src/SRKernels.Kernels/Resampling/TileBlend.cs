using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Resampling;

/// <summary>
/// Puts overlapping tiles together as a weighted mean.
/// </summary>
/// <remarks>
/// sum[y + i, x + j] += r_i c_j tile[i, j] and weight[y + i, x + j] += r_i c_j for each tile; at the end sum / weight. r and c are 1 where no
/// weights are given: the plain mean of upstream (spec §8). All in fp32, product first, tiles in the order of the calls.
/// sum [n, h, w, c]; weight [1, h, w, 1]; tile [n, th, tw, c]. In place.
/// </remarks>
public static partial class TileBlend
{
    /// <summary>An empty sum and its empty weights, rented from the context's pool and set to zero.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="shape">The whole map's.</param>
    public static (Tensor Sum, Tensor Weight) Begin(KernelContext cx, Shape shape)
    {
        var sum = cx.Rent(shape);
        var weight = cx.Rent(1, shape.H, shape.W, 1);
        Clear(cx, sum);
        Clear(cx, weight);
        return (sum, weight);
    }

    /// <summary>Adds a tile.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="sum">[n, h, w, c], changed in place.</param>
    /// <param name="weight">[1, h, w, 1], changed in place.</param>
    /// <param name="tile">[n, th, tw, c].</param>
    /// <param name="y">The tile's first row in the whole.</param>
    /// <param name="x">The tile's first column in the whole.</param>
    /// <param name="rowWeights">[th], or empty for ones.</param>
    /// <param name="columnWeights">[tw], or empty for ones.</param>
    /// <exception cref="Runtime.SrkException">Shapes do not fit or the tile reaches outside.</exception>
    public static void Accumulate(
        KernelContext cx, Tensor sum, Tensor weight, Tensor tile, int y, int x,
        ReadOnlySpan<float> rowWeights = default, ReadOnlySpan<float> columnWeights = default)
    {
        var (whole, part) = (sum.Shape, tile.Shape);
        Expect.SameShape(nameof(TileBlend), new Shape(1, whole.H, whole.W, 1), weight.Shape, "weights");
        Expect.SameShape(nameof(TileBlend), whole, part with { H = whole.H, W = whole.W }, "a tile (its rows and columns aside)");
        if (y < 0 || x < 0 || (long)y + part.H > whole.H || (long)x + part.W > whole.W)
            Expect.Throw(nameof(TileBlend), $"a tile inside {whole}", $"{part} at ({y},{x})", "check the tile's place");
        if (!rowWeights.IsEmpty) Expect.Length(nameof(TileBlend), part.H, rowWeights.Length, "row weights");
        if (!columnWeights.IsEmpty) Expect.Length(nameof(TileBlend), part.W, columnWeights.Length, "column weights");
        switch (cx.Kind)
        {
            case ExecutionKind.Reference: Reference(sum, weight, tile, y, x, rowWeights, columnWeights); break;
            case ExecutionKind.Device:
                Gpu(
                    cx, sum, weight, tile, cx.Gpu.Constant<int>([y, x]), GpuWeights(cx, rowWeights, part.H), GpuWeights(cx, columnWeights, part.W));
                break;
            default: Cpu(cx, sum, weight, tile, y, x, rowWeights, columnWeights); break;
        }
    }

    /// <summary>As <see cref="Accumulate"/>, for a place and weights that are known when the program runs: one recording serves every tile.</summary>
    /// <param name="cx">A context of a device.</param>
    /// <param name="sum">[n, h, w, c], changed in place.</param>
    /// <param name="weight">[1, h, w, 1], changed in place.</param>
    /// <param name="tile">[n, th, tw, c].</param>
    /// <param name="origin">Two ints: the tile's first row and first column in the whole. Whoever writes them keeps the tile inside.</param>
    /// <param name="rowWeights">[th].</param>
    /// <param name="columnWeights">[tw].</param>
    internal static void AccumulateAt(
        KernelContext cx, Tensor sum, Tensor weight, Tensor tile, GpuView origin, GpuView rowWeights, GpuView columnWeights)
    {
        var (whole, part) = (sum.Shape, tile.Shape);
        Expect.SameShape(nameof(TileBlend), new Shape(1, whole.H, whole.W, 1), weight.Shape, "weights");
        Expect.SameShape(nameof(TileBlend), whole, part with { H = whole.H, W = whole.W }, "a tile (its rows and columns aside)");
        if (part.H > whole.H || part.W > whole.W) Expect.Throw(nameof(TileBlend), $"a tile inside {whole}", $"{part}", "check the tile's extents");
        Gpu(cx, sum, weight, tile, origin, rowWeights, columnWeights);
    }

    /// <summary>Divides the sum by the weights, in place.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="sum">[n, h, w, c], becomes the mean.</param>
    /// <param name="weight">[1, h, w, 1], positive everywhere.</param>
    /// <exception cref="Runtime.SrkException">Shapes do not fit.</exception>
    public static void Finish(KernelContext cx, Tensor sum, Tensor weight)
    {
        Expect.SameShape(nameof(TileBlend), new Shape(1, sum.Shape.H, sum.Shape.W, 1), weight.Shape, "weights");
        switch (cx.Kind)
        {
            case ExecutionKind.Reference: Reference(sum, weight, sum.Shape.H); break;
            case ExecutionKind.Device: Gpu(cx, sum, weight); break;
            default: Cpu(cx, sum, weight, sum.Shape.H); break;
        }
    }

    /// <summary>As <see cref="Finish"/> for the first rows alone: those that no later tile reaches, of a map whose rest is still open.</summary>
    /// <param name="cx">Where to run; not a device.</param>
    /// <param name="sum">[1, h, w, c], its first rows become the mean.</param>
    /// <param name="weight">[1, h, w, 1], positive in those rows.</param>
    /// <param name="rows">How many rows.</param>
    internal static void FinishRows(KernelContext cx, Tensor sum, Tensor weight, int rows)
    {
        Expect.SameShape(nameof(TileBlend), new Shape(1, sum.Shape.H, sum.Shape.W, 1), weight.Shape, "weights");
        Expect.That(sum.Shape.N == 1 && rows <= sum.Shape.H, nameof(TileBlend), "rows of one map", "more", "check the band");
        if (cx.Kind == ExecutionKind.Reference) Reference(sum, weight, rows);
        else Cpu(cx, sum, weight, rows);
    }

    internal static unsafe void Clear(KernelContext cx, Tensor x)
    {
        if (cx.Kind == ExecutionKind.Device) GpuClear(cx, x);
        else System.Runtime.InteropServices.NativeMemory.Clear(x.Data, checked((nuint)x.Shape.Count * sizeof(float)));
    }
}
