using System.IO.Compression;
using SRKernels.Models.Imaging;
using Xunit;
using static SRKernels.Tests.Imaging.ImageAssert;
using static SRKernels.Tests.Imaging.Png.PngWriter;

namespace SRKernels.Tests.Imaging.Png;

/// <summary>Files that are damaged or made to do harm. Each is refused by the part that must see it, or is harmless.</summary>
public class PngHostileTests
{
    private static readonly byte[] Iend = Chunk("IEND");
    private static readonly byte[] Palette = Chunk("PLTE", 1, 2, 3, 4, 5, 6);

    private static byte[] Idat(int width, int height, int depth, int colour, bool interlaced = false) =>
        Chunk("IDAT", Zlib(Filtered(width, height, depth, colour, interlaced, (x, y, c) => 0)));

    private static byte[] File(params byte[][] chunks) => Join([Signature, .. chunks]);

    [Fact]
    public void TruncatedAtEveryByte()
    {
        byte[] file = Make(5, 4, 8, 3, true, (x, y, c) => x & 1, Palette, Chunk("tRNS", 9), Chunk("gAMA", 0, 0, 0, 1));
        for (int length = 0; length < file.Length; length++)
        {
            byte[] cut = file[..length];
            Assert.Throws<ImageException>(() => ImageCodecs.Decode(cut));
            Assert.Throws<ImageException>(() => ImageCodecs.Decode(new TestMetadata.Pipe(cut)));
        }
    }

    [Fact]
    public void EveryFlippedBitIsSeenByACheck()
    {
        byte[] file = Make(5, 4, 8, 2, false, (x, y, c) => x + y, Chunk("gAMA", 0, 0, 0, 1));
        for (int bit = 0; bit < file.Length * 8; bit++)
        {
            byte[] damaged = (byte[])file.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            // gAMA's letters, data and checksum: an ancillary chunk, whose damage the picture survives, unless it becomes a critical one.
            const int letters = 8 + 25 + 4;
            bool isAncillary = bit / 8 is >= letters and < letters + 12;
            var e = Record.Exception(() => Assert.NotEmpty(ImageCodecs.Decode(damaged).Metadata.Dropped));
            Assert.True(e is ImageException || (isAncillary && e is null), $"bit {bit}: {e?.ToString() ?? "accepted"}");
        }
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, 0)]
    [InlineData(0x80000000, 1)]
    [InlineData(0xFFFFFFFF, 0xFFFFFFFF)]
    [InlineData(0x7FFFFFFF, 0x7FFFFFFF)]
    [InlineData(131073, 1)]
    [InlineData(1, 131073)]
    [InlineData(131072, 131072)]
    [InlineData(65536, 65536)]
    public void SizesOutOfLimits(long width, long height) =>
        Refused(File(Ihdr(width, height, 8, 2), Idat(1, 1, 8, 2), Iend), "IHDR", "pixels");

    [Fact]
    public void AnotherLimitMayBeSet()
    {
        byte[] file = Make(20, 10, 8, 0, false, (x, y, c) => 0);
        Refused(file, "IHDR", "at most 199 pixels", new ImageLimits { MaxPixels = 199 });
        Refused(file, "IHDR", "at most 19 x", new ImageLimits { MaxWidth = 19 });
        Assert.Equal(20, ImageCodecs.Decode(file, new ImageLimits { MaxWidth = 20, MaxHeight = 10, MaxPixels = 200 }).Width);
    }

    [Fact]
    public void AFewBytesCannotClaimAHugePictureBeforeMemoryIsTaken()
    {
        byte[] file = File(Ihdr(16384, 16384, 16, 6), Idat(1, 1, 16, 6), Iend);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(file, "IDAT", "end of the file");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void AnHonestFlatPictureThatInflatesAThousandTimesIsAccepted()
    {
        byte[] raw = new byte[2048 * (1 + 2048 * 3)];
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            zlib.Write(raw);
        byte[] file = File(Ihdr(2048, 2048, 8, 2), Chunk("IDAT", packed.ToArray()), Iend);
        Assert.True(raw.Length / file.Length > 900, $"only {raw.Length / file.Length} times");
        Assert.Equal(2048, ImageCodecs.Decode(file).Height);
    }

    [Fact]
    public void AZlibBombBehindSmallDeclaredPixelsIsCutOff()
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            for (int i = 0; i < 64; i++)
                zlib.Write(new byte[1 << 20]);
        byte[] file = File(Ihdr(4, 4, 8, 2), Chunk("IDAT", packed.ToArray()), Iend);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(file, "IDAT", "more");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(0, 32)]
    [InlineData(2, 4)]
    [InlineData(3, 16)]
    [InlineData(4, 4)]
    [InlineData(6, 1)]
    [InlineData(0, 0)]
    public void DepthsThatTheColourTypeDoesNotHave(int colour, int depth) =>
        Refused(File(Ihdr(1, 1, depth, colour), Idat(1, 1, 8, colour), Iend), "IHDR", "bit depth");

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(255)]
    public void ColourTypesThatDoNotExist(int colour) =>
        Refused(File(Ihdr(1, 1, 8, colour), Idat(1, 1, 8, 0), Iend), "IHDR", "colour type");

    [Theory]
    [InlineData(10, "compression")]
    [InlineData(11, "filter")]
    [InlineData(12, "interlace")]
    public void MethodsThatDoNotExist(int at, string noun)
    {
        byte[] data = [0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0];
        data[at] = 2;
        Refused(File(Chunk("IHDR", data), Idat(1, 1, 8, 0), Iend), "IHDR", noun);
    }

    [Fact]
    public void HeaderOfAnotherLength()
    {
        Refused(File(Chunk("IHDR", new byte[12]), Iend), "IHDR", "13 bytes");
        Refused(File(Chunk("IHDR", new byte[14]), Iend), "IHDR", "13 bytes");
    }

    [Fact]
    public void ChunksOutOfOrder()
    {
        byte[] header = Ihdr(2, 2, 8, 3), pixels = Idat(2, 2, 8, 3), trns = Chunk("tRNS", 1);
        Refused(File(Palette, header, pixels, Iend), "PLTE", "IHDR as the first chunk");
        Refused(File(header, header, Palette, pixels, Iend), "IHDR", "second");
        Refused(File(header, pixels, Iend), "IDAT", "no PLTE");
        Refused(File(header, Palette, Palette, pixels, Iend), "PLTE", "second");
        Refused(File(header, Palette, pixels, Palette, Iend), "PLTE", "second");
        Refused(File(Ihdr(2, 2, 8, 2), Idat(2, 2, 8, 2), Palette, Iend), "PLTE", "late");
        Refused(File(header, trns, Palette, pixels, Iend), "tRNS", "no PLTE");
        Refused(File(header, Palette, trns, trns, pixels, Iend), "tRNS", "second");
        Refused(File(header, Palette, pixels, trns, Iend), "tRNS", "late");
        Refused(File(header, Palette, pixels, Chunk("tIME", new byte[7]), pixels, Iend), "IDAT", "in a row");
        Refused(File(header, Palette, Iend), "IEND", "none");
        Refused(File(header, Palette, pixels), "IDAT", "end of the file");
        Refused(File(header, Palette, pixels, Chunk("IEND", 1)), "IEND", "0 bytes");
    }

    [Fact]
    public void PalettesThatDoNotFit()
    {
        Refused(File(Ihdr(1, 1, 1, 3), Chunk("PLTE", new byte[9]), Idat(1, 1, 1, 3), Iend), "PLTE", "3 to 6 bytes");
        Refused(File(Ihdr(1, 1, 8, 3), Chunk("PLTE", new byte[771]), Idat(1, 1, 8, 3), Iend), "PLTE", "3 to 768 bytes");
        Refused(File(Ihdr(1, 1, 8, 3), Chunk("PLTE", new byte[4]), Idat(1, 1, 8, 3), Iend), "PLTE", "multiple of 3");
        Refused(File(Ihdr(1, 1, 8, 3), Chunk("PLTE"), Idat(1, 1, 8, 3), Iend), "PLTE", "3 to 768 bytes");
        Refused(File(Ihdr(1, 1, 8, 0), Palette, Idat(1, 1, 8, 0), Iend), "PLTE", "grey");
        Refused(File(Ihdr(1, 1, 8, 3), Palette, Chunk("tRNS", new byte[3]), Idat(1, 1, 8, 3), Iend), "tRNS", "0 to 2 bytes");
        Refused(File(Ihdr(1, 1, 8, 0), Chunk("tRNS", 1), Idat(1, 1, 8, 0), Iend), "tRNS", "2 bytes");
        Refused(File(Ihdr(1, 1, 8, 2), Chunk("tRNS", 1, 2), Idat(1, 1, 8, 2), Iend), "tRNS", "6 bytes");
        Refused(File(Ihdr(1, 1, 8, 6), Chunk("tRNS", 1, 2), Idat(1, 1, 8, 6), Iend), "tRNS", "alpha");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void PaletteIndexOutOfRange(bool interlaced) =>
        Refused(Make(9, 9, 8, 3, interlaced, (x, y, c) => x == 8 && y == 8 ? 2 : 1, Palette), "IDAT", "palette indices below 2");

    [Theory]
    [InlineData(0x80000000)]
    [InlineData(0xFFFFFFFF)]
    public void ChunkLengthsBeyondTheFormat(uint length)
    {
        byte[] chunk = Chunk("teSt", 1, 2, 3);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(chunk, length);
        Refused(File(Ihdr(1, 1, 8, 0), chunk, Idat(1, 1, 8, 0), Iend), "teSt", "2^31");
    }

    [Theory]
    [InlineData("teSt")]
    [InlineData("iCCP")]
    [InlineData("eXIf")]
    [InlineData("zTXt")]
    [InlineData("IDAT")]
    public void ChunkLengthsBeyondTheFileTakeNoMemory(string type)
    {
        byte[] chunk = Chunk(type, 1, 2, 3);
        // Below the limit for metadata, so that it is the reading that ends, not the limit.
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(chunk, type is "IDAT" ? 0x7FFFFFFFu : 8u << 20);
        byte[] file = File(Ihdr(1, 1, 8, 0), chunk, Idat(1, 1, 8, 0), Iend);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<ImageException>(() => ImageCodecs.Decode(file));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void CriticalChunksThatAreUnknown()
    {
        Refused(File(Ihdr(1, 1, 8, 0), Chunk("CgBI", 1), Idat(1, 1, 8, 0), Iend), "CgBI", "critical");
        Refused(File(Ihdr(1, 1, 8, 0), Chunk("a1cd", 1), Idat(1, 1, 8, 0), Iend), "after IHDR", "four letters");
    }

    [Fact]
    public void PixelsMissingOrTooMany()
    {
        byte[] raw = Filtered(4, 4, 8, 2, false, (x, y, c) => x);
        Refused(File(Ihdr(4, 4, 8, 2), Chunk("IDAT", Zlib(raw[..^1])), Iend), "IDAT", "fewer");
        Refused(File(Ihdr(4, 4, 8, 2), Chunk("IDAT", Zlib([.. raw, 0])), Iend), "IDAT", "more");
        Refused(File(Ihdr(4, 4, 8, 2), Chunk("IDAT"), Iend), "IDAT", "compressed data");
    }

    [Fact]
    public void FilterBytesThatDoNotExist()
    {
        byte[] raw = Filtered(4, 4, 8, 0, false, (x, y, c) => x);
        raw[5] = 5;
        Refused(File(Ihdr(4, 4, 8, 0), Chunk("IDAT", Zlib(raw)), Iend), "IDAT", "filter 0 to 4");
    }

    [Fact]
    public void AdlerWrongOrCutOff_ThoughEveryCrcIsRight()
    {
        byte[] data = Zlib(Filtered(4, 4, 8, 2, false, (x, y, c) => x));
        for (int i = 1; i <= 4; i++)
        {
            byte[] wrong = (byte[])data.Clone();
            wrong[^i] ^= 1;
            Refused(File(Ihdr(4, 4, 8, 2), Chunk("IDAT", wrong), Iend), "IDAT", "checksum");
        }

        // Every length that lacks something, whatever the missing part was.
        for (int length = 0; length < data.Length; length++)
            Assert.Throws<ImageException>(() =>
                ImageCodecs.Decode(File(Ihdr(4, 4, 8, 2), Chunk("IDAT", data[..length]), Iend)));
    }

    [Fact]
    public void APresetDictionaryIsRefused()
    {
        byte[] data = Zlib(Filtered(4, 4, 8, 2, false, (x, y, c) => x));
        // FDICT, and the header's own check made right again: (256 * CMF + FLG) % 31 = 0.
        data[1] = 0x20;
        data[1] += (byte)(31 - (256 * data[0] + data[1]) % 31);
        Refused(File(Ihdr(4, 4, 8, 2), Chunk("IDAT", data), Iend), "IDAT", "compressed data");
    }

    [Fact]
    public void BytesBehindTheCompressedDataAreIgnored()
    {
        byte[] data = Zlib(Filtered(4, 4, 8, 2, false, (x, y, c) => x + c));
        byte[] file = File(Ihdr(4, 4, 8, 2), Chunk("IDAT", [.. data, 9, 9]), Chunk("IDAT", new byte[5000]), Iend);
        Samples(ImageCodecs.Decode(file), (x, y, c) => x + c);
    }

    [Fact]
    public void TextsAndProfilesAreInflatedOnlyToTheLimit()
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            for (int i = 0; i < 32; i++)
                zlib.Write(new byte[1 << 20]);
        byte[] bomb = packed.ToArray();
        byte[] file = Make(2, 2, 8, 2, false, (x, y, c) => 1, Chunk("zTXt", [.. "a\0\0"u8, .. bomb]),
            Chunk("iTXt", [.. "a\0\u0001\0\0\0"u8, .. bomb]), Chunk("iCCP", [.. "a\0\0"u8, .. bomb]));
        var limits = new ImageLimits { MaxMetadataBytes = 1 << 20 };
        long before = GC.GetAllocatedBytesForCurrentThread();
        var image = ImageCodecs.Decode(file, limits);
        // Of 96 MB: three parts that grow to the limit, and each one's compressed bytes twice.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
        Assert.Null(image.Metadata.IccProfile);
        Assert.Empty(image.Metadata.Texts);
        Assert.Equal(3, image.Metadata.Dropped.Count);
        Assert.All(image.Metadata.Dropped, reason => Assert.Contains("MaxMetadataBytes", reason, StringComparison.Ordinal));
    }

    [Fact]
    public void DamagedMetadataIsDroppedAndThePictureKept()
    {
        byte[] file = Make(2, 2, 8, 2, false, (x, y, c) => 1, Chunk("iCCP", [.. "a\0\0"u8, 1, 2, 3]), Chunk("eXIf", 1, 2, 3));
        var metadata = ImageCodecs.Decode(file).Metadata;
        Assert.Equal(2, metadata.Dropped.Count);
        Assert.Equal(1, metadata.Orientation);
    }

    [Fact]
    public void NotAPngAtAll()
    {
        Refused([], "hostile", "an empty file");
        Refused(Signature[..7], "hostile", "the first 7 bytes");
        Refused([.. "GIF89a"u8, 0, 0, 0], "hostile", "GIF data");
    }
}
