namespace SRKernels.Models.Families;

/// <summary>How a model's tiles lie: extents that its networks allow, in low-quality pixels where nothing else is said.</summary>
internal sealed record TileGeometry
{
    /// <summary>How much larger the result is.</summary>
    public required int Scale { get; init; }

    /// <summary>What the sides of a tile must be multiples of.</summary>
    public required int Multiple { get; init; }

    /// <summary>What upstream pads sides to multiples of.</summary>
    public required int PaddingMultiple { get; init; }

    /// <summary>How many pixels of the result one pixel of the noise spans, along each side.</summary>
    public int NoiseDownscale { get; init; } = 1;

    /// <summary>Channels of the noise; 0 for networks that draw none.</summary>
    public int NoiseChannels { get; init; }

    /// <summary>How much a tile is enlarged, as Pillow's bicubic does it in 8 bits, before the networks see it: 1, or the scale.</summary>
    public int InputScale { get; init; } = 1;

    /// <summary>The side of a tile where nobody asks for another.</summary>
    public int DefaultTile { get; init; } = 128;

    /// <summary>Whether tiles have <see cref="DefaultTile"/> as their side and no other, as the network was trained.</summary>
    public bool IsFixed { get; init; }

    /// <summary>The overlap where nobody asks for another, at most a quarter of a tile.</summary>
    public int DefaultOverlap { get; init; } = 32;

    /// <summary>The longest side that upstream runs in one piece.</summary>
    public required int UpstreamTile { get; init; }

    /// <summary>Upstream's overlap of such pieces.</summary>
    public required int UpstreamOverlap { get; init; }

    /// <summary>What starts of tiles must be multiples of, so that the noise is cut between its pixels.</summary>
    public int Alignment => Math.Max(1, NoiseDownscale / Scale);

    /// <summary>Pixels of the noise along so many of the picture.</summary>
    public int NoiseOf(int pixels) => checked((int)((long)pixels * Scale / NoiseDownscale));
}
