using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace SRKernels.Models.Imaging.Png;

/// <summary>Writes metadata as the ancillary chunks that stand before the pixels.</summary>
/// <remarks>W3C PNG specification, third edition, 11.3. What PNG has no chunk for is told by <see cref="MetadataFit"/>.</remarks>
internal static class PngMetadataWriter
{
    // From here on a text is compressed (specification, 12.10: those longer than 1024 bytes).
    private const int LongText = 1024;

    /// <summary>All chunks of the picture's metadata.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="header">The picture.</param>
    /// <param name="profileOnly">Whether all but the ICC profile is left out.</param>
    public static void Write(Stream stream, ImageHeader header, bool profileOnly)
    {
        var metadata = header.Metadata;
        byte[]? profile = metadata.IccProfile is { } icc && IccProfile.Fits(icc, header.Layout) ? icc : null;
        // The name that the format asks for, its end, and compression method 0.
        if (profile is not null) PngEncoder.WriteChunk(stream, "iCCP"u8, [.. "ICC profile\0\0"u8, .. Deflate(profile)]);
        if (profileOnly) return;
        if (metadata.ColourTags is { } colours) WriteColours(stream, colours, profile is not null);
        if (metadata.Density?.ForPng() is var (x, y, isPerMetre))
        {
            byte[] data = new byte[9];
            BinaryPrimitives.WriteUInt32BigEndian(data, x);
            BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(4), y);
            data[8] = (byte)(isPerMetre ? 1 : 0);
            PngEncoder.WriteChunk(stream, "pHYs"u8, data);
        }

        if (metadata.Exif is { } exif) PngEncoder.WriteChunk(stream, "eXIf"u8, ExifSizes.WithSize(exif, header.Width, header.Height));
        if (metadata.Xmp is { } xmp)
            PngEncoder.WriteChunk(stream, "iTXt"u8, [.. Encoding.Latin1.GetBytes(PngTextReader.XmpKeyword), 0, 0, 0, 0, 0, .. xmp]);
        foreach (var text in metadata.Texts) WriteText(stream, text);
    }

    // sRGB and a profile exclude each other.
    private static void WriteColours(Stream stream, ColourTags colours, bool hasProfile)
    {
        if (colours.CodePoints is { } codePoints) PngEncoder.WriteChunk(stream, "cICP"u8, codePoints);
        if (colours.Srgb is { } srgb && !hasProfile) PngEncoder.WriteChunk(stream, "sRGB"u8, srgb);
        if (colours.Gamma is { } gamma) PngEncoder.WriteChunk(stream, "gAMA"u8, gamma);
        if (colours.Chromaticities is { } chromaticities) PngEncoder.WriteChunk(stream, "cHRM"u8, chromaticities);
    }

    private static void WriteText(Stream stream, ImageText text)
    {
        byte[] keyword = [.. Encoding.Latin1.GetBytes(text.Keyword), 0];
        if (keyword.Length is < 2 or > 80) return;
        bool isLong = text.Text.Length > LongText;
        if (IsLatin1(text.Text) && text is { Language: "", TranslatedKeyword: "" })
        {
            byte[] latin = Encoding.Latin1.GetBytes(text.Text);
            if (isLong) PngEncoder.WriteChunk(stream, "zTXt"u8, [.. keyword, 0, .. Deflate(latin)]);
            else PngEncoder.WriteChunk(stream, "tEXt"u8, [.. keyword, .. latin]);
            return;
        }

        byte[] utf8 = Encoding.UTF8.GetBytes(text.Text);
        byte[] head = [.. keyword, (byte)(isLong ? 1 : 0), 0, .. Encoding.Latin1.GetBytes(text.Language), 0, .. Encoding.UTF8.GetBytes(text.TranslatedKeyword), 0];
        PngEncoder.WriteChunk(stream, "iTXt"u8, [.. head, .. isLong ? Deflate(utf8) : utf8]);
    }

    // What Latin-1 can say, and no zero, which ends a text.
    private static bool IsLatin1(string text)
    {
        foreach (char letter in text)
            if (letter is '\0' or > '\u00FF') return false;
        return true;
    }

    private static byte[] Deflate(byte[] data)
    {
        using var result = new MemoryStream();
        using (var deflater = new ZLibStream(result, CompressionLevel.Optimal, leaveOpen: true))
            deflater.Write(data);
        return result.ToArray();
    }
}
