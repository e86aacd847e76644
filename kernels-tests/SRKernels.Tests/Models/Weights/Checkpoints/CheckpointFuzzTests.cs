using SRKernels.Models.Weights;
using SRKernels.Runtime;
using SRKernels.Tests.Fuzz;
using Xunit;

namespace SRKernels.Tests.Models.Weights.Checkpoints;

/// <summary>Mutants of both containers: pickles changed and signed again, directories changed, bytes flipped.</summary>
public sealed class CheckpointFuzzTests(ITestOutputHelper output) : IDisposable
{
    private readonly CheckpointFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void MutantsOfZipFilesAreRefusedOrReadable()
    {
        var report = Run("zip checkpoint", [TorchFile.Zip(Tensors(), "state_dict"), Committed("kinds_zip.pth"), Committed("kinds_protocol4.pth")], MutateZip);
        Assert.True(report.Share("accepted") > 0.05, report.ToString());
        Assert.True(report.Share("pickle") > 0.05, report.ToString());
        Assert.True(report.Share("directory") > 0.05, report.ToString());
    }

    [Fact]
    public void MutantsOfOldContainersAreRefusedOrReadable()
    {
        byte[][] seeds = [TorchFile.Legacy(Tensors(), "model", "state_dict"), Committed("kinds_legacy.pth"), Committed("kinds_legacy_protocol3.pth")];
        var report = Run("old checkpoint", seeds, mutate: null);
        Assert.True(report.Share("accepted") > 0.05, report.ToString());
        Assert.True(report.Share("pickle") > 0.05, report.ToString());
    }

    private FuzzReport Run(string name, byte[][] seeds, Func<FuzzRandom, byte[], byte[]>? mutate)
    {
        var path = _files.PathOf("mutant.pth");
        var report = MutationFuzz.Run(new FuzzTarget
        {
            Name = name,
            Seeds = seeds,
            Load = bytes => Load(path, bytes),
            // The buffers that any file takes, then each byte of it as a value of a pickle that is pushed, remembered and kept in a list; tensors twice.
            AllowedBytes = bytes => 400_000 + (200L * bytes.Length),
            Mutate = mutate,
            StageOf = Stage,
        });
        output.WriteLine(report.ToString());
        return report;
    }

    private static void Load(string path, byte[] bytes)
    {
        File.WriteAllBytes(path, bytes);
        using var file = WeightFile.Open(path);
        foreach (var entry in file.Tensors.Values)
            file.ReadChunks(entry, _ => { });
    }

    private static byte[] Committed(string name) => File.ReadAllBytes(CheckpointFileTests.Committed(name));

    private static Dictionary<string, TensorContent> Tensors() => new(StringComparer.Ordinal)
    {
        ["module.out.weight"] = new(TensorType.F16, [3, 4, 1, 1], new byte[24]),
        ["module.out.bias"] = new(TensorType.F32, [3], new byte[12]),
        ["empty"] = new(TensorType.I64, [0, 7], Array.Empty<byte>()),
        ["scalar"] = new(TensorType.F64, [], new byte[8]),
    };

    /// <summary>Takes the file apart (all members are stored, one behind the other), changes a pickle or a member, and puts it together with right sums; or lies about one.</summary>
    private static byte[] MutateZip(FuzzRandom random, byte[] seed)
    {
        var items = Members(seed);
        var at = random.OneIn(3) ? random.Below(items.Length) : Array.FindIndex(items, item => item.Name.EndsWith("data.pkl", StringComparison.Ordinal));
        var data = items[at].Data;
        var (descriptor, padding, wide) = (random.Pick([0, 4, 8, -4]), random.Below(3), random.OneIn(2));
        for (var i = 0; i < items.Length; i++) items[i] = items[i] with { Descriptor = descriptor, Padding = padding };
        if (random.Below(4) > 0) items[at] = items[at] with { Data = random.OneIn(3) ? ChangeNumber(random, data) : ByteMutations.Mutate(random, data, [data]) };
        else items[at] = Lie(random, items[at]);
        return ZipBytes.Make(items, wide, count: random.OneIn(30) ? ByteMutations.EdgeNumber(random) : null);
    }

    private static ZipItem Lie(FuzzRandom random, ZipItem item) => random.Below(8) switch
    {
        0 => item with { Length = ByteMutations.EdgeNumber(random) },
        1 => item with { Offset = ByteMutations.EdgeNumber(random), IsWide = random.OneIn(2) },
        2 => item with { Crc = ByteMutations.EdgeNumber(random) },
        3 => item with { LocalCrc = ByteMutations.EdgeNumber(random) },
        4 => item with { Name = random.Pick(["", "a", "/x", "archive/../x", "archive/data/0", "archive/data.pkl"]) },
        5 => item with { Gap = random.Below(40) },
        6 => item with { Length = (long)random.Next64(), IsWide = true },
        _ => item with { Method = random.NextByte(), Flags = random.NextByte() },
    };

    /// <summary>Another count, offset, extent or stride: a number behind the code of an integer.</summary>
    private static byte[] ChangeNumber(FuzzRandom random, byte[] pickle)
    {
        var numbers = Enumerable.Range(2, Math.Max(0, pickle.Length - 3))
            .Where(i => pickle[i - 1] is (byte)'K' or (byte)'J' or (byte)'M' || (pickle[i - 2] == 0x8A && pickle[i - 1] is > 0 and < 9)).ToArray();
        if (numbers.Length == 0) return pickle;
        var result = (byte[])pickle.Clone();
        result[random.Pick(numbers)] = (byte)ByteMutations.EdgeNumber(random);
        return result;
    }

    private static ZipItem[] Members(byte[] seed)
    {
        using var archive = new System.IO.Compression.ZipArchive(new MemoryStream(seed));
        return [.. archive.Entries.Select(entry =>
        {
            using var bytes = new MemoryStream();
            using var stream = entry.Open();
            stream.CopyTo(bytes);
            return new ZipItem(entry.FullName, bytes.ToArray());
        })];
    }

    private static string Stage(SrkException error)
    {
        (string Stage, string[] Words)[] stages =
        [
            ("pickle", ["pickle", "UTF-8", "integers of"]), ("dictionary", ["dictionary", "every tensor once"]), ("sums", ["CRC"]),
            ("directory", ["member", "where the one before", "zip", "directory", "two places", "behind it"]), ("tensors", ["storage", "elements", "extents"]),
        ];
        var said = error.Expected + error.Got;
        return stages.FirstOrDefault(stage => stage.Words.Any(word => said.Contains(word, StringComparison.Ordinal))).Stage ?? "other";
    }
}
