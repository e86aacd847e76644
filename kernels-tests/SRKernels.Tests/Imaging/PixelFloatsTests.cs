using SRKernels.Models.Imaging;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Imaging;

public class PixelFloatsTests
{
    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void EverySampleGoesThereAndBack(int depth)
    {
        int count = depth == 8 ? 256 : 65536;
        var image = new Image(count / 4, 4, PixelLayout.Rgb, depth);
        for (int i = 0; i < count * 3; i++)
            if (depth == 8)
                image.Samples8[i] = (byte)(i / 3 + i % 3);
            else
                image.Samples16[i] = (ushort)(i / 3 + i % 3);
        float[] rgb = new float[count * 3];
        foreach (var range in Enum.GetValues<PixelRange>())
        {
            PixelFloats.ToRgb(image, rgb, range);
            ImageAssert.Same(image, PixelFloats.FromRgb(rgb, image.Width, image.Height, range, depth));
        }
    }

    [Fact]
    public void StepsAreThoseOfTheReference()
    {
        var image = new Image(2, 1, PixelLayout.GreyAlpha);
        image.Samples8[0] = 77;
        image.Samples8[1] = 9;
        image.Samples8[2] = 255;
        float[] rgb = new float[6];
        PixelFloats.ToRgb(image, rgb, PixelRange.ZeroToOne);
        Assert.Equal([77f / 255f, 77f / 255f, 77f / 255f, 1, 1, 1], rgb);
        PixelFloats.ToRgb(image, rgb, PixelRange.MinusOneToOne);
        Assert.Equal((77f / 255f - 0.5f) / 0.5f, rgb[0]);
        Assert.Equal(1f, rgb[3]);
    }

    [Fact]
    public void RoundsHalfToEvenAndClamps_TheSameInVectorsAndTail()
    {
        // 0.5 / 255 and 1.5 / 255 in fp32, times 255, are 0.5 and 1.5 exactly or nearly: the same scalar step says which.
        float[] values = [0.5f / 255f, 1.5f / 255f, 2.5f / 255f, 127.5f / 255f, -3f, 7f, 0.5f, 1f, 0f, -0f, 0.25f, 0.9999f];
        int[] expected = values.Select(v => (int)MathF.Round(Math.Clamp(v, 0f, 1f) * 255f, MidpointRounding.ToEven)).ToArray();
        for (int pixels = 1; pixels < 30; pixels++)
        {
            float[] rgb = Enumerable.Range(0, pixels * 3).Select(i => values[i % values.Length]).ToArray();
            var image = PixelFloats.FromRgb(rgb, pixels, 1, PixelRange.ZeroToOne);
            ImageAssert.Samples(image, (x, y, c) => expected[(x * 3 + c) % values.Length]);
            var image16 = PixelFloats.FromRgb(rgb, pixels, 1, PixelRange.MinusOneToOne, 16);
            ImageAssert.Samples(image16, (x, y, c) =>
            {
                float unit = values[(x * 3 + c) % values.Length] * 0.5f;
                unit += 0.5f;
                return (int)MathF.Round(Math.Clamp(unit, 0f, 1f) * 65535f, MidpointRounding.ToEven);
            });
        }

        Assert.Equal(128, PixelFloats.FromRgb([0.5f, 0.5f, 0.5f], 1, 1, PixelRange.ZeroToOne).Samples8[0]);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void NothingInfiniteBecomesAColour(float value)
    {
        foreach (int depth in new[] { 8, 16 })
            foreach (int at in new[] { 0, 31, 7 * 3 * 3 + 1, 7 * 9 * 3 - 1 })
            {
                float[] rgb = new float[7 * 9 * 3];
                rgb[at] = value;
                var e = Assert.Throws<SrkException>(() => PixelFloats.FromRgb(rgb, 7, 9, PixelRange.ZeroToOne, depth));
                Assert.Contains($"x {at / 3 % 7}, y {at / 3 / 7}, channel {at % 3}", e.Message, StringComparison.Ordinal);
            }
    }

    [Fact]
    public void AlphaComesOffAndOn()
    {
        foreach (var (layout, bare) in new[] { (PixelLayout.Rgba, PixelLayout.Rgb), (PixelLayout.GreyAlpha, PixelLayout.Grey) })
            foreach (int depth in new[] { 8, 16 })
            {
                var image = ImageAssert.Pattern(5, 4, layout, depth);
                var alpha = AlphaChannel.Extract(image);
                ImageAssert.Samples(alpha, (x, y, c) => ImageAssert.Sample(image, x, y, image.Channels - 1));
                ImageAssert.Same(image, AlphaChannel.Attach(image, alpha));
                var colour = ImageAssert.Pattern(5, 4, bare, depth, seed: 2);
                var joined = AlphaChannel.Attach(colour, alpha);
                Assert.Equal(layout, joined.Layout);
                ImageAssert.Samples(joined, (x, y, c) => ImageAssert.Sample(c < colour.Channels ? colour : alpha, x, y, c % colour.Channels));
            }
    }
}
