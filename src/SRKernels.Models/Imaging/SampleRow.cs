namespace SRKernels.Models.Imaging;

/// <summary>Turns rows of colour in floats into a layout's samples and hands them to a writer.</summary>
internal abstract class SampleRow
{
    /// <summary>For the header's layout and depth.</summary>
    /// <param name="header">What the rows are of.</param>
    /// <param name="to">Takes them.</param>
    public static SampleRow Of(ImageHeader header, IImageWriter to) => header.BitDepth == 8
        ? new OfDepth<byte>(header, PixelFloats.Quantise, GreyPicture.Of, to.Write)
        : new OfDepth<ushort>(header, PixelFloats.Quantise, GreyPicture.Of, to.Write);

    /// <summary>Writes a row; false, and nothing written, if a colour is NaN or infinite.</summary>
    /// <param name="rgb">Three values a pixel, -1 to 1.</param>
    /// <param name="alpha">One value a pixel, -1 to 1; not looked at for layouts without alpha.</param>
    public abstract bool Write(ReadOnlySpan<float> rgb, ReadOnlySpan<float> alpha);

    private delegate bool Quantise<T>(ReadOnlySpan<float> from, Span<T> to, PixelRange range);

    private delegate void Luminance<T>(ReadOnlySpan<T> rgb, Span<T> grey);

    private delegate void Take<T>(ReadOnlySpan<T> row);

    private sealed class OfDepth<T>(ImageHeader header, Quantise<T> quantise, Luminance<T> luminance, Take<T> take) : SampleRow
    {
        private readonly bool _isGrey = header.Layout is PixelLayout.Grey or PixelLayout.GreyAlpha;
        private readonly bool _hasAlpha = header.Layout is PixelLayout.GreyAlpha or PixelLayout.Rgba;
        private readonly T[] _rgb = new T[3 * header.Width];
        private readonly T[] _grey = header.Layout is PixelLayout.Grey or PixelLayout.GreyAlpha ? new T[header.Width] : [];
        private readonly T[] _alpha = header.Layout is PixelLayout.GreyAlpha or PixelLayout.Rgba ? new T[header.Width] : [];
        private readonly T[] _joined = header.Layout is PixelLayout.GreyAlpha or PixelLayout.Rgba ? new T[header.RowSamples] : [];

        public override bool Write(ReadOnlySpan<float> rgb, ReadOnlySpan<float> alpha)
        {
            if (!quantise(rgb, _rgb, PixelRange.MinusOneToOne)) return false;
            var colour = _rgb;
            if (_isGrey) luminance(_rgb, colour = _grey);
            if (_hasAlpha)
            {
                quantise(alpha, _alpha, PixelRange.MinusOneToOne);
                Join(colour, colour.Length / header.Width);
                colour = _joined;
            }

            take(colour);
            return true;
        }

        private void Join(T[] colour, int channels)
        {
            for (int x = 0, from = 0, at = 0; x < _alpha.Length; x++)
            {
                for (var c = 0; c < channels; c++) _joined[at++] = colour[from++];
                _joined[at++] = _alpha[x];
            }
        }
    }
}
