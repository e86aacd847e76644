namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>Planes to a picture: inverse DCT of what progressive scans gathered, upsampling, colour.</summary>
internal static class JpegPixels
{
    /// <summary>The picture: grey for one component, else RGB.</summary>
    public static Image Make(JpegFrame frame, JpegMetadata metadata)
    {
        bool isSmoothed = frame.Progressive && BlockSmoothing.Applies(frame);
        // Of a damaged file a component's scan may be missing.
        foreach (var component in frame.Components)
            if (frame.Progressive && component.Decoded) MakeSamples(component, isSmoothed ? new BlockSmoothing(frame, component) : null);
            else component.Allocate(withCoefficients: false, filled: true);

        var space = JpegColours.Guess(frame.Components, metadata.HasJfif, metadata.AdobeTransform);
        var layout = space == JpegColourSpace.Grey ? PixelLayout.Grey : PixelLayout.Rgb;
        // The planes, and the coefficients of a progressive file, which were there before them.
        var held = frame.Components.Sum(c => c.Plane.LongLength * (frame.Progressive ? 1 + sizeof(short) : 1));
        var image = new Image(frame.Width, frame.Height, layout) { Metadata = metadata.ForPixels(layout), DecoderBytes = held };
        var planes = Array.ConvertAll(frame.Components, c => new ChromaUpsampling(c, frame));
        for (int y = 0; y < frame.Height; y++)
        {
            var row = image.Row8(y);
            if (layout == PixelLayout.Grey)
                planes[0].Row(y)[..row.Length].CopyTo(row);
            else
            {
                var black = planes.Length > 3 ? planes[3].Row(y) : [];
                JpegColours.ToRgb(space, planes[0].Row(y), planes[1].Row(y), planes[2].Row(y), black, row);
            }
        }

        return image;
    }

    private static void MakeSamples(JpegComponent component, BlockSmoothing? smoothing)
    {
        int stride = component.Stride;
        var zeroAc = new short[63];
        var smoothed = new short[64];
        for (int y = 0; y < component.BlocksHigh; y++)
        {
            for (int x = 0; x < component.BlocksWide; x++)
            {
                var block = component.Coefficients.AsSpan((y * component.BlocksWide + x) * 64, 64);
                if (smoothing is not null)
                {
                    block.CopyTo(smoothed);
                    smoothing.Fill(x, y, smoothed);
                    block = smoothed;
                }

                var samples = component.Plane.AsSpan(y * 8 * stride + x * 8);
                if (block[1..].SequenceEqual(zeroAc)) InverseDct.TransformDc(block[0], component.Quant![0], samples, stride);
                else InverseDct.Transform(block, component.Quant, samples, stride);
            }
        }

        component.DropCoefficients();
    }
}
