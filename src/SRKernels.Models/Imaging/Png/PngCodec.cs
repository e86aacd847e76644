namespace SRKernels.Models.Imaging.Png;

/// <summary>PNG: every colour type, depth and interlacing in; 8 and 16 bits of all four layouts out.</summary>
internal sealed class PngCodec : IImageCodec
{
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    public ImageFormat Format { get; } = new("PNG", [".png"], CanEncode: true);

    public bool CanDecode(ReadOnlySpan<byte> head) => head.StartsWith(Signature);

    public Image Decode(Stream stream, ImageLimits limits, string name) =>
        new PngDecoder(new ImageReader(stream, $"{name}: PNG"), limits).Decode();

    public bool IsWhole(Stream stream, out string? software) => PngWholeness.Check(stream, out software);

    public IImageWriter Writer(Stream stream, ImageWriteOptions options) => new PngEncoder(stream, options);

    public void Encode(Image image, Stream stream, ImageWriteOptions options) => PngEncoder.Encode(image, stream, options);
}
