using SRKernels.Kernels;
using SRKernels.Models.Imaging;
using SRKernels.Runtime;

namespace SRKernels.Models.Tiling;

/// <summary>
/// Rows of colour as they come from the canvas become the picture's samples and go to a writer: what was known is pasted back, grey comes of grey,
/// alpha is enlarged beside the colour.
/// </summary>
internal sealed class ResultRows : IDisposable
{
    // Half of what an int counts, so that no padding or rounding leaves it.
    private const int LongestSide = 1 << 30;

    private readonly Image _picture;
    private readonly Image? _mask;
    private readonly ImageHeader _header;
    private readonly IImageWriter _to;
    private readonly SampleRow _row;
    private readonly AlphaStrip? _alpha;

    /// <param name="cx">Where alpha is enlarged.</param>
    /// <param name="picture">What was enlarged.</param>
    /// <param name="mask">White where the result counts, black where the picture does; or null.</param>
    /// <param name="scale">How much larger.</param>
    /// <param name="header">What is to come of it: see <see cref="Header"/>.</param>
    /// <param name="to">Takes the rows.</param>
    public ResultRows(KernelContext cx, Image picture, Image? mask, int scale, ImageHeader header, IImageWriter to)
    {
        (_picture, _mask, _header, _to) = (picture, mask, header, to);
        _row = SampleRow.Of(header, to);
        _alpha = header.Layout is PixelLayout.GreyAlpha or PixelLayout.Rgba ? new AlphaStrip(cx, picture, scale) : null;
    }

    /// <summary>Rows that have left.</summary>
    public int Count { get; private set; }

    /// <summary>What a picture becomes: its own kind, larger; or upstream's, 8-bit RGB without anything beside.</summary>
    /// <exception cref="SrkException">A side is longer than can be counted.</exception>
    public static ImageHeader Header(ImageHeader picture, int scale, bool upstream)
    {
        if (Math.Max(picture.Width, picture.Height) > LongestSide / scale)
            throw new SrkException("result", $"sides of at most {LongestSide} pixels", $"{picture.Width}x{picture.Height} enlarged {scale} times", "cut the picture");
        return new ImageHeader(
            picture.Width * scale, picture.Height * scale, upstream ? PixelLayout.Rgb : picture.Layout, upstream ? 8 : picture.BitDepth,
            upstream ? ImageMetadata.Empty : picture.Metadata);
    }

    /// <summary>Bytes that are held at a time.</summary>
    public static long HeldBytes(ImageHeader result, int scale) =>
        ((long)result.Width * (3 + (2 * (int)result.Layout)) * (result.BitDepth / 8))
        + (result.Layout is PixelLayout.GreyAlpha or PixelLayout.Rgba ? AlphaStrip.HeldBytes(result.Width / scale, scale) : 0);

    /// <summary>The next row.</summary>
    /// <param name="rgb">Its colours, -1 to 1; changed where something is pasted.</param>
    public void Take(Span<float> rgb)
    {
        if (Count == 0) _to.Begin(_header);
        if (_mask is not null) PasteBack(rgb, _mask);
        if (!_row.Write(rgb, _alpha is null ? [] : _alpha.Row(Count))) throw PixelFloats.NotFinite(rgb, _header.Width, Count);
        Count++;
        if (Count == _header.Height) _to.End();
    }

    public void Dispose() => _alpha?.Dispose();

    // What is known stays as it was: result m + picture (1 - m), all three as 0..1. Models with a mask do not enlarge.
    private void PasteBack(Span<float> r, Image mask)
    {
        var (l, m) = (new float[r.Length], new float[r.Length]);
        PixelFloats.Pixels(_picture, Count * _picture.Width, l, PixelRange.MinusOneToOne);
        PixelFloats.Pixels(mask, Count * mask.Width, m, PixelRange.MinusOneToOne);
        for (var i = 0; i < r.Length; i++)
        {
            var (r01, l01, m01) = ((r[i] * 0.5f) + 0.5f, (l[i] * 0.5f) + 0.5f, (m[i] * 0.5f) + 0.5f);
            r[i] = (((r01 * m01) + (l01 * (1 - m01))) - 0.5f) / 0.5f;
        }
    }
}
