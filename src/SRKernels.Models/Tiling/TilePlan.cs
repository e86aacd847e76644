using SRKernels.Kernels.Tensors;
using SRKernels.Models.Families;
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

    /// <summary>How many tiles.</summary>
    public int Count => Rows.Starts.Count * Columns.Starts.Count;

    /// <summary>The network's input for one tile, padding included.</summary>
    public (int Height, int Width) NetworkInput => (RoundUp(Rows.Tile, Multiple), RoundUp(Columns.Tile, Multiple));

    /// <summary>The noise of the whole picture, padded.</summary>
    public Shape Noise(TileGeometry g) => new(1, g.NoiseOf(Rows.Length), g.NoiseOf(Columns.Length), g.NoiseChannels);

    /// <summary>Our cut with tiles of about a side.</summary>
    public static TilePlan Even(TileGeometry g, int height, int width, int tile, int overlap)
    {
        var multiple = g.Multiple;
        CheckSide(tile);
        tile = RoundUp(tile, multiple);
        if (overlap < 0 || overlap >= tile) throw BadOverlap(tile, overlap);
        return new TilePlan(
            TileAxis.Even(height, tile, overlap, multiple, g.Alignment),
            TileAxis.Even(width, tile, overlap, multiple, g.Alignment),
            multiple, PadsEachTile: false);
    }

    /// <summary>Upstream's cut; its defaults where none is given.</summary>
    public static TilePlan Upstream(TileGeometry g, int height, int width, int? tile, int? overlap)
    {
        var side = tile ?? g.UpstreamTile;
        CheckSide(side);
        var shared = overlap ?? (tile is null ? g.UpstreamOverlap : side / 8);
        if (shared < 0 || shared >= side) throw BadOverlap(side, shared);
        return new TilePlan(
            TileAxis.Upstream(height, side, side - shared),
            TileAxis.Upstream(width, side, side - shared),
            g.PaddingMultiple, PadsEachTile: true);
    }

    private static void CheckSide(int tile)
    {
        if (tile is < 1 or > LargestSide) throw new SrkException("tiles", $"a side of 1 to {LargestSide} pixels", $"{tile}", "choose another --tile");
    }

    private static SrkException BadOverlap(int tile, int overlap) =>
        new("tiles", $"an overlap of 0 to {tile - 1} for tiles of {tile} pixels", $"{overlap}", "choose another --tile or --overlap");

    private static int RoundUp(int value, int multiple) => checked((value + multiple - 1) / multiple * multiple);
}
