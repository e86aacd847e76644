namespace SRKernels.Models.Imaging;

/// <summary>
/// A picture in memory: interleaved samples of 8 or 16 bits, rows from the top, no padding between rows.
/// </summary>
/// <remarks>Sample <c>c</c> of pixel (x, y) is at <c>(y * Width + x) * Channels + c</c>.</remarks>
public sealed class Image
{
    private static readonly AsyncLocal<long?> s_mostSamples = new();
    private readonly byte[] samples8 = [];
    private readonly ushort[] samples16 = [];

    /// <summary>Creates a black (and, with alpha, fully transparent) picture.</summary>
    /// <param name="width">Pixels per row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="layout">The channels of each pixel.</param>
    /// <param name="bitDepth">Bits per sample: 8 or 16.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or more samples than an array can hold.</exception>
    public Image(int width, int height, PixelLayout layout, int bitDepth = 8)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (layout is < PixelLayout.Grey or > PixelLayout.Rgba)
            throw new ArgumentOutOfRangeException(nameof(layout), layout, "Not a pixel layout.");
        if (bitDepth is not (8 or 16))
            throw new ArgumentOutOfRangeException(nameof(bitDepth), bitDepth, "Samples have 8 or 16 bits.");
        if ((long)width * height > MostSamples / (int)layout)
            throw new ArgumentOutOfRangeException(nameof(width), $"{width} x {height} pixels do not fit in memory.");

        Width = width;
        Height = height;
        Layout = layout;
        BitDepth = bitDepth;
        int count = width * height * (int)layout;
        if (bitDepth == 8)
            samples8 = new byte[count];
        else
            samples16 = new ushort[count];
    }

    private Image(Image other)
    {
        Width = other.Width;
        Height = other.Height;
        Layout = other.Layout;
        BitDepth = other.BitDepth;
        samples8 = other.samples8;
        samples16 = other.samples16;
        (WasTurned, DecoderBytes) = (other.WasTurned, other.DecoderBytes);
    }

    /// <summary>The most samples of a picture in memory: what an array holds. Tests set less, for what they call.</summary>
    internal static long MostSamples
    {
        get => s_mostSamples.Value ?? Array.MaxLength;
        set => s_mostSamples.Value = value;
    }

    /// <summary>Whether this picture was turned, so that the memory of another of its size was in use beside it.</summary>
    internal bool WasTurned { get; private init; }

    /// <summary>Bytes that its decoder held beside it.</summary>
    internal long DecoderBytes { get; set; }

    /// <summary>Pixels per row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>The channels of each pixel.</summary>
    public PixelLayout Layout { get; }

    /// <summary>Bits per sample: 8 or 16.</summary>
    public int BitDepth { get; }

    /// <summary>Samples per pixel, 1 to 4.</summary>
    public int Channels => (int)Layout;

    /// <summary>Whether the last channel is alpha.</summary>
    public bool HasAlpha => Layout is PixelLayout.GreyAlpha or PixelLayout.Rgba;

    /// <summary>Whether the colour is a single channel of grey.</summary>
    public bool IsGrey => Layout is PixelLayout.Grey or PixelLayout.GreyAlpha;

    /// <summary>What the file said beside the pixels: colour profile, EXIF, orientation.</summary>
    public ImageMetadata Metadata { get; set; } = ImageMetadata.Empty;

    /// <summary>All samples of an 8-bit picture, 0 to 255.</summary>
    /// <exception cref="InvalidOperationException">The picture has 16 bits per sample.</exception>
    public Span<byte> Samples8 => BitDepth == 8
        ? samples8
        : throw new InvalidOperationException("This picture has 16 bits per sample: use Samples16.");

    /// <summary>All samples of a 16-bit picture, 0 to 65535.</summary>
    /// <exception cref="InvalidOperationException">The picture has 8 bits per sample.</exception>
    public Span<ushort> Samples16 => BitDepth == 16
        ? samples16
        : throw new InvalidOperationException("This picture has 8 bits per sample: use Samples8.");

    /// <summary>The samples of row <paramref name="y"/> of an 8-bit picture.</summary>
    /// <param name="y">Row, from 0 at the top.</param>
    public Span<byte> Row8(int y) => Samples8.Slice(y * Width * Channels, Width * Channels);

    /// <summary>The samples of row <paramref name="y"/> of a 16-bit picture.</summary>
    /// <param name="y">Row, from 0 at the top.</param>
    public Span<ushort> Row16(int y) => Samples16.Slice(y * Width * Channels, Width * Channels);

    /// <summary>
    /// This picture turned as its EXIF (or, where that says nothing, XMP) orientation says, once: the result's orientation is 1, and its EXIF
    /// block carries no thumbnail. The pixels are shared if there is nothing to turn.
    /// </summary>
    public Image Oriented()
    {
        if (Metadata is { Exif: null, Xmp: null })
            return this;
        int orientation = Metadata.Orientation;
        var result = orientation == 1 ? new Image(this) : new Image(ImageOrientation.Apply(this, orientation)) { WasTurned = true, DecoderBytes = DecoderBytes };
        result.Metadata = Metadata.Upright();
        return result;
    }
}
