using static SRKernels.Models.Imaging.ExifBlock;

namespace SRKernels.Models.Imaging;

/// <summary>What an EXIF block says about the picture's size, in pixels and on paper, brought up to date.</summary>
/// <remarks>CIPA DC-008 (Exif 2.32), 4.6.4 and 4.6.5. Tags that are not there are not added; a damaged block is left alone.</remarks>
internal static class ExifSizes
{
    // In IFD0, and in the directory that ExifIfd points to.
    private const ushort ImageWidth = 0x0100, ImageLength = 0x0101, XResolution = 0x011A, YResolution = 0x011B, ExifIfd = 0x8769;
    private const ushort PixelXDimension = 0xA002, PixelYDimension = 0xA003;

    /// <summary>A copy whose sizes are those of the picture that it now lies beside.</summary>
    public static byte[] WithSize(ReadOnlySpan<byte> exif, int width, int height)
    {
        byte[] copy = exif.ToArray();
        int first = FirstDirectory(exif);
        Set(copy, first, ImageWidth, width);
        Set(copy, first, ImageLength, height);
        int pointer = FindEntry(exif, first, ExifIfd);
        if (pointer < 0 || ReadValue(exif, pointer) is not (>= 0 and <= uint.MaxValue and var place)) return copy;
        int inner = ValidDirectory(exif, (uint)place);
        Set(copy, inner, PixelXDimension, width);
        Set(copy, inner, PixelYDimension, height);
        return copy;
    }

    /// <summary>A copy whose resolution is so many times as high.</summary>
    public static byte[] WithDensityTimes(ReadOnlySpan<byte> exif, int scale)
    {
        byte[] copy = exif.ToArray();
        int first = FirstDirectory(exif);
        Multiply(copy, first, XResolution, scale);
        Multiply(copy, first, YResolution, scale);
        return copy;
    }

    private static void Set(Span<byte> exif, int directory, ushort tag, int value)
    {
        int entry = FindEntry(exif, directory, tag);
        if (entry >= 0) WriteValue(exif, entry, (uint)value);
    }

    private static void Multiply(Span<byte> exif, int directory, ushort tag, int scale)
    {
        int entry = FindEntry(exif, directory, tag);
        if (entry < 0 || ReadUInt16(exif, entry + 2) != Rational) return;
        // A numerator and a denominator lie where the entry says.
        uint place = ReadUInt32(exif, entry + 8);
        if (place < 8 || place > exif.Length - 8) return;
        ulong numerator = (ulong)scale * ReadUInt32(exif, (int)place);
        if (numerator <= uint.MaxValue) WriteUInt32(exif, (int)place, (uint)numerator);
        else WriteUInt32(exif, (int)place + 4, Math.Max(1, ReadUInt32(exif, (int)place + 4) / (uint)scale));
    }
}
