using SRKernels.Models.Imaging;
using SRKernels.Models.Imaging.Jpeg;
using SRKernels.Tests.Fuzz;
using Xunit;

namespace SRKernels.Tests.Imaging;

/// <summary>What a file that is cut short or damaged still holds, and what a progressive file shows that ends before its last scan.</summary>
public class JpegSalvageTests(ITestOutputHelper output)
{
    private static readonly ImageLimits Salvaging = new() { Salvage = true };

    private static readonly JpegHandMade Colour = new() { Width = 70, Height = 45, Jfif = true, Components = [(1, 2, 2), (2, 1, 1), (3, 1, 1)] };

    [Fact]
    public void ACutFileIsGreyFromThereOn_AndSaysSo()
    {
        var file = new JpegHandMade { Width = 64, Height = 64 };
        byte[] bytes = file.Write();
        var whole = JpegTests.Decode(bytes);
        var half = Decode(bytes[..(bytes.Length / 2)]);
        Assert.Null(whole.Metadata.Damage);
        Assert.Contains("the end of the data", half.Metadata.Damage, StringComparison.Ordinal);
        Assert.Equal(whole.Row8(0).ToArray(), half.Row8(0).ToArray());
        Assert.All(half.Row8(63).ToArray(), grey => Assert.Equal(128, grey));
    }

    [Fact]
    public void ABadIntervalCostsNoMoreThanItself()
    {
        var file = new JpegHandMade { Width = 64, Height = 64, RestartInterval = 8 };
        byte[] bytes = file.Write();
        int second = Find(bytes, 0xD0), third = Find(bytes, 0xD1);
        var whole = JpegTests.Decode(bytes);
        // Without its data, and with its marker as well.
        foreach (byte[] damaged in new byte[][] { [.. bytes[..(second + 2)], .. bytes[third..]], [.. bytes[..second], .. bytes[third..]] })
        {
            var image = Decode(damaged);
            Assert.NotNull(image.Metadata.Damage);
            Assert.Equal(whole.Samples8[..(8 * 64)].ToArray(), image.Samples8[..(8 * 64)].ToArray());
            Assert.Equal(whole.Samples8[(16 * 64)..].ToArray(), image.Samples8[(16 * 64)..].ToArray());
        }
    }

    [Fact]
    public void WithoutSalvagingTheErrorNamesIt()
    {
        byte[] bytes = Colour.Write();
        Assert.Contains("--salvage", Refused(bytes[..^20]), StringComparison.Ordinal);
        Assert.Contains("--salvage", Refused(JpegReference.File("progressive_420_40x24")[..^20]), StringComparison.Ordinal);
        // Nothing of a picture is there, or it is of another kind.
        Assert.DoesNotContain("--salvage", Refused(bytes[..100]), StringComparison.Ordinal);
        Assert.DoesNotContain("--salvage", Refused((Colour with { FrameMarker = 0xC3 }).Write()), StringComparison.Ordinal);
        Assert.Throws<ImageException>(() => Decode(bytes[..100]));
    }

    [JpegPillowFact]
    public void EveryPixelIsPillows()
    {
        string folder = Directory.CreateTempSubdirectory("srk-jpeg-").FullName;
        try
        {
            int unfinished = WriteUnfinished(folder), damaged = WriteDamaged(folder);
            var (exitCode, text) = JpegPillowFactAttribute.RunTool("reference", folder);
            Assert.True(exitCode == 0, text);
            Compare(folder, "unfinished_*.jpg", unfinished, ImageLimits.Default);
            Compare(folder, "damaged_*.jpg", damaged, Salvaging);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private void Compare(string folder, string pattern, int count, ImageLimits limits)
    {
        string[] files = Directory.GetFiles(folder, pattern);
        Assert.Equal(count, files.Length);
        var failures = new List<string>();
        foreach (string file in files.Order(StringComparer.Ordinal))
        {
            try
            {
                var image = new JpegCodec().Decode(new MemoryStream(File.ReadAllBytes(file)), limits, Path.GetFileName(file));
                if (JpegReference.Difference(image, Path.ChangeExtension(file, ".pnm")) is { } difference) failures.Add($"{Path.GetFileName(file)}: {difference}");
            }
            catch (ImageException e)
            {
                failures.Add(e.Message);
            }
        }

        output.WriteLine($"{pattern}: {files.Length} files");
        foreach (string failure in failures) output.WriteLine(failure);
        Assert.True(failures.Count == 0, $"{failures.Count} of {files.Length} files differ, first: {failures.FirstOrDefault()}");
    }

    private static (string Name, byte[] File)[] Progressive() =>
    [
        .. new[] { "progressive_420_40x24", "progressive_grey_19x21", "progressive_cmyk_25x17", "progressive_restarts_33x18" }.Select(name => (name, JpegReference.File(name))),
    ];

    // Whole scans, then the end.
    private static int WriteUnfinished(string folder)
    {
        int count = 0;
        foreach (var (name, file) in Progressive())
        {
            int scan = 0;
            for (int at = Find(file, JpegMarker.Sos); at < file.Length - 1; at++)
            {
                if (file[at] != 0xFF || file[at + 1] is not (JpegMarker.Sos or JpegMarker.Dht)) continue;
                if (file[at + 1] == JpegMarker.Sos) scan++;
                if (scan < 2 && file[at + 1] == JpegMarker.Sos) continue;
                File.WriteAllBytes(Path.Combine(folder, $"unfinished_{name}_{at}.jpg"), [.. file[..at], 0xFF, JpegMarker.Eoi]);
                count++;
            }
        }

        return count;
    }

    private static int WriteDamaged(string folder)
    {
        int count = 0;
        (string, byte[])[] files =
        [
            ("420", Colour.Write()), ("grey", (Colour with { Components = [(1, 1, 1)] }).Write()),
            ("restarts", (Colour with { RestartInterval = 3 }).Write()), ("separate", (Colour with { Scans = [[0], [1], [2]], RestartInterval = 4 }).Write()),
            .. Progressive(),
        ];
        foreach (var (name, file) in files)
        {
            int[] data = [.. DataOf(file)];
            for (int part = 1; part < 16; part++)
            {
                int length = data[data.Length * part / 16];
                File.WriteAllBytes(Path.Combine(folder, $"damaged_{name}_cut_{length}.jpg"), file[..length]);
                count++;
            }

            for (int number = 0; number < 30; number++)
            {
                var random = FuzzRandom.ForMutant(7, number);
                byte[] mutant = [.. file];
                int at = random.Pick(data);
                if (mutant[at] == 0xFF || mutant[at - 1] == 0xFF || mutant[at + 1] == 0xFF) continue;
                mutant[at] = (byte)random.Below(255);
                File.WriteAllBytes(Path.Combine(folder, $"damaged_{name}_byte_{at}_{number}.jpg"), mutant);
                count++;
            }
        }

        return count;
    }

    // Where entropy-coded bytes stand. What is damaged in headers behind the first scan makes libjpeg give all up (Pillow shows black), which is no
    // yardstick; neither is Pillow for arithmetic files, whose decoder cannot wait for its next bytes.
    private static IEnumerable<int> DataOf(byte[] file)
    {
        for (int at = Find(file, JpegMarker.Sos); at < file.Length - 1; at++)
        {
            if (file[at] != 0xFF || file[at + 1] != JpegMarker.Sos) continue;
            at += 2 + ((file[at + 2] << 8) | file[at + 3]);
            for (; file[at] != 0xFF || file[at + 1] is 0 or (>= JpegMarker.Rst0 and <= JpegMarker.Rst7); at++) yield return at;
            at--;
        }
    }

    private static int Find(byte[] file, byte marker) => file.AsSpan().IndexOf(new byte[] { 0xFF, marker });

    private static Image Decode(byte[] file) => new JpegCodec().Decode(new MemoryStream(file), Salvaging, "test.jpg");

    private static string Refused(byte[] file) => Assert.Throws<ImageException>(() => JpegTests.Decode(file)).Message;
}
