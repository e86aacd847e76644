using SRKernels.Models.Imaging;
using SRKernels.Tests.Fuzz;
using Xunit;
using static SRKernels.Tests.Imaging.ImageAssert;

namespace SRKernels.Tests.Imaging.Bmp;

/// <summary>Every kind of bitmap, files made to do harm, mutants.</summary>
public class BmpTests(ITestOutputHelper output)
{
    private static readonly ImageLimits Limits = new() { MaxWidth = 4096, MaxHeight = 4096, MaxPixels = 1 << 20 };

    private static byte[] Palette(int entries) => Enumerable.Range(0, 3 * entries).Select(i => (byte)(i * 29 + 3)).ToArray();

    [Theory]
    [InlineData(12, 1)]
    [InlineData(12, 4)]
    [InlineData(12, 8)]
    [InlineData(16, 8)]
    [InlineData(40, 1)]
    [InlineData(40, 4)]
    [InlineData(40, 8)]
    [InlineData(64, 4)]
    [InlineData(108, 8)]
    [InlineData(124, 1)]
    public void Indexed(int header, int bits)
    {
        byte[] palette = Palette(1 << bits);
        foreach (int height in header > 16 ? [5, -5] : new[] { 5 })
            foreach (int width in new[] { 1, 7, 8, 9, 33 })
            {
                uint Raw(int x, int y) => (uint)(x * 5 + y * 3) & ((1u << bits) - 1);
                byte[] file = new BmpWriter { HeaderBytes = header, Width = width, Height = height, Bits = bits, Palette = palette, Gap = 6 }.WriteRows(Raw);
                var image = ImageCodecs.Decode(file);
                Assert.Equal((width, 5, PixelLayout.Rgb), (image.Width, image.Height, image.Layout));
                Samples(image, (x, y, c) => palette[Raw(x, y) * 3 + 2 - c]);
            }
    }

    [Theory]
    [InlineData(12, 24)]
    [InlineData(40, 24)]
    [InlineData(40, 32)]
    [InlineData(124, 32)]
    [InlineData(64, 24)]
    public void TrueColour(int header, int bits)
    {
        foreach (int height in header > 12 ? [4, -4] : new[] { 4 })
            foreach (int width in new[] { 1, 2, 3, 4, 9 })
            {
                uint Raw(int x, int y) => (uint)(x * 0x071301 + y * 0x110702 + 0x55000000);
                var image = ImageCodecs.Decode(new BmpWriter { HeaderBytes = header, Width = width, Height = height, Bits = bits }.WriteRows(Raw));
                Assert.Equal(PixelLayout.Rgb, image.Layout);
                Samples(image, (x, y, c) => (int)(Raw(x, y) >> (16 - 8 * c)) & 255);
            }
    }

    [Theory]
    [InlineData(40, 3, 16, new uint[] { 0xF800, 0x07E0, 0x001F })]
    [InlineData(40, 6, 16, new uint[] { 0x0F00, 0x00F0, 0x000F, 0xF000 })]
    [InlineData(52, 3, 16, new uint[] { 0x7C00, 0x03E0, 0x001F })]
    [InlineData(56, 3, 32, new uint[] { 0x0000FF00, 0x00FF0000, 0xFF000000, 0x000000FF })]
    [InlineData(108, 3, 32, new uint[] { 0xFF0000, 0xFF00, 0xFF, 0xFF000000 })]
    [InlineData(124, 3, 32, new uint[] { 0x3FF00000, 0x000FFC00, 0x000003FF, 0 })]
    [InlineData(124, 3, 16, new uint[] { 0xE000, 0x1C00, 0x0300, 0x0001 })]
    public void BitFields(int header, int compression, int bits, uint[] masks)
    {
        static uint Raw(int x, int y) => (uint)(x * 0x9E3779B1 + y * 0x85EBCA6B);
        byte[] file = new BmpWriter { HeaderBytes = header, Width = 13, Height = 6, Bits = bits, Compression = compression, Masks = masks }.WriteRows(Raw);
        var image = ImageCodecs.Decode(file);
        bool alpha = masks.Length == 4 && masks[3] != 0;
        Assert.Equal(alpha ? PixelLayout.Rgba : PixelLayout.Rgb, image.Layout);
        Samples(image, (x, y, c) =>
        {
            int low = System.Numerics.BitOperations.TrailingZeroCount(masks[c]);
            uint largest = masks[c] >> low, value = (Raw(x, y) & masks[c]) >> low;
            return largest > 255 ? (int)(value >> 2) : (int)Math.Round(value * 255.0 / largest, MidpointRounding.AwayFromZero);
        });
    }

    [Fact]
    public void SixteenBitsWithoutMasksAreFiveEach()
    {
        var image = ImageCodecs.Decode(new BmpWriter { Width = 32, Height = 1, Bits = 16 }.WriteRows((x, y) => (uint)(x << 10 | (31 - x) << 5 | 7)));
        Samples(image, (x, y, c) => (int)Math.Round((c == 0 ? x : c == 1 ? 31 - x : 7) * 255 / 31.0));
    }

    [Fact]
    public void Runs8()
    {
        byte[] palette = Palette(10);
        // Bottom row: 3 x 5, literals 1 2 3 and padding. Middle: step over two, one pixel. Top: untouched.
        byte[] runs = [3, 5, 0, 3, 1, 2, 3, 0, 0, 0, 0, 2, 2, 0, 1, 9, 0, 1];
        int[][] rows = [[0, 0, 0, 0, 0, 0], [0, 0, 9, 0, 0, 0], [5, 5, 5, 1, 2, 3]];
        Check(new BmpWriter { Width = 6, Height = 3, Bits = 8, Compression = 1, ColoursUsed = 10, Palette = palette }.Write(runs), palette, rows);
    }

    [Fact]
    public void Runs4()
    {
        byte[] palette = Palette(16);
        byte[] runs = [5, 0x12, 0, 0, 0, 5, 0x34, 0x56, 0x70, 0, 0, 1];
        int[][] rows = [[3, 4, 5, 6, 7], [1, 2, 1, 2, 1]];
        Check(new BmpWriter { Width = 5, Height = 2, Bits = 4, Compression = 2, Palette = palette }.Write(runs), palette, rows);
    }

    private static void Check(byte[] file, byte[] palette, int[][] rows) =>
        Samples(ImageCodecs.Decode(file), (x, y, c) => palette[rows[y][x] * 3 + 2 - c]);

    [Fact]
    public void TruncatedAtEveryByte()
    {
        foreach (byte[] file in Seeds())
            for (int length = 0; length < file.Length; length++)
            {
                byte[] cut = file[..length];
                // The last row's padding may be missing: that is all that a shorter file may lack.
                if (length > file.Length - 4 && Decodes(cut))
                    continue;
                Assert.Throws<ImageException>(() => ImageCodecs.Decode(cut));
                Assert.Throws<ImageException>(() => ImageCodecs.Decode(new TestMetadata.Pipe(cut)));
            }
    }

    private static bool Decodes(byte[] file)
    {
        try
        {
            ImageCodecs.Decode(file);
            return true;
        }
        catch (ImageException)
        {
            return false;
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(-1, 1)]
    [InlineData(int.MaxValue, int.MaxValue)]
    [InlineData(131072, 131072)]
    [InlineData(131073, 1)]
    [InlineData(1, -131073)]
    public void SizesOutOfLimits(int width, int height) =>
        Refused(new BmpWriter { Width = width, Height = height }.Write(new byte[64]), "header", "pixels");

    [Fact]
    public void FieldsThatMakeNoSense()
    {
        byte[] pixels = new byte[64];
        Refused(new BmpWriter { Height = int.MinValue }.Write(pixels), "header", "a height");
        Refused(new BmpWriter { Bits = 23 }.Write(pixels), "header", "23 bits");
        Refused(new BmpWriter { Bits = 8, Compression = 4 }.Write(pixels), "header", "compression 4");
        Refused(new BmpWriter { Bits = 24, Compression = 1 }.Write(pixels), "header", "compression 1");
        Refused(new BmpWriter { Bits = 8, Height = -1, Compression = 1 }.Write(pixels), "header", "height -1");
        Refused(new BmpWriter { Bits = 8, ColoursUsed = 257 }.Write(pixels), "header", "257");
        Refused(new BmpWriter { Bits = 8, ColoursUsed = uint.MaxValue }.Write(pixels), "header", "at most 256");
        Refused(new BmpWriter { PixelOffset = 20 }.Write(pixels), "header", "behind byte 54");
        Refused(new BmpWriter { Bits = 8, PixelOffset = 54 }.Write(pixels), "header", "a palette");
        Refused(new BmpWriter { PixelOffset = uint.MaxValue }.Write(pixels), "header", "end of the file");
        Refused(new BmpWriter { Bits = 16, Compression = 3, Masks = [0xF0F0, 0x0F00, 0x000F] }.Write(pixels), "header", "adjacent");
        Refused(new BmpWriter { Bits = 16, Compression = 3, Masks = [0xFF00, 0x0FF0, 0x000F] }.Write(pixels), "header", "overlap");
        Refused(new BmpWriter { Bits = 16, Compression = 3, Masks = [0xFF0000, 0x0FF0, 0x000F] }.Write(pixels), "header", "within 16");
        Refused(new BmpWriter { HeaderBytes = 12, Bits = 16 }.Write(pixels), "header", "1, 4, 8 or 24");
        Refused(new BmpWriter { HeaderBytes = 44 }.Write(pixels), "hostile", "unknown BMP data");
    }

    // Index 9 is none of the palette: what lies past the row is not even looked at.
    [Fact]
    public void RunsAreCutAtTheRowsEnd()
    {
        var runs = new BmpWriter { Width = 2, Height = 2, Bits = 8, Compression = 1, ColoursUsed = 2, Palette = Palette(2) };
        var expected = ImageCodecs.Decode(runs.Write([2, 1, 0, 0, 1, 0, 1, 1, 0, 1]));
        Same(expected, ImageCodecs.Decode(runs.Write([9, 1, 0, 0, 1, 0, 3, 1, 0, 1])));
        Same(expected, ImageCodecs.Decode(runs.Write([0, 3, 1, 1, 9, 0, 0, 0, 0, 4, 0, 1, 9, 9, 0, 1])));
        Same(expected, ImageCodecs.Decode(runs.Write([2, 1, 5, 9, 0, 0, 0, 3, 0, 1, 0, 0, 7, 9, 0, 1])));
    }

    [Fact]
    public void IndicesAndRunsOutOfRange()
    {
        byte[] palette = Palette(2);
        var indexed = new BmpWriter { Width = 2, Height = 1, Bits = 8, ColoursUsed = 2, Palette = palette };
        Refused(indexed.Write([0, 2, 0, 0]), "pixels", "palette indices below 2");
        var runs = indexed with { Compression = 1 };
        Refused(runs.Write([0, 0, 3, 0, 0, 1]), "pixels", "runs inside");
        Refused(runs.Write([0, 0, 0, 3, 0, 0, 0, 0, 0, 1]), "pixels", "runs inside");
        Refused(runs.Write([0, 2, 3, 0, 0, 1]), "pixels", "runs inside");
        Refused(runs.Write([0, 2, 0, 2, 0, 1]), "pixels", "runs inside");
        Refused(runs.Write([0, 0, 1, 0, 0, 1]), "pixels", "runs inside");
        Refused(runs.Write([1, 2, 0, 1]), "pixels", "palette indices below 2");
        Refused(runs.Write([1, 1]), "pixels", "end of the file");
    }

    [Fact]
    public void AFewBytesCannotClaimAHugePictureBeforeMemoryIsTaken()
    {
        byte[] file = new BmpWriter { Width = 16384, Height = 16384, Bits = 32 }.Write(new byte[100]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(file, "pixels", "end of the file");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void MutantsAreRefusedOrDecoded()
    {
        var report = MutationFuzz.Run(new FuzzTarget
        {
            Name = "BMP",
            Seeds = Seeds(),
            Load = bytes => ImageCodecs.Decode(bytes, Limits, "mutant"),
            AllowedBytes = bytes =>
            {
                if (bytes.Length < 26)
                    return 1 << 20;
                long width = bytes[14] == 12 ? BitConverter.ToUInt16(bytes, 18) : BitConverter.ToInt32(bytes, 18);
                long height = Math.Abs(bytes[14] == 12 ? BitConverter.ToUInt16(bytes, 20) : (long)BitConverter.ToInt32(bytes, 22));
                bool refused = width <= 0 || width > Limits.MaxWidth || height > Limits.MaxHeight || width * height > Limits.MaxPixels;
                return (1 << 20) + (refused ? 0 : width * height * 4 + width * 8);
            },
            Mutate = Mutate,
            StageOf = e => e.Who["mutant".Length..].TrimStart(':', ' ') is { Length: > 0 } part ? part : "magic",
        });
        output.WriteLine(report.ToString());
        Assert.True(report.Share("accepted") > 0.1, report.ToString());
        Assert.True(report.Share("BMP pixels") > 0.1, report.ToString());
    }

    // The magic and the length of the header stay in most: they are what a mutant dies of first.
    private static byte[] Mutate(FuzzRandom random, byte[] seed)
    {
        byte[] mutant = ByteMutations.Mutate(random, seed, Seeds());
        if (mutant.Length < 18 || random.OneIn(8))
            return mutant;
        seed.AsSpan(0, 2).CopyTo(mutant);
        seed.AsSpan(14, 4).CopyTo(mutant.AsSpan(14));
        return mutant;
    }

    private static byte[][] Seeds() =>
    [
        new BmpWriter { Width = 5, Height = 3 }.WriteRows((x, y) => (uint)(x * 0x10203 + y)),
        new BmpWriter { HeaderBytes = 12, Width = 9, Height = 3, Bits = 1, Palette = Palette(2) }.WriteRows((x, y) => (uint)(x ^ y) & 1),
        new BmpWriter { Width = 5, Height = 2, Bits = 4, Compression = 2, Palette = Palette(16) }
            .Write([5, 0x12, 0, 0, 0, 5, 0x34, 0x56, 0x70, 0, 0, 1]),
        new BmpWriter { Width = 6, Height = 3, Bits = 8, Compression = 1, ColoursUsed = 10, Palette = Palette(10) }
            .Write([3, 5, 0, 3, 1, 2, 3, 0, 0, 0, 0, 2, 2, 0, 1, 9, 0, 1]),
        new BmpWriter { HeaderBytes = 108, Width = 4, Height = -3, Bits = 32, Compression = 3, Masks = [0xFF0000, 0xFF00, 0xFF, 0xFF000000] }
            .WriteRows((x, y) => (uint)(x * 0x01020304 + y)),
        new BmpWriter { Width = 5, Height = 3, Bits = 16, Compression = 3, Masks = [0xF800, 0x07E0, 0x001F] }.WriteRows((x, y) => (uint)(x * 999 + y)),
    ];
}
