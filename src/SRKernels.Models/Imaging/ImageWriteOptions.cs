namespace SRKernels.Models.Imaging;

/// <summary>How hard the PNG writer searches for repetitions; all are lossless.</summary>
/// <remarks>
/// A photograph of 512 x 512 RGB on one slow core, zlib-ng of .NET 10: Fast 8 ms and 478 KB, Balanced 19 ms and 453 KB, Small 70 ms and
/// 437 KB. zlib's own level 1 takes 7 ms but 622 KB, since zlib-ng codes it with fixed tables.
/// </remarks>
public enum PngEffort
{
    /// <summary>Runs of equal bytes only, then Huffman codes: what is left to find in filtered photographs.</summary>
    Fast,

    /// <summary>zlib level 6.</summary>
    Balanced,

    /// <summary>zlib level 9.</summary>
    Small,
}

/// <summary>How an image is written; each format reads what concerns it.</summary>
public sealed record ImageWriteOptions
{
    /// <summary>The defaults: fast PNG, JPEG quality 95, metadata carried.</summary>
    public static ImageWriteOptions Default { get; } = new();

    /// <summary>PNG: size against time.</summary>
    public PngEffort PngEffort { get; init; } = PngEffort.Fast;

    /// <summary>JPEG: quality 1 to 100, in libjpeg's meaning.</summary>
    public int JpegQuality { get; init; } = 95;

    /// <summary>JPEG: whether chroma keeps its full resolution (4:4:4); otherwise 4:2:0.</summary>
    public bool JpegFullChroma { get; init; } = true;

    /// <summary>Whether metadata is written too: colour profile and tags, density, EXIF, XMP, IPTC, texts, where the format has a place for it.</summary>
    public bool KeepMetadata { get; init; } = true;

    /// <summary>Whether of the metadata only the ICC profile is written.</summary>
    public bool StripMetadata { get; init; }

    /// <summary>PNG: the program that signs the file, so that it knows its own again; null signs nothing.</summary>
    public string? Software { get; init; }

    /// <summary>Whether a file that has the name when all is written is replaced; else that is an error, and it stays.</summary>
    public bool Replace { get; init; } = true;
}
