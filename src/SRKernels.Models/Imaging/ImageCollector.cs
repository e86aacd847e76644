namespace SRKernels.Models.Imaging;

/// <summary>Puts rows together to a picture in memory.</summary>
internal sealed class ImageCollector : IImageWriter
{
    private Image? _image;
    private int _next;

    /// <summary>The picture, after <see cref="End"/>.</summary>
    public Image Image => _image ?? throw new InvalidOperationException("ImageCollector: expected rows before the picture is asked for, got none");

    public void Begin(ImageHeader header) =>
        _image = new Image(header.Width, header.Height, header.Layout, header.BitDepth) { Metadata = header.Metadata };

    public void Write(ReadOnlySpan<byte> samples) => samples.CopyTo(Image.Row8(_next++));

    public void Write(ReadOnlySpan<ushort> samples) => samples.CopyTo(Image.Row16(_next++));

    public void End()
    {
        // The picture is what it is.
    }
}
