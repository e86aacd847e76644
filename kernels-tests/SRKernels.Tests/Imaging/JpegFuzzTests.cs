using SRKernels.Models.Imaging;
using SRKernels.Models.Imaging.Jpeg;
using SRKernels.Tests.Fuzz;
using Xunit;

namespace SRKernels.Tests.Imaging;

/// <summary>Mutants of baseline and progressive files: refused or read, never worse, and most come as far as a scan.</summary>
public class JpegFuzzTests(ITestOutputHelper output)
{
    // Of arithmetic files a few bytes may claim any size: the time limit is for a picture of this one.
    private static readonly ImageLimits Limits = new() { MaxPixels = 1 << 20 };

    [Fact]
    public void Mutants_AreReadOrRefused()
    {
        var report = Fuzz(Limits);
        // A fuzzer whose mutants all die at the door shows nothing.
        Assert.True(report.Share("accepted") > 0.1, report.ToString());
        Assert.True(report.Share("test.jpg: JPEG first scan") + report.Share("test.jpg: JPEG later scans") > 0.2, report.ToString());
    }

    // What is damaged behind a scan's header is shown: only headers and tables refuse.
    [Fact]
    public void Mutants_AreSalvagedOrRefused()
    {
        var report = Fuzz(Limits with { Salvage = true });
        Assert.True(report.Share("accepted") > 0.4, report.ToString());
    }

    private FuzzReport Fuzz(ImageLimits limits)
    {
        var report = MutationFuzz.Run(new FuzzTarget
        {
            Name = "JPEG",
            Seeds = Seeds(),
            Load = file => new JpegCodec().Decode(new MemoryStream(file), limits, "test.jpg"),
            AllowedBytes = AllowedBytes,
            Mutate = Mutate,
        });
        output.WriteLine(report.ToString());
        return report;
    }

    private static byte[][] Seeds()
    {
        var colour = new JpegHandMade { Width = 40, Height = 24, Components = [(1, 2, 2), (2, 1, 1), (3, 1, 1)], Jfif = true };
        return
        [
            colour.Write(),
            (colour with { Components = [(1, 2, 1), (2, 1, 1), (3, 1, 1)], RestartInterval = 2, WideQuant = true }).Write(),
            (colour with { Scans = [[0], [2, 1]], FrameMarker = 0xC1, FillBytes = 1 }).Write(),
            (colour with { Components = [(1, 1, 1), (2, 1, 1), (3, 1, 1), (4, 1, 1)], AdobeTransform = 2, Width = 17 }).Write(),
            (colour with { Components = [(1, 1, 1)], RestartInterval = 1, LeaveHuffmanTablesOut = true }).Write(),
            (colour with { FrameMarker = 0xC9, RestartInterval = 2, Conditioning = (1, 4, 9) }).Write(),
            (colour with { FrameMarker = 0xCA, Width = 24, QuantStep = 9, Block = JpegTests.FewCoefficients }).Write(),
            WithMetadata(),
            JpegReference.File("progressive_420_40x24"),
            JpegReference.File("progressive_grey_19x21"),
            JpegReference.File("progressive_cmyk_25x17"),
            JpegReference.File("progressive_restarts_33x18"),
        ];
    }

    private static byte[] WithMetadata()
    {
        byte[] profile = new byte[300];
        profile[3] = 128;
        "RGB "u8.CopyTo(profile.AsSpan(16));
        "acsp"u8.CopyTo(profile.AsSpan(36));
        var image = JpegTests.Picture(30, 20, PixelLayout.Rgb);
        image.Metadata = new ImageMetadata { IccProfile = profile, Exif = [.. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0] };
        return JpegTests.Encode(image, new ImageWriteOptions { JpegQuality = 80, JpegFullChroma = false });
    }

    // Changes within one part so that the parts around it stay whole: header fields to edge values, table bytes, bits of entropy-coded data, whole
    // segments doubled, dropped or swapped.
    private static byte[] Mutate(FuzzRandom random, byte[] seed)
    {
        var parts = Split(seed);
        for (int changes = 1 + random.Below(2); changes > 0; changes--)
        {
            int at = 1 + random.Below(parts.Count - 1);
            byte[] part = (byte[])parts[at].Clone();
            bool scan = part[1] == JpegMarker.Sos || part[1] is >= JpegMarker.Rst0 and <= JpegMarker.Rst7;
            int header = scan && part[1] == JpegMarker.Sos ? 2 + ((part[2] << 8) | part[3]) : 2;
            switch (random.Below(scan ? 4 : 8))
            {
                case 0 when part.Length > header:
                    part[header + random.Below(part.Length - header)] ^= (byte)(1 << random.Below(8));
                    break;
                case 1 when part.Length > header:
                    part[header + random.Below(part.Length - header)] = random.NextByte();
                    break;
                case 2 when part.Length > 5:
                    part[4 + random.Below(part.Length - 4)] = (byte)ByteMutations.EdgeNumber(random);
                    break;
                case 3 when random.OneIn(4):
                    parts.Insert(1 + random.Below(parts.Count - 1), part);
                    break;
                case 4 when random.OneIn(4):
                    parts.RemoveAt(at);
                    continue;
                case 5 when random.OneIn(3):
                    int other = 1 + random.Below(parts.Count - 1);
                    (parts[at], parts[other]) = (parts[other], parts[at]);
                    continue;
                default:
                    part[2 + random.Below(part.Length - 2)] ^= (byte)(1 << random.Below(8));
                    break;
            }

            parts[at] = part;
        }

        return [.. parts.SelectMany(p => p)];
    }

    // SOI, then each marker with all up to the next one; of at least three bytes, so that EOI stays with what is before it.
    private static List<byte[]> Split(byte[] file)
    {
        var parts = new List<byte[]>();
        int start = 0;
        for (int at = 2; at < file.Length - 2;)
        {
            bool marker = file[at] == 0xFF && file[at + 1] is not (0 or 0xFF);
            if (marker && at - start >= 2 && (parts.Count == 0 || at - start >= 3))
            {
                parts.Add(file[start..at]);
                start = at;
                if (file[at + 1] is not (>= JpegMarker.Rst0 and <= JpegMarker.Rst7)) at += 2 + ((file[at + 2] << 8) | file[at + 3]);
                else at += 2;
                continue;
            }

            at++;
        }

        parts.Add(file[start..]);
        return parts;
    }

    // Planes and, where progressive, 16-bit coefficients of up to four components in whole blocks, and RGB; the file itself; tables.
    private static long AllowedBytes(byte[] file)
    {
        long most = 0;
        for (int at = 0; at + 9 < file.Length; at++)
        {
            if (file[at] != 0xFF || file[at + 1] is not (0xC0 or 0xC1 or 0xC2 or 0xC9 or 0xCA)) continue;
            long height = (file[at + 5] << 8) | file[at + 6], width = (file[at + 7] << 8) | file[at + 8];
            most = Math.Max(most, (height + 7) * (width + 7) * (4 * 3 + 3));
        }

        return most + 4L * file.Length + (512 << 10);
    }
}
