namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>What the application segments before the picture say.</summary>
internal sealed class JpegMetadata(ImageLimits limits)
{
    private const int IccHeadBytes = 14; // the name with its zero, the segment's number, how many there are

    private readonly byte[]?[] iccParts = new byte[256][];
    private readonly List<string> dropped = [];
    private byte[]? exif;
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
                break;
            case JpegMarker.App1 when exif is null && payload.StartsWith("Exif\0\0"u8):
                exif = payload[6..].ToArray();
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

        return new ImageMetadata { Exif = exif, IccProfile = icc, Dropped = dropped };
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
