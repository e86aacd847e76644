using System.Buffers.Binary;
using System.Text;

namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>What the application segments and comments before the picture say.</summary>
internal sealed class JpegMetadata(ImageLimits limits, DroppedMetadata dropped)
{
    private const int IccHeadBytes = 14; // the name with its zero, the segment's number, how many there are
    private const int MostComments = 100;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[]?[] iccParts = new byte[256][];
    private readonly List<ImageText> comments = [];
    private byte[]? exif;
    private byte[]? xmp;
    private byte[]? iptc;
    private PixelDensity? density;
    private int commentBytes;
    private int iccCount;
    private bool iccBroken;

    public bool HasJfif { get; private set; }

    /// <summary>The Adobe marker's transform byte; -1 without one.</summary>
    public int AdobeTransform { get; private set; } = -1;

    public void Read(byte marker, ReadOnlySpan<byte> payload)
    {
        switch (marker)
        {
            case JpegMarker.App0 when payload.Length >= 14 && payload.StartsWith("JFIF\0"u8):
                HasJfif = true;
                density ??= ReadDensity(payload);
                break;
            case JpegMarker.App1 when exif is null && payload.StartsWith(JpegMetadataWriter.ExifName):
                if (ExifBlock.IsOne(payload[JpegMetadataWriter.ExifName.Length..])) exif = payload[JpegMetadataWriter.ExifName.Length..].ToArray();
                else dropped.Add("EXIF: not a TIFF block");
                break;
            case JpegMarker.App1 when xmp is null && payload.StartsWith(JpegMetadataWriter.XmpName):
                xmp = payload[JpegMetadataWriter.XmpName.Length..].ToArray();
                break;
            case JpegMarker.App1 when payload.StartsWith("http://ns.adobe.com/xmp/extension/\0"u8):
                dropped.Add("the part of XMP that does not fit into one segment");
                break;
            case JpegMarker.App13 when iptc is null && payload.StartsWith(PhotoshopResources.Name):
                iptc = PhotoshopResources.FindIptc(payload);
                break;
            case JpegMarker.Com:
                ReadComment(payload);
                break;
            case JpegMarker.App2 when payload.Length >= IccHeadBytes && payload.StartsWith("ICC_PROFILE\0"u8):
                ReadIcc(payload[12], payload[13], payload[IccHeadBytes..]);
                break;
            case JpegMarker.App14 when payload.Length >= 12 && payload.StartsWith("Adobe"u8):
                AdobeTransform = payload[11];
                break;
            default:
                break;
        }
    }

    /// <summary>What the picture keeps: a profile only if whole and for such pixels.</summary>
    public ImageMetadata ForPixels(PixelLayout layout)
    {
        byte[]? icc = JoinIcc();
        if (icc is not null && !IccProfile.Fits(icc, layout))
        {
            dropped.Add($"the ICC profile is not for {layout} pixels");
            icc = null;
        }

        if (exif?.Length > limits.MaxMetadataBytes)
        {
            dropped.Add($"the EXIF block is larger than {limits.MaxMetadataBytes} bytes");
            exif = null;
        }

        return new ImageMetadata
        {
            Exif = exif, IccProfile = icc, Xmp = xmp, Iptc = iptc, Density = density, Texts = comments, Dropped = dropped.Reasons,
        };
    }

    // Units (0: a ratio), then two numbers. 1:1 says nothing.
    private static PixelDensity? ReadDensity(ReadOnlySpan<byte> jfif)
    {
        int x = BinaryPrimitives.ReadUInt16BigEndian(jfif[8..]), y = BinaryPrimitives.ReadUInt16BigEndian(jfif[10..]);
        if (jfif[7] > 2 || x == 0 || y == 0 || (jfif[7] == 0 && x == y)) return null;
        return new PixelDensity(x, y, jfif[7] switch { 1 => DensityUnit.Inch, 2 => DensityUnit.Centimetre, _ => DensityUnit.None });
    }

    // In no stated coding: UTF-8 where it can be, else Latin-1.
    private void ReadComment(ReadOnlySpan<byte> payload)
    {
        payload = payload.TrimEnd((byte)0);
        if (payload.IsEmpty) return;
        commentBytes += payload.Length;
        if (comments.Count == MostComments || commentBytes > limits.MaxMetadataBytes)
        {
            dropped.Add("comments: too many");
            return;
        }

        string text;
        try
        {
            text = Utf8.GetString(payload);
        }
        catch (DecoderFallbackException)
        {
            text = Encoding.Latin1.GetString(payload);
        }

        comments.Add(new ImageText(ImageText.Comment, text.Replace('\0', ' ')));
    }

    // ICC.1:2010 annex B.4: segments count from 1, each tells how many there are.
    private void ReadIcc(int number, int count, ReadOnlySpan<byte> part)
    {
        if (number == 0 || number > count || (iccCount != 0 && count != iccCount) || iccParts[number] is not null) iccBroken = true;
        else iccParts[number] = part.ToArray();
        iccCount = count;
    }

    private byte[]? JoinIcc()
    {
        if (iccCount == 0 && !iccBroken) return null;
        var parts = iccParts.AsSpan(1, iccCount);
        int length = 0;
        foreach (byte[]? part in parts)
        {
            iccBroken |= part is null;
            length += part?.Length ?? 0;
        }

        if (iccBroken || length > limits.MaxMetadataBytes)
        {
            dropped.Add(iccBroken
                ? "the ICC profile's segments are not whole"
                : $"the ICC profile is larger than {limits.MaxMetadataBytes} bytes");
            return null;
        }

        byte[] profile = new byte[length];
        int at = 0;
        foreach (byte[]? part in parts)
        {
            part!.CopyTo(profile, at);
            at += part.Length;
        }

        return profile;
    }
}
