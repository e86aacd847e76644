using SRKernels.Models.Imaging;
using SRKernels.Models.Imaging.Jpeg;
using Xunit;

namespace SRKernels.Tests.Imaging;

/// <summary>Bad files one by one: each is refused with <see cref="ImageException"/> that names what is wrong.</summary>
public class JpegHostileTests
{
    private static readonly byte[] Soi = [0xFF, 0xD8], Eoi = [0xFF, 0xD9];
    private static readonly byte[] Dqt = Segment(0xDB, [0, .. Enumerable.Repeat((byte)1, 64)]);
    private static readonly byte[] Dht = Segment(0xC4, [0, .. StandardTables.DcLuma, 0x10, .. StandardTables.AcLuma]);

    // All codes are one bit: DC size 0, AC run 15 and size 1.
    private static readonly byte[] LongRunDht = Segment(0xC4, [0, 1, .. new byte[15], 0, 0x10, 1, .. new byte[15], 0xF1]);
    private static readonly byte[] Grey8x8 = Frame(0xC0, 8, 8, 1, 0x11, 0);
    private static readonly byte[] GreyScan = Segment(0xDA, [1, 1, 0, 0, 63, 0]);
    private static readonly byte[] FlatBlock = [0b00_1010_11]; // DC size 0, end of block

    [Fact]
    public void TheSmallestFile_IsRead() =>
        Assert.Equal(128, JpegTests.Decode([.. Soi, .. Dqt, .. Dht, .. Grey8x8, .. GreyScan, .. FlatBlock, .. Eoi]).Samples8[63]);

    [Fact]
    public void EveryTruncation_IsAnError()
    {
        var sequential = new JpegHandMade { Width = 40, Height = 20, Components = [(1, 2, 2), (2, 1, 1), (3, 1, 1)], RestartInterval = 2 };
        byte[][] files =
        [
            sequential.Write(), (sequential with { Scans = [[2], [0], [1]] }).Write(),
            JpegReference.File("progressive_420_40x24"), JpegReference.File("progressive_grey_19x21"), JpegReference.File("progressive_restarts_33x18"),
        ];
        byte[] arithmetic = (sequential with { FrameMarker = 0xCA }).Write();
        for (int length = 0; length < arithmetic.Length - 2; length++)
            Assert.Throws<ImageException>(() => JpegTests.Decode(arithmetic[..length]));
        foreach (byte[] file in files)
        {
            for (int length = 0; length < file.Length - 2; length++)
            {
                var e = Record.Exception(() => JpegTests.Decode(file[..length]));
                Assert.True(e is ImageException, $"{length} of {file.Length} bytes: expected ImageException, got {e?.ToString() ?? "a picture"}");
            }

            // All coefficients are there: the missing EOI changes nothing, and neither does what follows it.
            byte[] pixels = JpegTests.Decode(file).Samples8.ToArray();
            Assert.Equal(pixels, JpegTests.Decode(file[..^2]).Samples8.ToArray());
            Assert.Equal(pixels, JpegTests.Decode([.. file, .. file]).Samples8.ToArray());
        }
    }

    [Theory]
    [InlineData("0", 0xC0, 0x01, 0x11, 0x11)]
    [InlineData("sampling factors 1..4", 0xC0, 0x51, 0x11, 0x11)]
    [InlineData("whole numbers", 0xC0, 0x31, 0x21, 0x11)]
    [InlineData("lossless", 0xC3, 0x11, 0x11, 0x11)]
    [InlineData("hierarchical", 0xC5, 0x11, 0x11, 0x11)]
    [InlineData("lossless", 0xCB, 0x11, 0x11, 0x11)]
    [InlineData("at most 10 blocks", 0xC0, 0x44, 0x11, 0x11)]
    public void BadFrames_AreRefused(string reason, byte marker, byte luma, byte cb, byte cr)
    {
        byte[] frame = Frame(marker, 16, 16, 1, luma, 0, 2, cb, 0, 3, cr, 0);
        Refused(reason, Soi, Dqt, Dht, frame, Segment(0xDA, [3, 1, 0, 2, 0, 3, 0, 0, 63, 0]), new byte[400], Eoi);
    }

    [Fact]
    public void OddFrames_AreRefused()
    {
        byte[] rest = [.. GreyScan, .. FlatBlock, .. Eoi];
        Refused("1, 3 or 4 components, got 2", Soi, Frame(0xC0, 8, 8, 1, 0x11, 0, 2, 0x11, 0), rest);
        Refused("1, 3 or 4 components, got 0", Soi, Frame(0xC0, 8, 8), rest);
        Refused("slot 0..3", Soi, Frame(0xC0, 8, 8, 1, 0x11, 4), rest);
        Refused("frame header of 9 bytes", Soi, Segment(0xC0, [8, 0, 8, 0, 8, 1, 1, 0x11, 0, 0]), rest);
        Refused("8 bits per sample, got 12", Soi, Segment(0xC1, [12, 0, 8, 0, 8, 1, 1, 0x11, 0]), rest);
        Refused("DNL", Soi, Frame(0xC0, 8, 0, 1, 0x11, 0), rest);
        Refused("at least 1 x 1", Soi, Frame(0xC0, 0, 8, 1, 0x11, 0), rest);
        Refused("second frame", Soi, Grey8x8, Grey8x8, rest);
        Refused("an even length", Soi, Segment(0xCC, [0]), Grey8x8, rest);
        Refused("class 2", Soi, Segment(0xCC, [0x20, 0]), Grey8x8, rest);
        Refused("slot 4", Soi, Segment(0xCC, [4, 0]), Grey8x8, rest);
        Refused("lower bound", Soi, Segment(0xCC, [0, 0x12]), Grey8x8, rest);
        Refused("1..63, got 0", Soi, Segment(0xCC, [0x10, 0]), Grey8x8, rest);
        Refused("1..63, got 64", Soi, Segment(0xCC, [0x11, 64]), Grey8x8, rest);
        Refused("before the first scan", Soi, Dqt, Dht, rest);
        Refused("before a frame header", Soi, Eoi);
        Refused("second SOI", Soi, Soi, Grey8x8, rest);
        Refused("at least 2 bytes, got 1", Soi, [0xFF, 0xE0, 0, 1], Grey8x8, rest);
    }

    [Fact]
    public void BadTables_AreRefused()
    {
        byte[] rest = [.. Grey8x8, .. GreyScan, .. FlatBlock, .. Eoi];
        Refused("precision 2", Soi, Segment(0xDB, [0x20, .. new byte[64]]), rest);
        Refused("slot 4", Soi, Segment(0xDB, [4, .. new byte[64]]), rest);
        Refused("DQT", Soi, Segment(0xDB, [0, .. new byte[63]]), rest);
        Refused("quantisation table 0", Soi, Dht, rest);
        Refused("too many codes of 1 bits", Soi, Dqt, Segment(0xC4, [0, 2, .. new byte[15], 0, 1]), rest);
        Refused("too many codes of 2 bits", Soi, Dqt, Segment(0xC4, [0, 0, 255, .. new byte[14], .. new byte[255]]), rest);
        Refused("too many codes of 16 bits", Soi, Dqt, Segment(0xC4, [0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, .. new byte[17]]), rest);
        Refused("class 2", Soi, Dqt, Segment(0xC4, [0x20, .. new byte[16]]), rest);
        Refused("slot 4", Soi, Dqt, Segment(0xC4, [4, .. new byte[16]]), rest);
        Refused("at most 256 codes", Soi, Dqt, Segment(0xC4, [0, .. Enumerable.Repeat((byte)17, 16), .. new byte[272]]), rest);
        Refused("DHT", Soi, Dqt, Segment(0xC4, [0, 0, 3, .. new byte[14], 1, 2]), rest);
        Refused("at most 15", Soi, Dqt, Segment(0xC4, [0, 1, .. new byte[15], 16]), rest);
        Refused("a code of the Huffman table", Soi, Dqt, Segment(0xC4, [0, .. new byte[16], 0x10, .. new byte[16]]), rest);
        Refused("DRI segment of 2 bytes", Soi, Segment(0xDD, [0, 0, 0]), rest);
        Refused("table DC 3", Soi, Dqt, Dht, Grey8x8, Segment(0xDA, [1, 1, 0x30, 0, 63, 0]), FlatBlock, Eoi);
        Refused("table AC 2", Soi, Dqt, Dht, Grey8x8, Segment(0xDA, [1, 1, 0x02, 0, 63, 0]), FlatBlock, Eoi);
    }

    [Fact]
    public void BadScans_AreRefused()
    {
        byte[] head = [.. Soi, .. Dqt, .. Dht], colour = Frame(0xC0, 8, 8, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0);
        byte[] rest = [0, 0, 0, 0, 0, 0, 0, 0, .. Eoi];
        Refused("component 9", head, Grey8x8, Segment(0xDA, [1, 9, 0, 0, 63, 0]), rest);
        Refused("1 twice", head, colour, Segment(0xDA, [2, 1, 0, 1, 0, 0, 63, 0]), rest);
        Refused("1 to 4 components, got 0", head, Grey8x8, Segment(0xDA, [0, 0, 63, 0]), rest);
        Refused("1 to 4 components, got 5", head, Grey8x8, Segment(0xDA, [5, .. new byte[13]]), rest);
        Refused("header of 6 bytes", head, Grey8x8, Segment(0xDA, [1, 1, 0, 0, 63]), rest);
        Refused("selectors", head, Grey8x8, Segment(0xDA, [1, 1, 0x40, 0, 63, 0]), rest);
        Refused("component 1 in two", head, colour, GreyScan, FlatBlock, GreyScan, FlatBlock, Eoi);
        Refused("none for component 2", head, colour, GreyScan, FlatBlock, Eoi);
        Refused("a run beyond the last", Soi, Dqt, LongRunDht, Grey8x8, GreyScan, new byte[32], Eoi);
        Refused("more data in a scan", head, Frame(0xC0, 64, 8, 1, 0x11, 0), GreyScan, FlatBlock, Eoi, new byte[32]);
    }

    [Fact]
    public void BadRestarts_AreRefused()
    {
        byte[] head = [.. Soi, .. Dqt, .. Dht, .. Frame(0xC0, 16, 8, 1, 0x11, 0), .. Segment(0xDD, [0, 1]), .. GreyScan];
        Assert.Equal(16, JpegTests.Decode([.. head, .. FlatBlock, 0xFF, 0xD0, .. FlatBlock, .. Eoi]).Width);
        Assert.Equal(16, JpegTests.Decode([.. head, .. FlatBlock, 1, 2, 3, 0xFF, 0xFF, 0xD0, .. FlatBlock, .. Eoi]).Width);
        Refused("RST0, got marker 0xFFD1", head, FlatBlock, [0xFF, 0xD1], FlatBlock, Eoi);
        Refused("RST0, got marker 0xFFD9", head, FlatBlock, Eoi);
        Refused("restart markers", head, FlatBlock, FlatBlock, new byte[16]);
    }

    [Theory]
    [InlineData(0, 5, 0x00)] // DC and AC in one
    [InlineData(6, 5, 0x00)]
    [InlineData(1, 64, 0x00)]
    [InlineData(1, 5, 0x0E)] // no coefficient has so many bits
    [InlineData(1, 5, 0x31)] // refines two bits at once
    [InlineData(1, 5, 0x11)]
    public void BadProgression_IsRefused(byte start, byte end, byte bits) =>
        Refused("table G.1", Soi, Dqt, Dht, Frame(0xC2, 8, 8, 1, 0x11, 0), Segment(0xDA, [1, 1, 0, start, end, bits]), FlatBlock, Eoi);

    [Fact]
    public void ProgressiveWithoutTables_IsRefused() =>
        Refused("table DC 0", Soi, Dqt, Frame(0xC2, 8, 8, 1, 0x11, 0), Segment(0xDA, [1, 1, 0, 0, 0, 0]), FlatBlock, Eoi);

    [Fact]
    public void RefiningByMoreThanOne_IsRefused() =>
        Refused("magnitude one", Soi, Dqt, Dht, Frame(0xC2, 8, 8, 1, 0x11, 0), Segment(0xDA, [1, 1, 0, 1, 63, 0x10]), [0b0100_0000, 0], Eoi);

    [Fact]
    public void ScanBombs_AreStopped()
    {
        byte[] head = [.. Soi, .. Dqt, .. Dht, .. Frame(0xC2, 8, 8, 1, 0x11, 0)], scan = [.. Segment(0xDA, [1, 1, 0, 0, 0, 0]), 0x3F];
        Refused("at most 100 scans", [head, .. Enumerable.Repeat(scan, 101), Eoi]);
        byte[] large = [.. Soi, .. Dqt, .. Dht, .. Frame(0xC2, 512, 512, 1, 0x11, 0)];
        byte[] flat = [.. Segment(0xDA, [1, 1, 0, 0, 0, 0]), .. new byte[1024]];
        Refused("40 times", [large, .. Enumerable.Repeat(flat, 60), Eoi]);
    }

    [Fact]
    public void HugeSizes_CostNothing()
    {
        byte[] small = [.. Soi, .. Dqt, .. Dht, .. Frame(0xC0, 60_000, 4_000, 1, 0x11, 0), .. GreyScan, .. FlatBlock, .. Eoi];
        byte[] progressive = [.. Soi, .. Dqt, .. Dht, .. Frame(0xC2, 16_000, 16_000, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0), .. GreyScan, .. FlatBlock, .. Eoi];
        foreach (byte[] file in new[] { small, progressive })
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Refused("more data in a file of", file);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        }

        Refused("at most 268435456 pixels", Soi, Frame(0xC0, 65_535, 65_535, 1, 0x11, 0), GreyScan, Eoi);
        var e = Assert.Throws<ImageException>(() => new JpegCodec().Decode(new MemoryStream(small), new ImageLimits { MaxWidth = 1000 }, "wide.jpg"));
        Assert.Contains("at most 1000 x", e.Message, StringComparison.Ordinal);
        Assert.StartsWith("wide.jpg: JPEG header", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnEndlessStream_IsReadOnlyAsFarAsItsSizeAllows()
    {
        var endless = new EndlessStream([.. Soi, .. Dqt, .. Dht, .. Grey8x8, .. GreyScan, .. FlatBlock, .. Eoi]);
        Assert.Equal(8, new JpegCodec().Decode(endless, ImageLimits.Default, "endless").Width);
        Assert.InRange(endless.Given, 0, 4 << 20);
        var headless = new EndlessStream([.. Soi]);
        Assert.Throws<ImageException>(() => new JpegCodec().Decode(headless, ImageLimits.Default, "endless"));
        Assert.InRange(headless.Given, 0, 64 << 20);
    }

    [Fact]
    public void BrokenMetadata_IsDroppedWithAReason()
    {
        byte[] rest = [.. Dqt, .. Dht, .. Grey8x8, .. GreyScan, .. FlatBlock, .. Eoi];
        byte[] Icc(byte number, byte count) => Segment(0xE2, [.. "ICC_PROFILE\0"u8, number, count, 1, 2, 3]);
        foreach (byte[] segments in new byte[][] { Icc(1, 2), Icc(0, 1), Icc(2, 1), Icc(0, 0), [.. Icc(1, 1), .. Icc(1, 1)], [.. Icc(1, 2), .. Icc(2, 3)] })
        {
            var metadata = JpegTests.Decode([.. Soi, .. segments, .. rest]).Metadata;
            Assert.Null(metadata.IccProfile);
            Assert.Contains("not whole", Assert.Single(metadata.Dropped), StringComparison.Ordinal);
        }

        var strange = JpegTests.Decode([.. Soi, .. Icc(1, 1), .. Segment(0xE1, [.. "Exif\0\0"u8, 1, 2]), .. Segment(0xE0, "JFI"u8), .. rest]).Metadata;
        Assert.Equal(["EXIF: not a TIFF block", "the ICC profile is not for Grey pixels"], strange.Dropped);
        Assert.Null(strange.Exif);
        Assert.Equal(1, strange.Orientation);
    }

    private static void Refused(string reason, params byte[][] parts)
    {
        byte[] file = [.. parts.SelectMany(p => p)];
        var e = Assert.Throws<ImageException>(() => JpegTests.Decode(file));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
    }

    private static byte[] Frame(byte marker, int width, int height, params byte[] components) =>
        Segment(marker, [8, (byte)(height >> 8), (byte)height, (byte)(width >> 8), (byte)width, (byte)(components.Length / 3), .. components]);

    private static byte[] Segment(byte marker, ReadOnlySpan<byte> payload) =>
        [0xFF, marker, (byte)((payload.Length + 2) >> 8), (byte)(payload.Length + 2), .. payload];

    private sealed class EndlessStream(byte[] head) : MemoryStream
    {
        public long Given { get; private set; }

        public override bool CanSeek => false;

        public override int Read(Span<byte> buffer)
        {
            buffer.Clear();
            if (Given == 0) head.CopyTo(buffer);
            Given += buffer.Length;
            return buffer.Length;
        }
    }
}
