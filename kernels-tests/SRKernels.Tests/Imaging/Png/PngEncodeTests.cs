using SRKernels.Models.Imaging;
using Xunit;

namespace SRKernels.Tests.Imaging.Png;

public class PngEncodeTests
{
    private static byte[] Encode(Image image, ImageWriteOptions? options = null)
    {
        using var stream = new MemoryStream();
        ImageCodecs.ForWriting("x.png").Encode(image, stream, options ?? ImageWriteOptions.Default);
        return stream.ToArray();
    }

    [Theory]
    [InlineData(PixelLayout.Grey, 8)]
    [InlineData(PixelLayout.Grey, 16)]
    [InlineData(PixelLayout.GreyAlpha, 8)]
    [InlineData(PixelLayout.GreyAlpha, 16)]
    [InlineData(PixelLayout.Rgb, 8)]
    [InlineData(PixelLayout.Rgb, 16)]
    [InlineData(PixelLayout.Rgba, 8)]
    [InlineData(PixelLayout.Rgba, 16)]
    public void ComesBack(PixelLayout layout, int depth)
    {
        // Row lengths from one pixel over the vector width of 16 bytes to many vectors.
        foreach (var (w, h) in new[] { (1, 1), (2, 2), (5, 3), (15, 4), (16, 5), (17, 6), (33, 7), (130, 40) })
            foreach (var effort in Enum.GetValues<PngEffort>())
            {
                var image = ImageAssert.Pattern(w, h, layout, depth);
                ImageAssert.Same(image, ImageCodecs.Decode(Encode(image, new ImageWriteOptions { PngEffort = effort })));
            }
    }

    [Fact]
    public void NoiseComesBackThroughEveryFilterAndManyIdatChunks()
    {
        var random = new Fuzz.FuzzRandom(3);
        var image = new Image(401, 301, PixelLayout.Rgb);
        foreach (ref byte b in image.Samples8)
            b = random.NextByte();
        ImageAssert.Same(image, ImageCodecs.Decode(Encode(image)));
    }

    [Fact]
    public void TheSamePictureGivesTheSameBytes()
    {
        var image = ImageAssert.Pattern(64, 64, PixelLayout.Rgb);
        Assert.Equal(Encode(image), Encode(image));
    }

    [Fact]
    public void FilteringMakesASlopeNearlyNothing()
    {
        var image = new Image(256, 256, PixelLayout.Rgb);
        for (int y = 0; y < 256; y++)
            for (int x = 0; x < 256; x++)
                for (int c = 0; c < 3; c++)
                    image.Row8(y)[x * 3 + c] = (byte)(x + 2 * y + c * 40);
        int length = Encode(image).Length;
        Assert.True(length < image.Samples8.Length / 50, $"{length} bytes of {image.Samples8.Length}");
    }

    [Fact]
    public void ProfileAndExifAreWritten_UnlessToldOtherwise()
    {
        var image = ImageAssert.Pattern(5, 4, PixelLayout.Rgba);
        image.Metadata = new ImageMetadata { IccProfile = TestMetadata.Profile("RGB "), Exif = TestMetadata.Exif(3) };
        var back = ImageCodecs.Decode(Encode(image)).Metadata;
        Assert.Equal(image.Metadata.IccProfile, back.IccProfile);
        // The block's ImageWidth becomes the picture's.
        Assert.Equal(ExifSizes.WithSize(image.Metadata.Exif, 5, 4), back.Exif);
        Assert.Equal(3, back.Orientation);

        back = ImageCodecs.Decode(Encode(image, new ImageWriteOptions { KeepMetadata = false })).Metadata;
        Assert.Null(back.IccProfile);
        Assert.Null(back.Exif);
    }

    [Fact]
    public void AGreyProfileIsNotWrittenOntoColour()
    {
        var image = ImageAssert.Pattern(5, 4, PixelLayout.Rgb);
        image.Metadata = new ImageMetadata { IccProfile = TestMetadata.Profile("GRAY") };
        Assert.DoesNotContain("iCCP", System.Text.Encoding.Latin1.GetString(Encode(image)), StringComparison.Ordinal);
    }
}
