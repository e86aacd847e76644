using SRKernels.Models.Imaging;
using SRKernels.Models.Imaging.Jpeg;
using Xunit;

namespace SRKernels.Tests.Imaging;

/// <summary>Decoded pixels are Pillow's (libjpeg-turbo's), each one, over files that Pillow makes and files that it cannot make.</summary>
public class JpegPillowParityTests(ITestOutputHelper output)
{
    private static readonly (int Width, int Height)[] Sizes =
        [(1, 1), (2, 2), (3, 5), (8, 8), (9, 17), (16, 16), (17, 9), (24, 31), (33, 47), (65, 50)];

    private static readonly (string Name, int[] Factors)[] Samplings =
    [
        ("444", [0x11, 0x11, 0x11]), ("422", [0x21, 0x11, 0x11]), ("440", [0x12, 0x11, 0x11]), ("420", [0x22, 0x11, 0x11]),
        ("411", [0x41, 0x11, 0x11]), ("410", [0x42, 0x11, 0x11]), ("441", [0x14, 0x11, 0x11]), ("424", [0x24, 0x11, 0x11]),
        ("422in22", [0x22, 0x12, 0x12]), ("440in22", [0x22, 0x21, 0x21]), ("mixed", [0x22, 0x21, 0x12]), ("mixed41", [0x41, 0x21, 0x11]),
        ("luma_small", [0x11, 0x22, 0x22]), ("luma_half", [0x12, 0x22, 0x11]), ("444in22", [0x22, 0x22, 0x11]),
    ];

    [JpegPillowFact]
    public void EveryPixelIsPillows()
    {
        string folder = Directory.CreateTempSubdirectory("srk-jpeg-").FullName;
        try
        {
            WriteHandMade(folder);
            foreach (string command in new[] { "make", "reference" })
            {
                var (exitCode, text) = JpegPillowFactAttribute.RunTool(command, folder);
                Assert.True(exitCode == 0, text);
            }

            int files = CompareAll(folder);
            output.WriteLine($"{files} files equal to Pillow's pixels");
            output.WriteLine($"{CompareEncoded(folder)} files equal to Pillow's bytes");
            Assert.True(files > 900, $"only {files} files were made");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [JpegPillowFact]
    public void PillowReadsWhatWeWrite_AsWeDo()
    {
        string folder = Directory.CreateTempSubdirectory("srk-jpeg-").FullName;
        try
        {
            foreach (var (width, height) in Sizes)
                foreach (int quality in new[] { 1, 40, 75, 95, 100 })
                    foreach (var (name, layout, full) in new[] { ("grey", PixelLayout.Grey, true), ("444", PixelLayout.Rgb, true), ("420", PixelLayout.Rgb, false) })
                    {
                        var image = JpegTests.Picture(width, height, layout);
                        ImageWriteOptions options = new() { JpegQuality = quality, JpegFullChroma = full };
                        File.WriteAllBytes(Path.Combine(folder, $"ours_{name}_{width}x{height}_q{quality}.jpg"), JpegTests.Encode(image, options));
                    }

            var (exitCode, text) = JpegPillowFactAttribute.RunTool("reference", folder);
            Assert.True(exitCode == 0, text);
            Assert.Equal(Sizes.Length * 15, CompareAll(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // The same quality and chroma give the very file that libjpeg-turbo writes with its standard tables.
    private static int CompareEncoded(string folder)
    {
        string[] sources = Directory.GetFiles(folder, "encode_*.source.pnm");
        foreach (string source in sources)
        {
            string file = source.Replace(".source.pnm", ".jpg", StringComparison.Ordinal), name = Path.GetFileNameWithoutExtension(file);
            ImageWriteOptions options = new()
            {
                JpegQuality = int.Parse(name[(name.LastIndexOf('q') + 1)..]),
                JpegFullChroma = !name.StartsWith("encode_420", StringComparison.Ordinal),
            };
            byte[] ours = JpegTests.Encode(ImageCodecs.Read(source), options), pillows = File.ReadAllBytes(file);
            int same = ours.AsSpan().CommonPrefixLength(pillows);
            Assert.True(same == ours.Length && same == pillows.Length, $"{name}: expected Pillow's {pillows.Length} bytes, got {ours.Length}; the first {same} are equal");
        }

        Assert.True(sources.Length > 50, $"only {sources.Length} pictures were made");
        return sources.Length;
    }

    // What the tool's Pillow cannot write: other sampling factors, restart markers, scans of single components, YCCK, RGB.
    private static void WriteHandMade(string folder)
    {
        void Save(string name, JpegHandMade file) => File.WriteAllBytes(Path.Combine(folder, name + ".jpg"), file.Write());

        foreach (var (width, height) in Sizes)
        {
            var size = new JpegHandMade { Width = width, Height = height, Components = [(1, 1, 1), (2, 1, 1), (3, 1, 1)] };
            foreach (var (name, factors) in Samplings)
            {
                var file = size with { Components = [.. factors.Select((f, i) => ((byte)(i + 1), f >> 4, f & 15))] };
                Save($"made_{name}_{width}x{height}", file with { Jfif = true });
                Save($"made_{name}_{width}x{height}_restarts", file with { RestartInterval = 1 + width % 3, QuantStep = 3, FillBytes = 2 });
                Save($"made_{name}_{width}x{height}_separate", file with { Scans = [[1], [0], [2]], RestartInterval = 5 });
                Save($"made_{name}_{width}x{height}_arithmetic", file with { FrameMarker = 0xC9, RestartInterval = 3 * (width % 2), Conditioning = (1, 3, 7) });
                Save($"made_{name}_{width}x{height}_arithmetic_progressive", file with { FrameMarker = 0xCA, Jfif = true, QuantStep = 2 });
                Save($"made_{name}_{width}x{height}_two_scans", file with { Scans = [[0], [1, 2]], FrameMarker = 0xC1 });
            }

            Save($"made_rgb_ids_{width}x{height}", size with { Components = [((byte)'R', 1, 1), ((byte)'G', 1, 1), ((byte)'B', 1, 1)] });
            Save($"made_rgb_adobe_{width}x{height}", size with { AdobeTransform = 0 });
            Save($"made_ycc_adobe_{width}x{height}", size with { AdobeTransform = 1, Components = [(9, 2, 2), (7, 1, 1), (5, 1, 1)] });
            Save($"made_wide_quant_{width}x{height}", size with { WideQuant = true, QuantStep = 300, Block = JpegTests.FewCoefficients });
            Save($"made_no_tables_{width}x{height}", size with { LeaveHuffmanTablesOut = true });
            Save($"made_grey_{width}x{height}", size with { Components = [(1, 2, 3)], RestartInterval = 1 });
            (byte, int, int)[] four = [(1, 1, 1), (2, 1, 1), (3, 1, 1), (4, 1, 1)], half = [(1, 2, 2), (2, 1, 1), (3, 1, 1), (4, 2, 2)];
            foreach (int adobe in new[] { -1, 0, 2 })
            {
                Save($"made_four_{adobe}_{width}x{height}", size with { Components = four, AdobeTransform = adobe });
                Save($"made_four_{adobe}_{width}x{height}_420", size with { Components = half, AdobeTransform = adobe });
            }
        }
    }

    private int CompareAll(string folder)
    {
        var failures = new List<string>();
        string[] files = Directory.GetFiles(folder, "*.jp*g");
        foreach (string file in files)
        {
            bool refused = File.Exists(Path.ChangeExtension(file, ".refused"));
            try
            {
                var image = new JpegCodec().Decode(new MemoryStream(File.ReadAllBytes(file)), ImageLimits.Default, Path.GetFileName(file));
                string? difference = refused ? "Pillow refuses it" : JpegReference.Difference(image, Path.ChangeExtension(file, ".pnm"));
                string oriented = Path.ChangeExtension(file, ".oriented.pnm");
                if (File.Exists(oriented)) difference ??= JpegReference.Difference(image.Oriented(), oriented);
                string profile = Path.ChangeExtension(file, ".icc");
                if (File.Exists(profile) && !File.ReadAllBytes(profile).AsSpan().SequenceEqual(image.Metadata.IccProfile))
                    difference ??= "the ICC profile differs";
                if (difference is not null) failures.Add($"{Path.GetFileName(file)}: {difference}");
            }
            catch (ImageException e)
            {
                failures.Add(e.Message);
            }
        }

        foreach (string failure in failures) output.WriteLine(failure);
        Assert.True(failures.Count == 0, $"{failures.Count} of {files.Length} files differ, first: {failures.FirstOrDefault()}");
        return files.Length;
    }
}
