namespace SRKernels.Models.Imaging;

/// <summary>What a PNG says about its colours beside a profile: the data of the four chunks, carried unchanged as the samples keep their coding.</summary>
/// <remarks>The arrays are not to be written to.</remarks>
public sealed record ColourTags
{
    /// <summary>gAMA: 4 bytes; null without the chunk, like the others.</summary>
    public byte[]? Gamma { get; init; }

    /// <summary>cHRM: 32 bytes.</summary>
    public byte[]? Chromaticities { get; init; }

    /// <summary>sRGB: the rendering intent, 1 byte.</summary>
    public byte[]? Srgb { get; init; }

    /// <summary>cICP: primaries, transfer function, matrix, range, 1 byte each.</summary>
    public byte[]? CodePoints { get; init; }

    /// <summary>Whether there is none of them.</summary>
    public bool IsEmpty => (Gamma ?? Chromaticities ?? Srgb ?? CodePoints) is null;
}
