using System.Security.Cryptography;
using SRKernels.Models.Imaging;
using SRKernels.Models.Quality;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Models.Quality;

public class ImageQualityTests
{
    // The expected values come from numpy and torch (float64) on the same two pictures.
    [Fact]
    public void PsnrAndSsimAreThoseOfAnIndependentImplementation()
    {
        var (a, b) = Pictures();
        Assert.Equal(14.164340247641036, ImageQuality.Psnr(a, b), 1e-10);
        Assert.Equal(0.7650019925461985, ImageQuality.Ssim(a, b), 1e-10);
        Assert.Equal(double.PositiveInfinity, ImageQuality.Psnr(a, a));
        Assert.Equal(1, ImageQuality.Ssim(a, a), 1e-12);
    }

    [Fact]
    public void OtherSizesAndTooSmallOnesAreRefused()
    {
        var (a, _) = Pictures();
        var small = new Image(10, 13, PixelLayout.Rgb);
        Assert.Contains("16x13", Assert.Throws<SrkException>(() => ImageQuality.Psnr(a, small)).Message, StringComparison.Ordinal);
        Assert.Contains("11x11", Assert.Throws<SrkException>(() => ImageQuality.Ssim(small, small)).Message, StringComparison.Ordinal);
    }

    // SHA-256 of the bytes that Pillow's resize((16 s, 13 s), BICUBIC) gives.
    [Theory]
    [InlineData(2, "8b3beb13ed5914df92b1e162b96f174d885c259f4fc55c197bf5aeb00bb0a423")]
    [InlineData(3, "5adbf64bc900b23c972286bcfbd83a66b41445d772fc3f4cf85c2b1b97d1caba")]
    [InlineData(4, "004b5ac2960c873e4be27b548ce03e3e8107b2fe63a1aded97fc2295294f3d10")]
    public void BicubicIsPillowsInEveryByte(int scale, string sha256)
    {
        var enlarged = PillowBicubic.Enlarge(Pictures().A, scale);
        Assert.Equal((16 * scale, 13 * scale), (enlarged.Width, enlarged.Height));
        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(enlarged.Samples8)));
    }

    [Theory]
    [InlineData(0, 0, 13, 16)]
    [InlineData(0, 5, 4, 11)]
    [InlineData(6, 0, 7, 3)]
    [InlineData(12, 15, 1, 1)]
    public void PartsAreThoseOfTheWholeEnlargedPicture(int top, int left, int rows, int columns)
    {
        const int Scale = 3;
        var picture = Pictures().A;
        var whole = PillowBicubic.Enlarge(picture, Scale);
        var part = new byte[rows * columns * Scale * Scale * 3];
        PillowBicubic.EnlargePart(
            picture.Height, picture.Width, Scale, top, left, rows, columns, (row, column, samples) => PillowBicubic.ReadRgb(picture, row, column, samples), part);
        for (var y = 0; y < rows * Scale; y++)
        {
            var expected = whole.Samples8.Slice(((((top * Scale) + y) * whole.Width) + (left * Scale)) * 3, columns * Scale * 3);
            Assert.True(expected.SequenceEqual(part.AsSpan(y * columns * Scale * 3, columns * Scale * 3)), $"row {y}");
        }
    }

    private static (Image A, Image B) Pictures()
    {
        var (a, b) = (new Image(16, 13, PixelLayout.Rgb), new Image(16, 13, PixelLayout.Rgb));
        for (var y = 0; y < 13; y++)
            for (var x = 0; x < 16; x++)
                for (var c = 0; c < 3; c++)
                {
                    var value = ((x * 37) + (y * 91) + (c * 53) + (x * y * 5)) % 256;
                    a.Samples8[(((y * 16) + x) * 3) + c] = (byte)value;
                    b.Samples8[(((y * 16) + x) * 3) + c] = (byte)Math.Min(255, (value / 2) + (x * 3) + (y * 2));
                }

        return (a, b);
    }
}
