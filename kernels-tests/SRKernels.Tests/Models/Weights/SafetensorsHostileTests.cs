using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;
using SRKernels.Models.Weights;
using SRKernels.Runtime;
using SRKernels.Tests.Fuzz;
using Xunit;

namespace SRKernels.Tests.Models.Weights;

/// <summary>Every rule of the format, broken on purpose, and mutants of valid files.</summary>
public sealed class SafetensorsHostileTests(ITestOutputHelper output) : IDisposable
{
    private const string Good = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[4],"data_offsets":[8,12]}}""";
    private readonly SafetensorsBytes _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("starts with '{'", """["a"]""", 0)]
    [InlineData("starts with '{'", """ {}""", 0)]
    [InlineData("starts with '{'", "\uFEFF{}", 0)]
    [InlineData("JSON", """{"a":""", 0)]
    [InlineData("JSON", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],}}""", 8)]
    [InlineData("JSON", """{} x""", 0)]
    [InlineData("JSON", """{}{}""", 0)]
    [InlineData("counts of 0 to", """{"a":{"dtype":"F32","shape":[[[[[2]]]]],"data_offsets":[0,8]}}""", 8)]
    [InlineData("tensor descriptions", """{"a":{"dtype":[[[[[2]]]]],"shape":[2],"data_offsets":[0,8]}}""", 8)]
    [InlineData("twice", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2)]
    [InlineData("twice", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2)]
    [InlineData("'dtype' twice", """{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1)]
    [InlineData("'shape' twice", """{"a":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}}""", 1)]
    [InlineData("'data_offsets' twice", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"data_offsets":[0,1]}}""", 1)]
    [InlineData("'__metadata__' twice", """{"__metadata__":{},"__metadata__":{}}""", 0)]
    [InlineData("twice", """{"__metadata__":{"k":"1","k":"2"}}""", 0)]
    [InlineData("to be a string", """{"__metadata__":{"k":1}}""", 0)]
    [InlineData("to be an object", """{"__metadata__":[]}""", 0)]
    [InlineData("to be an object", """{"a":7}""", 0)]
    [InlineData("one of them missing", """{"a":{"dtype":"U8","shape":[1]}}""", 1)]
    [InlineData("'order'", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"order":"F"}}""", 1)]
    [InlineData("one of the dtypes", """{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,1]}}""", 1)]
    [InlineData("a value of another kind", """{"a":{"dtype":8,"shape":[1],"data_offsets":[0,1]}}""", 1)]
    [InlineData("a value of another kind", """{"\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1)]
    [InlineData("arrays of counts", """{"a":{"dtype":"U8","shape":1,"data_offsets":[0,1]}}""", 1)]
    [InlineData("counts of 0 to", """{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}""", 1)]
    [InlineData("counts of 0 to", """{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}""", 1)]
    [InlineData("counts of 0 to", """{"a":{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}}""", 1)]
    [InlineData("counts of 0 to", """{"a":{"dtype":"U8","shape":[18446744073709551617],"data_offsets":[0,1]}}""", 1)]
    [InlineData("overflows", """{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0)]
    [InlineData("overflows", """{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}}""", 0)]
    [InlineData("to have 8 bytes", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,7]}}""", 7)]
    [InlineData("to have 8 bytes", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,9]}}""", 9)]
    [InlineData("two rising", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}""", 1)]
    [InlineData("two rising", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}""", 1)]
    [InlineData("two rising", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}""", 1)]
    [InlineData("to lie inside the file", """{"a":{"dtype":"U8","shape":[0],"data_offsets":[9223372036854775807,9223372036854775807]}}""", 0)]
    [InlineData("where the one before ends", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2)]
    [InlineData("where the one before ends", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}""", 3)]
    [InlineData("where the one before ends", """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3)]
    [InlineData("where the one before ends", """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 2)]
    [InlineData("where the one before ends", """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[0],"data_offsets":[2,2]}}""", 4)]
    [InlineData("to lie inside the file", """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 3)]
    [InlineData("a file of", """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 5)]
    [InlineData("a file of", """{}""", 1)]
    public void ABrokenRuleIsNamed(string expectedInMessage, string header, int dataBytes)
    {
        var error = Assert.Throws<SrkException>(() => _files.Open(SafetensorsBytes.Make(header, dataBytes)));
        Assert.Contains(expectedInMessage, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(7, 0)]
    [InlineData(8, 0)]
    [InlineData(8, 1)]
    [InlineData(8, 2)]
    [InlineData(8, 100_000_000)]
    [InlineData(8, 100_000_001)]
    [InlineData(8, long.MaxValue)]
    [InlineData(8, -1)]
    public void ALengthThatTheFileCannotHaveIsRefusedBeforeMemoryIsTaken(int fileBytes, long headerLength)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, headerLength);
        var path = _files.PathOf("short.safetensors");
        File.WriteAllBytes(path, bytes[..fileBytes]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<SrkException>(() => SafetensorsFile.Open(path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void HeadersThatAreNotUtf8AreRefused()
    {
        var header = Encoding.UTF8.GetBytes(Good);
        header[2] = 0xFF;
        Assert.Contains("UTF-8", Assert.Throws<SrkException>(() => _files.Open(SafetensorsBytes.Make(header, 12))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FoldersAndMissingFilesAreErrorsInFourParts()
    {
        Assert.Contains("readable file", Assert.Throws<SrkException>(() => SafetensorsFile.Open(_files.PathOf("."))).Message, StringComparison.Ordinal);
        Assert.Contains("readable file", Assert.Throws<SrkException>(() => SafetensorsFile.Open(_files.PathOf("none"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AHostileNameDoesNotReachTheTerminal()
    {
        var header = $$$"""{"\u001b[2J{{{new string('x', 5000)}}}":7}""";
        var error = Assert.Throws<SrkException>(() => _files.Open(SafetensorsBytes.Make(header, 0)));
        Assert.True(error.Message.Length < 500, $"{error.Message.Length} characters");
        Assert.DoesNotContain('\u001b', error.Message);
    }

    [Fact]
    public void MutantsAreRefusedOrReadable()
    {
        var path = _files.PathOf("mutant.safetensors");
        var report = MutationFuzz.Run(new FuzzTarget
        {
            Name = "safetensors",
            Seeds = Seeds(),
            Load = bytes => Load(path, bytes),
            // The header twice (bytes, then strings and lists) with room for the objects around short names, and the values as floats.
            AllowedBytes = bytes => 20_000 + (64L * bytes.Length),
            Mutate = Mutate,
            StageOf = Stage,
        });
        output.WriteLine(report.ToString());
        Assert.True(report.Share("accepted") > 0.05, report.ToString());
        Assert.True(report.Share("ranges") > 0.05, report.ToString());
        Assert.True(report.Share("descriptions") > 0.05, report.ToString());
    }

    private static byte[][] Seeds()
    {
        var tensors = new Dictionary<string, TensorContent>(StringComparer.Ordinal)
        {
            ["denoiser.out.2.weight"] = new(TensorType.F16, [3, 4, 1, 1], new byte[24]),
            ["denoiser.out.2.bias"] = new(TensorType.F32, [3], new byte[12]),
            ["empty"] = new(TensorType.I64, [0, 7], Array.Empty<byte>()),
            ["scalar"] = new(TensorType.F64, [], new byte[8]),
        };
        var first = new MemoryStream();
        SafetensorsWriter.Write(first, tensors, new Dictionary<string, string>(StringComparer.Ordinal) { ["task"] = "realsr-x4" });
        return [first.ToArray(), SafetensorsBytes.Make(Good, 12), SafetensorsBytes.Make("{}", 0)];
    }

    private static void Load(string path, byte[] bytes)
    {
        File.WriteAllBytes(path, bytes);
        using var file = SafetensorsFile.Open(path);
        foreach (var (name, entry) in file.Tensors)
        {
            if (!entry.Type.IsFloat()) continue;
            // An empty tensor may have extents that no array has.
            if (entry.Shape.Any(extent => extent > int.MaxValue)) continue;
            file.ReadFloat32(name, [.. entry.Shape.Select(extent => (int)extent)], new float[entry.Count]);
        }
    }

    /// <summary>Changes the JSON or the data and makes the header length right again, so that most mutants get past it.</summary>
    private static byte[] Mutate(FuzzRandom random, byte[] seed)
    {
        var headerBytes = (int)BinaryPrimitives.ReadInt64LittleEndian(seed);
        var header = seed.AsSpan(8, headerBytes).ToArray();
        var data = seed.AsSpan(8 + headerBytes).ToArray();
        if (random.OneIn(8)) data = ByteMutations.Mutate(random, data.Length == 0 ? [1] : data, [data]);
        header = random.Below(4) switch
        {
            0 => ByteMutations.Mutate(random, header, [header]),
            1 => ReplaceNumber(random, header),
            _ => MoveRange(random, header),
        };
        var mutant = new byte[8 + header.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(mutant, header.Length);
        header.CopyTo(mutant, 8);
        data.CopyTo(mutant, 8 + header.Length);
        return mutant;
    }

    /// <summary>Puts another number in place of one of the header's.</summary>
    private static byte[] ReplaceNumber(FuzzRandom random, byte[] header)
    {
        string[] numbers = ["0", "1", "2", "3", "4", "8", "12", "24", "44", "-1", "1e3", "2147483648", "4294967296", "9223372036854775807", "18446744073709551615"];
        var text = Encoding.UTF8.GetString(header);
        var starts = Enumerable.Range(1, Math.Max(0, text.Length - 1)).Where(i => char.IsAsciiDigit(text[i]) && text[i - 1] is '[' or ',').ToArray();
        if (starts.Length == 0) return header;
        var start = random.Pick(starts);
        var end = start;
        while (end < text.Length && char.IsAsciiDigit(text[end])) end++;
        return Encoding.UTF8.GetBytes(text[..start] + random.Pick(numbers) + text[end..]);
    }

    /// <summary>Shifts both ends of one tensor's byte range: each description stays right, together they leave a hole or overlap.</summary>
    private static byte[] MoveRange(FuzzRandom random, byte[] header)
    {
        var text = Encoding.UTF8.GetString(header);
        var ranges = Regex.Matches(text, @"""data_offsets"":\[(\d+),(\d+)\]");
        if (ranges.Count == 0) return header;
        var range = ranges[random.Below(ranges.Count)];
        var by = random.Pick([-8, -4, -1, 0, 1, 4, 8, int.MaxValue]);
        var start = Math.Max(0, long.Parse(range.Groups[1].Value) + by);
        var end = start + long.Parse(range.Groups[2].Value) - long.Parse(range.Groups[1].Value);
        return Encoding.UTF8.GetBytes($"{text[..range.Index]}\"data_offsets\":[{start},{end}]{text[(range.Index + range.Length)..]}");
    }

    private static string Stage(SrkException error) => error.Expected switch
    {
        var e when e.Contains("header of 2 to", StringComparison.Ordinal) || e.Contains("header inside", StringComparison.Ordinal)
            || e.Contains("at least 10", StringComparison.Ordinal) => "length",
        var e when e.Contains("starts with", StringComparison.Ordinal) || e.Contains("UTF-8", StringComparison.Ordinal) => "text",
        var e when e.Contains("JSON", StringComparison.Ordinal) => "JSON",
        var e when e.Contains("one before ends", StringComparison.Ordinal) || e.Contains("a file of", StringComparison.Ordinal)
            || e.Contains("inside the file", StringComparison.Ordinal) => "ranges",
        _ => "descriptions",
    };
}
