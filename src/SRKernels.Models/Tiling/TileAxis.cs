namespace SRKernels.Models.Tiling;

/// <summary>How one side of a picture is cut: equal tiles at these starts.</summary>
/// <param name="Length">The side's length after padding, in low-quality pixels.</param>
/// <param name="Tile">Length of every tile.</param>
/// <param name="Starts">Where the tiles start, ascending, the last one ending at <paramref name="Length"/>.</param>
internal sealed record TileAxis(int Length, int Tile, IReadOnlyList<int> Starts)
{
    /// <summary>Upstream's cut: a fixed stride, the last tiles moved back inside, double starts dropped. Tiles are padded one by one later.</summary>
    // ResShift's utils/util_image.py: ImageSpliterTh @3ce1d81.
    public static TileAxis Upstream(int length, int tile, int stride)
    {
        if (length <= tile) return new TileAxis(length, length, [0]);
        var starts = new List<int>();
        for (var start = 0; start < length; start += stride)
        {
            var inside = Math.Min(start, length - tile);
            if (!starts.Contains(inside)) starts.Add(inside);
        }

        return new TileAxis(length, tile, starts);
    }

    /// <summary>
    /// Our cut: the side is padded as little as the network allows; if it fits, it is one tile, else as few tiles as overlap by at least so much,
    /// spread evenly.
    /// </summary>
    /// <param name="length">The picture's side.</param>
    /// <param name="tile">The tiles' side, a multiple of <paramref name="multiple"/>.</param>
    /// <param name="overlap">The least overlap of neighbours, below <paramref name="tile"/>.</param>
    /// <param name="multiple">What the network's input must be a multiple of.</param>
    /// <param name="alignment">What starts must be multiples of, so that latents are cut between pixels.</param>
    public static TileAxis Even(int length, int tile, int overlap, int multiple, int alignment)
    {
        var padded = RoundUp(length, multiple);
        if (padded <= tile) return new TileAxis(padded, padded, [0]);
        padded = RoundUp(length, alignment);
        var span = padded - tile;
        // A start is rounded to the alignment, which can take that much off an overlap.
        var longestStride = Math.Max(alignment, (tile - overlap) / alignment * alignment);
        var intervals = (span + longestStride - 1) / longestStride;
        var starts = new int[intervals + 1];
        for (var i = 0; i < starts.Length; i++)
            starts[i] = (int)((long)(span / alignment) * i / intervals) * alignment;
        return new TileAxis(padded, tile, starts);
    }

    private static int RoundUp(int value, int multiple) => checked((value + multiple - 1) / multiple * multiple);
}
