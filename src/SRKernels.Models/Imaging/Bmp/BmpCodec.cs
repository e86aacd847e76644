namespace SRKernels.Models.Imaging.Bmp;

/// <summary>
/// Windows and OS/2 bitmaps, read only: 1 to 32 bits, bit fields, RLE, rows from the bottom or the top. Alpha comes out only where the file
/// declares a mask for it. Colour profiles inside are not carried.
/// </summary>
internal sealed class BmpCodec : IImageCodec
{
    public ImageFormat Format { get; } = new("BMP", [".bmp", ".dib"], CanEncode: false);

    public bool CanDecode(ReadOnlySpan<byte> head) => head.Length >= 18 && head.StartsWith("BM"u8)
        && BmpHeader.IsKnownLength(System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(head[14..]));

    public Image Decode(Stream stream, ImageLimits limits, string name) =>
        new BmpDecoder(new ImageReader(stream, $"{name}: BMP"), limits).Decode();

    public void Encode(Image image, Stream stream, ImageWriteOptions options) =>
        throw new ImageException("BMP", "an output format that is written", "BMP, which is only read", "write PNG");
}
