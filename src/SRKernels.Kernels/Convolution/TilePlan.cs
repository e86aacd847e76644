namespace SRKernels.Kernels.Convolution;

/// <summary>Which tile of <see cref="Conv2dKernels.SharedTile"/> makes a product, and how many groups share each of its sums.</summary>
/// <param name="Tile">One of the constants below.</param>
/// <param name="Splits">Groups that share a tile's sums.</param>
internal readonly record struct TilePlan(int Tile, int Splits)
{
    /// <summary>Rows, columns, and each thread's rows and columns: rows &lt;&lt; 20 | columns &lt;&lt; 8 | threadRows &lt;&lt; 4 | threadColumns.</summary>
    public const int Tile128x128 = (128 << 20) | (128 << 8) | 0x88;

    /// <summary>Half the columns.</summary>
    public const int Tile128x64 = (128 << 20) | (64 << 8) | 0x88;

    /// <summary>For outputs that are odd multiples of 32 channels.</summary>
    public const int Tile128x32 = (128 << 20) | (32 << 8) | 0x84;

    /// <summary>For small maps.</summary>
    public const int Tile64x64 = (64 << 20) | (64 << 8) | 0x84;

    /// <summary>For images: three channels out.</summary>
    public const int Tile256x4 = (256 << 20) | (4 << 8) | 0x44;
}
