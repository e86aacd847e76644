namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>
/// JPEG: reads baseline, extended sequential and progressive files of 8 bits, by Huffman's codes or arithmetic, with 1, 3 or 4 components
/// (grey comes back as grey, all else as RGB), writes baseline files in grey or RGB.
/// </summary>
/// <remarks>
/// Decoded samples are equal to libjpeg-turbo's with its defaults, which Pillow and OpenCV use: accurate integer
/// inverse DCT, triangle-filtered chroma, fixed-point colour. CMYK and YCCK become RGB as by Pillow's
/// <c>convert('RGB')</c>, inks taken as inverted. A truncated or damaged file is an error, unless <see cref="ImageLimits.Salvage"/> asks for
/// what it holds. EXIF, XMP, IPTC, comments, the density and a profile that fits the pixels are carried.
/// </remarks>
public sealed class JpegCodec : IImageCodec
{
    private const string Salvaging = ", or show what it still holds with --salvage (ImageLimits.Salvage)";

    /// <inheritdoc/>
    public ImageFormat Format { get; } = new("JPEG", [".jpg", ".jpeg", ".jpe"], CanEncode: true)
    {
        // It is written from samples in one array.
        MaxSide = 65535, MaxSamples = Array.MaxLength, HoldsAlpha = false, MaxBitDepth = 8,
    };

    /// <inheritdoc/>
    public bool CanDecode(ReadOnlySpan<byte> head) => head.Length >= 3 && head[0] == 0xFF && head[1] == JpegMarker.Soi && head[2] == 0xFF;

    /// <inheritdoc/>
    public Image Decode(Stream stream, ImageLimits limits, string name)
    {
        var decoder = new JpegDecoder(limits);
        try
        {
            var source = JpegSource.Read(stream, limits);
            var image = decoder.Decode(source.Span);
            // Of a pipe's the buffer is up to twice as long, and so are those before it together.
            image.DecoderBytes += (stream.CanSeek ? 1L : 4L) * source.Length;
            return image;
        }
        catch (ImageException e)
        {
            bool holdsSome = decoder.HasBegun && e.Remedy == JpegFault.Damaged;
            throw new ImageException($"{name}: JPEG {Name(decoder.Stage)}", e.Expected, e.Got, holdsSome ? e.Remedy + Salvaging : e.Remedy, e);
        }
    }

    /// <inheritdoc/>
    public bool IsWhole(Stream stream, out string? software)
    {
        // Written in order, so one that has its end has all before it.
        software = null;
        Span<byte> end = stackalloc byte[2];
        if (stream.Length - stream.Position < 4) return false;
        stream.Seek(-end.Length, SeekOrigin.End);
        return stream.ReadAtLeast(end, end.Length, throwOnEndOfStream: false) == end.Length && end[0] == 0xFF && end[1] == JpegMarker.Eoi;
    }

    /// <inheritdoc/>
    public void Encode(Image image, Stream stream, ImageWriteOptions options)
    {
        Format.CheckHolds(null, image.Width, image.Height, image.Layout);
        JpegEncoder.Encode(image, stream, options);
    }

    private static string Name(JpegStage stage) => stage switch
    {
        JpegStage.Header => "header",
        JpegStage.Tables => "tables",
        JpegStage.FirstScan => "first scan",
        JpegStage.LaterScans => "later scans",
        _ => "pixels",
    };
}
