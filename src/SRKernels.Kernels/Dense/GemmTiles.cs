namespace SRKernels.Kernels.Dense;

/// <summary>The numbers of the matrix product, each with its arithmetic.</summary>
internal static class GemmTiles
{
    /// <summary>Columns of a packed panel of B: two 512-bit vectors, or two half panels of two 256-bit ones. The same on every processor.</summary>
    public const int PanelColumns = 32;

    /// <summary>Rows of the tallest tile: 12 x 2 accumulators, 2 vectors of B and 1 of A are 27 of AVX-512's 32 registers.</summary>
    public const int MaxRows = 12;

    /// <summary>Rows of A that one task works on lie in half of a 512 KiB second-level cache, beside the panel that passes by.</summary>
    public const int RowBlockBytes = 256 * 1024;

    /// <summary>Tasks per worker that a product is cut into, so that a late worker costs a quarter at most of its own share.</summary>
    public const int TasksPerWorker = 4;

    /// <summary>Panels that hold <paramref name="columns"/>.</summary>
    public static int Panels(int columns) => (columns + PanelColumns - 1) / PanelColumns;

    /// <summary>Rows per task for sums of length <paramref name="k"/>: a multiple of the tile, 12 to 240.</summary>
    public static int RowBlock(int k) => Math.Clamp(RowBlockBytes / (k * sizeof(float)) / MaxRows, 1, 20) * MaxRows;

    /// <summary>
    /// Rows that go through all panels before the next ones do. Where B takes at most half of a 512 KiB second-level cache: 24, so that C is
    /// written in runs of 24 whole rows; else all, so that B is read once.
    /// </summary>
    public static int PassRows(int k, int n, int rowBlock) =>
        (long)k * n * sizeof(float) <= RowBlockBytes ? Math.Min(2 * MaxRows, rowBlock) : rowBlock;
}
