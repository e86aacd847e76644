using SRKernels.Kernels.Tensors;
using SRKernels.Models.Configuration;
using SRKernels.Runtime;

namespace SRKernels.Models.Tiling;

/// <summary>How a picture is cut.</summary>
/// <param name="Rows">The cut along the height.</param>
/// <param name="Columns">The cut along the width.</param>
/// <param name="Multiple">What the sides of the network's input must be multiples of.</param>
/// <param name="PadsEachTile">Upstream's way: each tile padded by itself, not the picture as a whole.</param>
internal sealed record TilePlan(TileAxis Rows, TileAxis Columns, int Multiple, bool PadsEachTile)
{
    /// <summary>The longest side that can be asked for: far beyond what any memory holds, and no sum of sides overflows.</summary>
    public const int LargestSide = 1 << 16;

    private const int UpstreamTile = 512;
    private const int UpstreamOverlap = 64;
    private const int UpstreamScale = 4;

    /// <summary>How many tiles.</summary>
    public int Count => Rows.Starts.Count * Columns.Starts.Count;

    /// <summary>The network's input for one tile, padding included.</summary>
    public (int Height, int Width) NetworkInput => (RoundUp(Rows.Tile, Multiple), RoundUp(Columns.Tile, Multiple));

    /// <summary>The latent of the whole picture, padded.</summary>
    public Shape Latent(ModelConfiguration m) => new(1, Rows.Length / Alignment(m), Columns.Length / Alignment(m), m.Autoencoder.EmbedDim);

    /// <summary>The least common multiple that the network itself asks of its low-quality input: whole windows at every level.</summary>
    public static int StructuralMultiple(ModelConfiguration m)
    {
        var u = m.Denoiser;
        var multiple = u.WindowAt(u.Levels - 1) << (u.Levels - 1);
        for (var level = 0; level < u.Levels; level++)
            if (u.HasSwinAt(level))
                multiple = LeastCommonMultiple(multiple, u.WindowAt(level) << level);
        return checked(multiple * Alignment(m));
    }

    /// <summary>How many low-quality pixels a latent pixel spans.</summary>
    public static int Alignment(ModelConfiguration m) => Math.Max(1, m.Autoencoder.Downscale / m.Scale);

    /// <summary>Our cut with tiles of about a side.</summary>
    public static TilePlan Even(ModelConfiguration m, int height, int width, int tile, int overlap)
    {
        var multiple = StructuralMultiple(m);
        CheckSide(tile);
        tile = RoundUp(tile, multiple);
        if (overlap < 0 || overlap >= tile) throw BadOverlap(tile, overlap);
        var alignment = Alignment(m);
        return new TilePlan(
            TileAxis.Even(height, tile, overlap, multiple, alignment),
            TileAxis.Even(width, tile, overlap, multiple, alignment),
            multiple, PadsEachTile: false);
    }

    /// <summary>Upstream's cut; its defaults where none is given.</summary>
    public static TilePlan Upstream(ModelConfiguration m, int height, int width, int? tile, int? overlap)
    {
        var factor = Math.Max(1, UpstreamScale / m.Scale);
        var side = tile ?? (UpstreamTile * factor);
        CheckSide(side);
        var shared = overlap ?? (tile is null ? UpstreamOverlap * factor : side / 8);
        if (shared < 0 || shared >= side) throw BadOverlap(side, shared);
        return new TilePlan(
            TileAxis.Upstream(height, side, side - shared),
            TileAxis.Upstream(width, side, side - shared),
            m.Denoiser.PaddingMultiple, PadsEachTile: true);
    }

    private static void CheckSide(int tile)
    {
        if (tile is < 1 or > LargestSide) throw new SrkException("tiles", $"a side of 1 to {LargestSide} pixels", $"{tile}", "choose another --tile");
    }

    private static SrkException BadOverlap(int tile, int overlap) =>
        new("tiles", $"an overlap of 0 to {tile - 1} for tiles of {tile} pixels", $"{overlap}", "choose another --tile or --overlap");

    private static int RoundUp(int value, int multiple) => checked((value + multiple - 1) / multiple * multiple);

    private static int LeastCommonMultiple(int a, int b)
    {
        var (x, y) = (a, b);
        while (y != 0) (x, y) = (y, x % y);
        return checked(a / x * b);
    }
}
