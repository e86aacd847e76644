using SRKernels.Models.Imaging;
using Xunit;

namespace SRKernels.Tests.Imaging;

public class ImageOrientationTests
{
    // A picture of 3 x 2 stored as  a b c / d e f, as it is seen under each orientation (Exif 2.32, tag 0x0112).
    [Theory]
    [InlineData(1, "abc/def")]
    [InlineData(2, "cba/fed")]
    [InlineData(3, "fed/cba")]
    [InlineData(4, "def/abc")]
    [InlineData(5, "ad/be/cf")]
    [InlineData(6, "da/eb/fc")]
    [InlineData(7, "fc/eb/da")]
    [InlineData(8, "cf/be/ad")]
    public void TurnsAsExifSays(int orientation, string seen)
    {
        foreach (int depth in new[] { 8, 16 })
            foreach (var layout in Enum.GetValues<PixelLayout>())
            {
                var image = new Image(3, 2, layout, depth) { Metadata = new ImageMetadata { Exif = TestMetadata.Exif(orientation) } };
                for (int i = 0; i < 6 * image.Channels; i++)
                    if (depth == 8)
                        image.Samples8[i] = (byte)('a' + i / image.Channels + 100 * (i % image.Channels));
                    else
                        image.Samples16[i] = (ushort)('a' + i / image.Channels + 100 * (i % image.Channels));

                var turned = image.Oriented();
                string[] rows = seen.Split('/');
                Assert.Equal((rows[0].Length, rows.Length), (turned.Width, turned.Height));
                ImageAssert.Samples(turned, (x, y, c) => depth == 8 ? (byte)(rows[y][x] + 100 * c) : rows[y][x] + 100 * c);
                Assert.Equal(1, turned.Metadata.Orientation);
                ImageAssert.Same(turned, turned.Oriented());
            }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OrientationOneDropsTheThumbnailAndNothingElse(bool bigEndian)
    {
        byte[] thumbnail = [0xFF, 0xD8, 1, 2, 3, 4, 0xFF, 0xD9];
        byte[] exif = TestMetadata.Exif(6, bigEndian, thumbnail);
        byte[] result = ExifOrientation.WithOrientationOne(exif);
        Assert.Equal(6, ExifOrientation.Read(exif));
        Assert.Equal(1, ExifOrientation.Read(result));
        Assert.True(result.AsSpan().IndexOf(thumbnail) < 0);
        Assert.Equal(exif.Length - thumbnail.Length, result.Length);
        // The width entry and all before the orientation is as it was.
        Assert.Equal(exif[..22], result[..22]);

        // Not last: wiped in place, and what follows stays.
        result = ExifOrientation.WithOrientationOne([.. exif, 7, 7, 7]);
        Assert.Equal(exif.Length + 3, result.Length);
        Assert.True(result.AsSpan().IndexOf(thumbnail) < 0);
        Assert.Equal([7, 7, 7], result[^3..]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(65535)]
    public void NonsenseReadsAsOne(int orientation) => Assert.Equal(1, ExifOrientation.Read(TestMetadata.Exif(orientation)));

    [Fact]
    public void NoDamagedBlockThrows()
    {
        byte[] exif = TestMetadata.Exif(6, bigEndian: true, [1, 2, 3]);
        for (int length = 0; length <= exif.Length; length++)
        {
            Assert.InRange(ExifOrientation.Read(exif.AsSpan(0, length)), 1, 8);
            ExifOrientation.WithOrientationOne(exif.AsSpan(0, length));
            ExifSizes.WithSize(exif.AsSpan(0, length), 70_000, 3);
            ExifSizes.WithDensityTimes(exif.AsSpan(0, length), 4);
        }

        for (int number = 0; number < 20_000; number++)
        {
            var random = Fuzz.FuzzRandom.ForMutant(5, number);
            byte[] mutant = Fuzz.ByteMutations.Mutate(random, exif, [exif]);
            Assert.InRange(ExifOrientation.Read(mutant), 1, 8);
            byte[] result = ExifOrientation.WithOrientationOne(mutant);
            Assert.Equal(1, ExifOrientation.Read(result));
            Assert.True(result.Length <= mutant.Length);
            Assert.Equal(mutant.Length, ExifSizes.WithSize(ExifSizes.WithDensityTimes(mutant, 4), 70_000, 3).Length);
        }
    }

    [Fact]
    public void ProfilesSayTheirColours()
    {
        Assert.Equal(IccColourSpace.Rgb, IccProfile.ColourSpace(TestMetadata.Profile("RGB ")));
        Assert.Equal(IccColourSpace.Grey, IccProfile.ColourSpace(TestMetadata.Profile("GRAY")));
        Assert.Equal(IccColourSpace.Cmyk, IccProfile.ColourSpace(TestMetadata.Profile("CMYK")));
        Assert.Equal(IccColourSpace.Other, IccProfile.ColourSpace(TestMetadata.Profile("Lab ")));
        Assert.Equal(IccColourSpace.Other, IccProfile.ColourSpace(TestMetadata.Profile("RGB ").AsSpan(0, 150)));
        Assert.Equal(IccColourSpace.Other, IccProfile.ColourSpace([]));
    }
}
