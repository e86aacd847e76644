using System.Buffers.Binary;

namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>Writes baseline files: one interleaved scan, the standard Huffman tables, the standard quantisation tables
/// scaled by quality.</summary>
/// <remarks>The same samples go in as with libjpeg-turbo's defaults, so its decoder shows the same picture for the same
/// quality.</remarks>
internal static class JpegEncoder
{
    public static void Encode(Image image, Stream stream, ImageWriteOptions options)
    {
        Check(image, options);
        bool colour = image.Layout == PixelLayout.Rgb, half = colour && !options.JpegFullChroma;
        byte[] luma = ScaledQuant(StandardTables.QuantLuma, options.JpegQuality);
        byte[] chroma = ScaledQuant(StandardTables.QuantChroma, options.JpegQuality);

        stream.Write([0xFF, JpegMarker.Soi]);
        JpegMetadataWriter.Write(stream, ImageHeader.Of(image), options);
        JpegMetadataWriter.Segment(stream, JpegMarker.Dqt, [0, .. InScanOrder(luma)]);
        if (colour) JpegMetadataWriter.Segment(stream, JpegMarker.Dqt, [1, .. InScanOrder(chroma)]);
        WriteFrame(stream, image, half);
        JpegMetadataWriter.Segment(stream, JpegMarker.Dht, [0x00, .. StandardTables.DcLuma]);
        JpegMetadataWriter.Segment(stream, JpegMarker.Dht, [0x10, .. StandardTables.AcLuma]);
        if (colour)
        {
            JpegMetadataWriter.Segment(stream, JpegMarker.Dht, [0x01, .. StandardTables.DcChroma]);
            JpegMetadataWriter.Segment(stream, JpegMarker.Dht, [0x11, .. StandardTables.AcChroma]);
        }

        JpegMetadataWriter.Segment(stream, JpegMarker.Sos, colour ? [3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0] : [1, 1, 0, 0, 63, 0]);
        new JpegScanWriter(image, half, luma, chroma).Write(stream);
        stream.Write([0xFF, JpegMarker.Eoi]);
    }

    /// <summary>The IJG's scale: 50 is the standard table, 100 all ones, 1 fifty times the table; 8 bits for
    /// baseline.</summary>
    internal static byte[] ScaledQuant(ReadOnlySpan<byte> table, int quality)
    {
        int percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
        byte[] scaled = new byte[64];
        for (int i = 0; i < 64; i++) scaled[i] = (byte)Math.Clamp((table[i] * percent + 50) / 100, 1, 255);
        return scaled;
    }

    private static void Check(Image image, ImageWriteOptions options)
    {
        if (image.BitDepth != 8)
            throw new ImageException("JPEG", "8 bits per sample", "16", "convert the picture to 8 bits, or write PNG");
        if (image.HasAlpha)
            throw new ImageException("JPEG", "grey or RGB", "a picture with alpha", "put it on a background first, or write PNG");
        if (options.JpegQuality is < 1 or > 100)
            throw new ImageException("JPEG", "a quality of 1 to 100", $"{options.JpegQuality}", "choose one of these");
    }

    private static void WriteFrame(Stream stream, Image image, bool half)
    {
        byte lumaFactors = half ? (byte)0x22 : (byte)0x11;
        byte[] components = image.Channels == 1 ? [1, 1, 0x11, 0] : [3, 1, lumaFactors, 0, 2, 0x11, 1, 3, 0x11, 1];
        byte[] size = new byte[4];
        BinaryPrimitives.WriteUInt16BigEndian(size, (ushort)image.Height);
        BinaryPrimitives.WriteUInt16BigEndian(size.AsSpan(2), (ushort)image.Width);
        JpegMetadataWriter.Segment(stream, JpegMarker.Sof0, [8, .. size, .. components]);
    }

    private static byte[] InScanOrder(byte[] table) => [.. JpegMarker.ZigZag.ToArray().Select(i => table[i])];
}
