using SRKernels.Models.Imaging;
using Xunit;

namespace SRKernels.Tests.Imaging.Png;

/// <summary>Every colour type, depth and interlacing, written by <see cref="PngWriter"/>, comes back sample by sample.</summary>
public class PngDecodeTests
{
    public static TheoryData<int, int, bool> AllKinds()
    {
        var data = new TheoryData<int, int, bool>();
        foreach (var (colour, depths) in new[] { (0, new[] { 1, 2, 4, 8, 16 }), (2, [8, 16]), (3, [1, 2, 4, 8]), (4, [8, 16]), (6, [8, 16]) })
            foreach (int depth in depths)
            {
                data.Add(colour, depth, false);
                data.Add(colour, depth, true);
            }

        return data;
    }

    // Widths around the interlacing's steps of 8, and around bytes of 1-bit pixels.
    private static readonly (int W, int H)[] Sizes = [(1, 1), (2, 3), (3, 2), (5, 1), (1, 5), (7, 9), (8, 8), (9, 7), (17, 19), (33, 4)];

    [Theory]
    [MemberData(nameof(AllKinds))]
    public void GivesTheWrittenSamples(int colour, int depth, bool interlaced)
    {
        int largest = (1 << depth) - 1;
        foreach (var (w, h) in Sizes)
        {
            int Raw(int x, int y, int c) => (x * 37 + y * 101 + c * 7919 + x * y) & largest;
            byte[] palette = Enumerable.Range(0, 3 << depth).Select(i => (byte)(i * 31 + 5)).ToArray();
            byte[][] before = colour == 3 ? [PngWriter.Chunk("PLTE", palette)] : [];
            var image = ImageCodecs.Decode(PngWriter.Make(w, h, depth, colour, interlaced, Raw, before));

            Assert.Equal((w, h), (image.Width, image.Height));
            Assert.Equal(depth == 16 ? 16 : 8, image.BitDepth);
            Assert.Equal(colour is 3 ? PixelLayout.Rgb : (PixelLayout)PngWriter.ChannelsOf(colour), image.Layout);
            ImageAssert.Samples(image, (x, y, c) => colour == 3 ? palette[Raw(x, y, 0) * 3 + c]
                : depth >= 8 ? Raw(x, y, c) : Raw(x, y, c) * 255 / largest);
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 4)]
    [InlineData(0, 8)]
    [InlineData(0, 16)]
    [InlineData(2, 8)]
    [InlineData(2, 16)]
    [InlineData(3, 2)]
    [InlineData(3, 8)]
    public void TransparencyBecomesAlpha(int colour, int depth)
    {
        int largest = (1 << depth) - 1, opaque = depth == 16 ? 65535 : 255;
        int Raw(int x, int y, int c) => (x + y * 3 + c) % 3 == 0 ? largest : (x * 5 + y) & largest;
        // Grey and RGB: the one colour whose channels are all 'largest'. Palette: the alpha of the first entries only.
        byte[] key = [(byte)(largest >> 8), (byte)largest];
        byte[] palette = Enumerable.Range(0, 3 << depth).Select(i => (byte)(i * 31 + 5)).ToArray();
        byte[][] before = colour switch
        {
            0 => [PngWriter.Chunk("tRNS", key)],
            2 => [PngWriter.Chunk("tRNS", [.. key, .. key, .. key])],
            _ => [PngWriter.Chunk("PLTE", palette), PngWriter.Chunk("tRNS", 7, 200)],
        };
        foreach (bool interlaced in new[] { false, true })
        {
            var image = ImageCodecs.Decode(PngWriter.Make(11, 6, depth, colour, interlaced, Raw, before));
            Assert.Equal(colour == 0 ? PixelLayout.GreyAlpha : PixelLayout.Rgba, image.Layout);
            int colours = image.Channels - 1;
            ImageAssert.Samples(image, (x, y, c) =>
            {
                if (colour == 3)
                    return c < 3 ? palette[Raw(x, y, 0) * 3 + c] : Raw(x, y, 0) switch { 0 => 7, 1 => 200, _ => 255 };
                if (c == colours)
                    return Enumerable.Range(0, colours).All(k => Raw(x, y, k) == largest) ? 0 : opaque;
                return depth >= 8 ? Raw(x, y, c) : Raw(x, y, c) * 255 / largest;
            });
        }
    }

    [Fact]
    public void IdatMayComeInAnyPieces()
    {
        byte[] data = PngWriter.Zlib(PngWriter.Filtered(9, 9, 8, 2, false, (x, y, c) => x * y + c));
        var pieces = new List<byte[]> { PngWriter.Signature, PngWriter.Ihdr(9, 9, 8, 2), PngWriter.Chunk("IDAT") };
        foreach (byte b in data)
            pieces.Add(PngWriter.Chunk("IDAT", b));
        pieces.Add(PngWriter.Chunk("IDAT"));
        pieces.Add(PngWriter.Chunk("IEND"));
        ImageAssert.Samples(ImageCodecs.Decode(PngWriter.Join([.. pieces])), (x, y, c) => x * y + c);
    }

    [Fact]
    public void MetadataIsReadAndUnknownAncillaryChunksAreSkipped()
    {
        byte[] profile = TestMetadata.Profile("RGB ");
        byte[] exif = TestMetadata.Exif(orientation: 6, bigEndian: true);
        byte[] file = PngWriter.Make(3, 2, 8, 2, false, (x, y, c) => x + y + c,
            PngWriter.Chunk("iCCP", [.. "name\0\0"u8, .. PngWriter.Zlib(profile)]), PngWriter.Chunk("gAMA", 0, 0, 1, 2),
            PngWriter.Chunk("sRGB", 0), PngWriter.Chunk("pHYs", new byte[9]), PngWriter.Chunk("eXIf", exif),
            PngWriter.Chunk("teSt", 1, 2, 3), PngWriter.Chunk("tEXt", [.. "Comment\0hello"u8]));
        var metadata = ImageCodecs.Decode(file).Metadata;
        Assert.Equal(profile, metadata.IccProfile);
        Assert.Equal(exif, metadata.Exif);
        Assert.Equal(6, metadata.Orientation);
        Assert.Equal([0, 0, 1, 2], metadata.ColourTags!.Gamma);
        Assert.Equal([0], metadata.ColourTags.Srgb);
        Assert.Null(metadata.Density);
        Assert.Equal([new ImageText("Comment", "hello")], metadata.Texts);
        Assert.Empty(metadata.Dropped);
    }

    [Theory]
    [InlineData("GRAY", 2)]
    [InlineData("CMYK", 2)]
    [InlineData("RGB ", 0)]
    [InlineData("CMYK", 0)]
    public void AProfileForOtherColoursIsDroppedAndSaid(string space, int colour)
    {
        byte[] file = PngWriter.Make(3, 2, 8, colour, false, (x, y, c) => x,
            PngWriter.Chunk("iCCP", [.. "n\0\0"u8, .. PngWriter.Zlib(TestMetadata.Profile(space))]));
        var metadata = ImageCodecs.Decode(file).Metadata;
        Assert.Null(metadata.IccProfile);
        Assert.Contains("iCCP", Assert.Single(metadata.Dropped), StringComparison.Ordinal);
    }

    [Fact]
    public void BytesAfterTheEndAreIgnored_FromAFileAndFromAPipe()
    {
        byte[] file = [.. PngWriter.Make(3, 2, 8, 2, false, (x, y, c) => x + y + c), 1, 2, 3];
        ImageAssert.Samples(ImageCodecs.Decode(file), (x, y, c) => x + y + c);
        using var pipe = new TestMetadata.Pipe(file);
        ImageAssert.Samples(ImageCodecs.Decode(pipe), (x, y, c) => x + y + c);
    }
}
