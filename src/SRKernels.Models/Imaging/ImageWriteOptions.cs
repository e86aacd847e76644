using System.IO.Compression;

namespace SRKernels.Models.Imaging;

/// <summary>How an image is written; each format reads what concerns it.</summary>
public sealed record ImageWriteOptions
{
    /// <summary>The defaults: fast PNG, JPEG quality 95, metadata carried.</summary>
    public static ImageWriteOptions Default { get; } = new();

    /// <summary>PNG: how hard to search for repetitions. Every level is lossless; slower ones make smaller files.</summary>
    public CompressionLevel PngCompression { get; init; } = CompressionLevel.Fastest;

    /// <summary>JPEG: quality 1 to 100, in libjpeg's meaning.</summary>
    public int JpegQuality { get; init; } = 95;

    /// <summary>JPEG: whether chroma keeps its full resolution (4:4:4); otherwise 4:2:0.</summary>
    public bool JpegFullChroma { get; init; } = true;

    /// <summary>Whether colour profile and EXIF are written too.</summary>
    public bool KeepMetadata { get; init; } = true;
}
