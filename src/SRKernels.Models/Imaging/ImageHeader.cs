namespace SRKernels.Models.Imaging;

/// <summary>What a picture is, before any of its samples: known to who writes it row by row.</summary>
/// <param name="Width">Pixels per row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Layout">The channels of each pixel.</param>
/// <param name="BitDepth">Bits per sample: 8 or 16.</param>
/// <param name="Metadata">What goes beside the pixels.</param>
public sealed record ImageHeader(int Width, int Height, PixelLayout Layout, int BitDepth, ImageMetadata Metadata)
{
    /// <summary>Samples of the whole picture.</summary>
    public long Samples => (long)Width * Height * (int)Layout;

    /// <summary>Samples of a row.</summary>
    public int RowSamples => checked(Width * (int)Layout);

    /// <summary>Bytes of all samples.</summary>
    public long Bytes => Samples * (BitDepth / 8);

    /// <summary>A picture's own.</summary>
    /// <param name="image">The picture.</param>
    public static ImageHeader Of(Image image) => new(image.Width, image.Height, image.Layout, image.BitDepth, image.Metadata);
}
