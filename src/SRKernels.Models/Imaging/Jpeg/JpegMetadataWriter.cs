using System.Text;

namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>Writes metadata as the segments that stand before the tables.</summary>
/// <remarks>
/// ITU T.871 (JFIF), CIPA DC-008 (EXIF), Adobe's XMP specification part 3, 1.1.3, ICC.1:2010 annex B.4, IPTC IIM inside of Photoshop's resources.
/// What does not fit into its segments is left out, as every writer does; <see cref="MetadataFit"/> tells.
/// </remarks>
internal static class JpegMetadataWriter
{
    private const int MostPayload = 65533;
    private const int ProfilePart = MostPayload - 14;

    public static ReadOnlySpan<byte> ExifName => "Exif\0\0"u8;

    public static ReadOnlySpan<byte> XmpName => "http://ns.adobe.com/xap/1.0/\0"u8;

    public static bool HoldsExif(byte[] exif) => exif.Length + ExifName.Length <= MostPayload;

    public static bool HoldsXmp(byte[] xmp) => xmp.Length + XmpName.Length <= MostPayload;

    public static bool HoldsIptc(byte[] iptc) => PhotoshopResources.LengthOf(iptc) <= MostPayload;

    public static bool HoldsProfile(byte[] profile) => profile.Length <= 255 * ProfilePart;

    public static bool HoldsComment(ImageText comment) => Encoding.UTF8.GetByteCount(comment.Text) <= MostPayload;

    /// <summary>The JFIF segment, which is always there, and the others.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="header">The picture.</param>
    /// <param name="options">Which of them.</param>
    public static void Write(Stream stream, ImageHeader header, ImageWriteOptions options)
    {
        var metadata = options.KeepMetadata ? header.Metadata : ImageMetadata.Empty;
        if (options.StripMetadata) metadata = new ImageMetadata { IccProfile = metadata.IccProfile };
        // JFIF 1.01, no thumbnail; without a density no units and square pixels.
        var (units, x, y) = metadata.Density?.ForJfif() ?? (0, 1, 1);
        Segment(stream, JpegMarker.App0, [.. "JFIF\0"u8, 1, 1, units, (byte)(x >> 8), (byte)x, (byte)(y >> 8), (byte)y, 0, 0]);
        if (metadata.Exif is { } exif && HoldsExif(exif))
            Segment(stream, JpegMarker.App1, [.. ExifName, .. ExifSizes.WithSize(exif, header.Width, header.Height)]);
        if (metadata.Xmp is { } xmp && HoldsXmp(xmp)) Segment(stream, JpegMarker.App1, [.. XmpName, .. xmp]);
        if (metadata.Iptc is { } iptc && HoldsIptc(iptc)) Segment(stream, JpegMarker.App13, PhotoshopResources.OfIptc(iptc));
        if (metadata.IccProfile is { } profile && HoldsProfile(profile)) WriteProfile(stream, profile);
        foreach (var text in metadata.Texts)
            if (text.Keyword == ImageText.Comment && HoldsComment(text))
                Segment(stream, JpegMarker.Com, Encoding.UTF8.GetBytes(text.Text));
    }

    /// <summary>A marker with its payload.</summary>
    public static void Segment(Stream stream, byte marker, ReadOnlySpan<byte> payload)
    {
        int length = payload.Length + 2;
        stream.Write([0xFF, marker, (byte)(length >> 8), (byte)length]);
        stream.Write(payload);
    }

    private static void WriteProfile(Stream stream, byte[] profile)
    {
        int count = (profile.Length + ProfilePart - 1) / ProfilePart;
        for (int i = 0; i < count; i++)
        {
            var bytes = profile.AsSpan(i * ProfilePart, Math.Min(ProfilePart, profile.Length - i * ProfilePart));
            Segment(stream, JpegMarker.App2, [.. "ICC_PROFILE\0"u8, (byte)(i + 1), (byte)count, .. bytes]);
        }
    }
}
