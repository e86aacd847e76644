using System.Buffers.Binary;
using System.Text;
using SRKernels.Models.Imaging;
using SRKernels.Tests.Fuzz;
using Xunit;

namespace SRKernels.Tests.Imaging.Png;

/// <summary>Mutants of PNG files, chunk by chunk, with CRC and Adler-32 made right again in most.</summary>
public class PngFuzzTests(ITestOutputHelper output)
{
    private static readonly ImageLimits Limits = new() { MaxWidth = 4096, MaxHeight = 4096, MaxPixels = 1 << 20, MaxMetadataBytes = 1 << 16 };

    // What decoding takes beside the pixels: buffers, the framework's inflater, metadata three times over, an exception.
    private const long ConstantBytes = 1 << 20;

    [Fact]
    public void MutantsAreRefusedOrDecoded()
    {
        var report = MutationFuzz.Run(new FuzzTarget
        {
            Name = "PNG",
            Seeds = Seeds(),
            Load = bytes => ImageCodecs.Decode(bytes, Limits, "mutant"),
            AllowedBytes = AllowedBytes,
            Mutate = Mutate,
            StageOf = e => Stage(e.Who["mutant".Length..].TrimStart(':', ' '), e.Expected),
        });
        output.WriteLine(report.ToString());
        // If checksums stopped nearly all, the fuzzing would show nothing.
        Assert.True(report.Share("accepted") > 0.05, report.ToString());
        Assert.True(report.Share("6 IDAT: filters, indices, number of pixels") > 0.1, report.ToString());
    }

    // In the order in which a file meets them.
    private static string Stage(string part, string expected) => part switch
    {
        "" => "1 magic",
        "PNG IHDR" => "2 IHDR",
        "PNG PLTE" or "PNG tRNS" => "3 PLTE and tRNS",
        "PNG IDAT" when expected.StartsWith("compressed data", StringComparison.Ordinal) => "5 IDAT: inflating or Adler-32",
        "PNG IDAT" when expected.StartsWith("CRC", StringComparison.Ordinal) => "4 IDAT: chunks",
        "PNG IDAT" when expected.Contains("IDAT", StringComparison.Ordinal) || expected.StartsWith("more", StringComparison.Ordinal) => "4 IDAT: chunks",
        "PNG IDAT" => "6 IDAT: filters, indices, number of pixels",
        "PNG IEND" => "7 IEND",
        _ => "3 other chunks",
    };

    private static byte[][] Seeds()
    {
        byte[] palette = PngWriter.Chunk("PLTE", Enumerable.Range(0, 12).Select(i => (byte)(i * 20)).ToArray());
        static int Raw(int x, int y, int c) => x * 3 + y * 5 + c;
        return
        [
            PngWriter.Make(9, 7, 8, 2, false, Raw),
            PngWriter.Make(9, 7, 8, 2, true, Raw, PngWriter.Chunk("tRNS", 0, 1, 0, 2, 0, 3)),
            PngWriter.Make(13, 5, 2, 3, false, (x, y, c) => (x + y) & 3, palette, PngWriter.Chunk("tRNS", 1, 2, 3)),
            PngWriter.Make(17, 9, 1, 0, true, (x, y, c) => (x ^ y) & 1, PngWriter.Chunk("tRNS", 0, 1)),
            PngWriter.Make(5, 6, 16, 6, true, (x, y, c) => Raw(x, y, c) * 700),
            PngWriter.Make(6, 5, 16, 4, false, (x, y, c) => Raw(x, y, c) * 700,
                PngWriter.Chunk("iCCP", [.. "p\0\0"u8, .. PngWriter.Zlib(TestMetadata.Profile("GRAY"))]),
                PngWriter.Chunk("eXIf", TestMetadata.Exif(5, thumbnail: [1, 2, 3]))),
            PngWriter.Make(8, 8, 4, 0, false, (x, y, c) => (x + y) & 15, PngWriter.Chunk("gAMA", 0, 0, 1, 1)),
            PngWriter.Make(3, 3, 8, 0, false, Raw, PngWriter.Chunk("pHYs", 0, 0, 1, 1, 0, 0, 2, 1, 1), PngWriter.Chunk("cICP", 9, 16, 0, 1),
                PngWriter.Chunk("tEXt", [.. "Comment\0plain"u8]), PngWriter.Chunk("zTXt", [.. "Title\0\0"u8, .. PngWriter.Zlib([.. "packed"u8])]),
                PngWriter.Chunk("iTXt", [.. "Author\0\u0001\0de\0Autor\0"u8, .. PngWriter.Zlib([.. "J\u00f6rg"u8])]),
                PngWriter.Chunk("iTXt", [.. "XML:com.adobe.xmp\0\0\0\0\0<x tiff:Orientation='6'/>"u8])),
        ];
    }

    // The declared pixels at the most they can become (RGBA of 16 bits; a narrow copy of an interlaced row; rows) plus a constant.
    private static long AllowedBytes(byte[] mutant)
    {
        if (mutant.Length < 24)
            return ConstantBytes;
        long width = BinaryPrimitives.ReadUInt32BigEndian(mutant.AsSpan(16)), height = BinaryPrimitives.ReadUInt32BigEndian(mutant.AsSpan(20));
        bool refused = width > Limits.MaxWidth || height > Limits.MaxHeight || width * height > Limits.MaxPixels;
        return ConstantBytes + (refused ? 0 : width * height * 8 + width * 32);
    }

    private static byte[] Mutate(FuzzRandom random, byte[] seed)
    {
        var chunks = Parse(seed);
        int changes = 1 + random.Below(2);
        for (int i = 0; i < changes; i++)
            Change(random, chunks);
        byte[] file = PngWriter.Join([PngWriter.Signature, .. chunks.Select(c => PngWriter.Chunk(c.Type, c.Data))]);
        // A few keep a wrong checksum.
        if (random.OneIn(16))
            file[random.Below(file.Length)] ^= (byte)(1 + random.Below(255));
        return file;
    }

    private static void Change(FuzzRandom random, List<(string Type, byte[] Data)> chunks)
    {
        int at = random.Below(chunks.Count);
        var (type, data) = chunks[at];
        switch (random.Below(12))
        {
            case 0:
                chunks.RemoveAt(at);
                break;
            case 1:
                chunks.Insert(random.Below(chunks.Count), chunks[at]);
                break;
            case 2:
                (chunks[at], chunks[0]) = (chunks[0], chunks[at]);
                break;
            case 3:
                chunks[at] = (random.Pick(["IHDR", "PLTE", "tRNS", "IDAT", "IEND", "iCCP", "eXIf", "zTXt", "abCd", "ABCD"]), data);
                break;
            case 4 or 5:
                ChangeHeader(random, chunks);
                break;
            case 6 or 7 or 8 or 9:
                ChangePixels(random, chunks);
                break;
            default:
                chunks[at] = (type, ByteMutations.Mutate(random, data, [data]));
                break;
        }
    }

    // Small numbers mostly, so that more than the size check is reached.
    private static void ChangeHeader(FuzzRandom random, List<(string Type, byte[] Data)> chunks)
    {
        int at = chunks.FindIndex(c => c.Type == "IHDR" && c.Data.Length == 13);
        if (at < 0)
            return;
        byte[] data = (byte[])chunks[at].Data.Clone();
        switch (random.Below(4))
        {
            case 0:
                BinaryPrimitives.WriteUInt32BigEndian(data, random.OneIn(4) ? ByteMutations.EdgeNumber(random) : (uint)random.Below(40));
                break;
            case 1:
                BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(4), random.OneIn(4) ? ByteMutations.EdgeNumber(random) : (uint)random.Below(40));
                break;
            case 2:
                data[8] = random.Pick<byte>([1, 2, 4, 8, 16, 3]);
                data[9] = random.Pick<byte>([0, 2, 3, 4, 6, 1]);
                break;
            default:
                data[12] ^= 1;
                break;
        }

        chunks[at] = ("IHDR", data);
    }

    // Inside the compression, or the compressed bytes themselves with their checksum as it was.
    private static void ChangePixels(FuzzRandom random, List<(string Type, byte[] Data)> chunks)
    {
        int at = chunks.FindIndex(c => c.Type == "IDAT" && c.Data.Length > 11);
        if (at < 0)
            return;
        byte[] data = chunks[at].Data;
        if (random.OneIn(4))
        {
            int cut = random.Below(data.Length);
            chunks[at] = ("IDAT", data[..cut]);
            chunks.Insert(at + 1, ("IDAT", data[cut..]));
        }
        else
        {
            bool inside = !random.OneIn(4);
            byte[] raw = inside ? data[7..^4] : data;
            byte[] changed = ByteMutations.Mutate(random, raw, [raw]);
            chunks[at] = ("IDAT", inside ? PngWriter.Zlib(changed) : changed);
        }
    }

    private static List<(string Type, byte[] Data)> Parse(byte[] file)
    {
        var chunks = new List<(string, byte[])>();
        for (int at = 8; at < file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            chunks.Add((Encoding.ASCII.GetString(file, at + 4, 4), file[(at + 8)..(at + 8 + length)]));
            at += 12 + length;
        }

        return chunks;
    }
}
