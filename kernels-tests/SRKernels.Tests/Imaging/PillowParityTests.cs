using System.Diagnostics;
using System.Text;
using SRKernels.Models.Imaging;
using SRKernels.Tests.Imaging.Bmp;
using SRKernels.Tests.Imaging.Png;
using Xunit;

namespace SRKernels.Tests.Imaging;

/// <summary>PNG, BMP and PNM files of Pillow's making and of our own decode to Pillow's samples, each one (tools/check_images.py).</summary>
public class PillowParityTests(ITestOutputHelper output)
{
    [JpegPillowFact]
    public void EverySampleIsPillows()
    {
        string folder = Directory.CreateTempSubdirectory("srk-images-").FullName;
        try
        {
            Run("make", folder);
            WritePngs(folder);
            WriteBmps(folder);
            Run("reference", folder);

            var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
            foreach (string expected in Directory.GetFiles(folder, "*.expected"))
            {
                string file = expected[..^".expected".Length];
                Compare(file, File.ReadAllBytes(expected));
                string extension = Path.GetExtension(file);
                counts[extension] = counts.GetValueOrDefault(extension) + 1;
            }

            output.WriteLine(string.Join(", ", counts.Select(c => $"{c.Value} {c.Key}")));
            string[] refused = Directory.GetFiles(folder, "*.refused");
            Assert.True(refused.Length == 0, refused.Length == 0 ? "" : $"{refused[0]}: {File.ReadAllText(refused[0])}");
            Assert.True(counts[".png"] > 350 && counts[".bmp"] > 80 && counts[".ppm"] > 70, string.Join(", ", counts));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // What Pillow does not write: interlacing, 16 bits of colour; and what our encoder writes.
    private static void WritePngs(string folder)
    {
        foreach (var (w, h) in new[] { (1, 1), (3, 2), (5, 9), (8, 8), (17, 13) })
        {
            foreach (var (colour, depths) in new[] { (0, new[] { 1, 2, 4, 8, 16 }), (2, [8, 16]), (3, [1, 2, 4, 8]), (4, [8, 16]), (6, [8, 16]) })
                foreach (int depth in depths)
                    foreach (bool interlaced in new[] { false, true })
                    {
                        byte[] palette = Enumerable.Range(0, 3 << depth).Select(i => (byte)(i * 31 + 5)).ToArray();
                        byte[] file = PngWriter.Make(w, h, depth, colour, interlaced,
                            (x, y, c) => (x * 3701 + y * 1009 + c * 7919) & ((1 << depth) - 1), colour == 3 ? [PngWriter.Chunk("PLTE", palette)] : []);
                        File.WriteAllBytes(Path.Combine(folder, $"made_{colour}_{depth}_{interlaced}_{w}x{h}.png"), file);
                    }

            foreach (var layout in Enum.GetValues<PixelLayout>())
                foreach (int depth in new[] { 8, 16 })
                    ImageCodecs.Write(ImageAssert.Pattern(w, h, layout, depth), Path.Combine(folder, $"ours_{layout}_{depth}_{w}x{h}.png"));
        }
    }

    // 16-bit bitmaps are left out: Pillow cuts five bits times 255 / 31 off where we round.
    private static void WriteBmps(string folder)
    {
        foreach (int width in new[] { 1, 5, 8, 17 })
            foreach (int height in new[] { 6, -6 })
            {
                foreach (int bits in new[] { 1, 4, 8, 24, 32 })
                    foreach (int header in new[] { 40, 108, 124 })
                    {
                        byte[] palette = bits > 8 ? [] : Enumerable.Range(0, 3 << bits).Select(i => (byte)(i * 31 + 5)).ToArray();
                        var bitmap = new BmpWriter { HeaderBytes = header, Width = width, Height = height, Bits = bits, Palette = palette };
                        byte[] file = bitmap.WriteRows((x, y) => (uint)(x * 0x071301 + y * 0x110702));
                        File.WriteAllBytes(Path.Combine(folder, $"made_{bits}_{header}_{width}x{height}.bmp"), file);
                    }

                byte[] masked = new BmpWriter
                {
                    HeaderBytes = 124, Width = width, Height = height, Bits = 32, Compression = 3, Masks = [0xFF0000, 0xFF00, 0xFF, 0xFF000000],
                }.WriteRows((x, y) => (uint)(x * 0x55071301 + y * 0x110702));
                File.WriteAllBytes(Path.Combine(folder, $"made_masks_{width}x{height}.bmp"), masked);
            }

        byte[] colours = Enumerable.Range(0, 48).Select(i => (byte)(i * 5)).ToArray();
        File.WriteAllBytes(Path.Combine(folder, "runs8.bmp"), new BmpWriter { Width = 6, Height = 2, Bits = 8, Compression = 1, ColoursUsed = 16, Palette = colours }
            .Write([3, 5, 0, 3, 1, 2, 3, 0, 0, 0, 6, 9, 0, 0, 0, 1]));
    }

    private static void Compare(string file, byte[] reference)
    {
        int lineEnd = Array.IndexOf(reference, (byte)'\n');
        int[] header = Encoding.ASCII.GetString(reference, 0, lineEnd).Split(' ').Select(int.Parse).ToArray();
        var (width, height, channels, bits) = (header[0], header[1], header[2], header[3]);
        byte[] samples = reference[(lineEnd + 1)..];
        var image = ImageCodecs.Read(file);
        Assert.True((width, height, channels) == (image.Width, image.Height, image.Channels),
            $"{Path.GetFileName(file)}: expected {width} x {height} x {channels}, got {image.Width} x {image.Height} x {image.Channels}");
        // Pillow keeps 16 bits of grey only; of other layouts it has the upper byte.
        int shift = image.BitDepth - bits;
        Assert.True(shift == 0 || (shift == 8 && channels > 1), $"{Path.GetFileName(file)}: {image.BitDepth} bits, Pillow has {bits}");
        for (int i = 0; i < width * height * channels; i++)
        {
            int expected = bits == 16 ? BitConverter.ToUInt16(samples, 2 * i) : samples[i];
            int got = image.BitDepth == 16 ? image.Samples16[i] >> shift : image.Samples8[i];
            if (got != expected)
                Assert.Fail($"{Path.GetFileName(file)}: x {i / channels % width}, y {i / channels / width}, channel {i % channels}: " +
                            $"expected {expected}, got {got}");
        }
    }

    private static void Run(string command, string folder)
    {
        var start = new ProcessStartInfo("/usr/bin/python3") { UseShellExecute = false, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(JpegPillowFactAttribute.Root, "tools", "check_images.py"));
        start.ArgumentList.Add(command);
        start.ArgumentList.Add(folder);
        using var process = Process.Start(start) ?? throw new InvalidOperationException("python3 did not start.");
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors);
    }
}
