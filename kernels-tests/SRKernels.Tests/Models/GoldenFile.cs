using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace SRKernels.Tests.Models;

/// <summary>One file of reference tensors, read by the tests' own few lines: a golden must not be read by what it checks.</summary>
internal sealed class GoldenFile
{
    private readonly byte[] _bytes;
    private readonly int _dataStart;
    private readonly Dictionary<string, JsonElement> _tensors = [];

    public GoldenFile(string file)
    {
        Name = file;
        _bytes = File.ReadAllBytes(GoldenFolder.PathOf(file));
        var headerBytes = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(_bytes));
        _dataStart = 8 + headerBytes;
        using var header = JsonDocument.Parse(_bytes.AsMemory(8, headerBytes));
        foreach (var entry in header.RootElement.EnumerateObject())
            if (entry.Name != "__metadata__")
                _tensors[entry.Name] = entry.Value.Clone();
    }

    public string Name { get; }

    public IEnumerable<string> Keys => _tensors.Keys;

    public bool Has(string key) => _tensors.ContainsKey(key);

    public int[] Shape(string key) => [.. Entry(key).GetProperty("shape").EnumerateArray().Select(d => d.GetInt32())];

    public ReadOnlySpan<float> Floats(string key) => MemoryMarshal.Cast<byte, float>(Bytes(key, "F32"));

    public ReadOnlySpan<double> Doubles(string key) => MemoryMarshal.Cast<byte, double>(Bytes(key, "F64"));

    public ReadOnlySpan<int> Ints(string key) => MemoryMarshal.Cast<byte, int>(Bytes(key, "I32"));

    public ReadOnlySpan<byte> U8(string key) => Bytes(key, "U8");

    public string Type(string key) => Entry(key).GetProperty("dtype").GetString()!;

    /// <summary>Any of the numeric types as fp32 (timesteps may be stored as integers).</summary>
    public float[] Numbers(string key) => Type(key) switch
    {
        "F32" => Floats(key).ToArray(),
        "I32" => Array.ConvertAll(Ints(key).ToArray(), x => (float)x),
        "I64" => Array.ConvertAll(MemoryMarshal.Cast<byte, long>(Bytes(key, "I64")).ToArray(), x => (float)x),
        "U8" => Array.ConvertAll(U8(key).ToArray(), x => (float)x),
        var other => throw new InvalidDataException($"{Name}: '{key}' is {other}"),
    };

    private JsonElement Entry(string key) =>
        _tensors.TryGetValue(key, out var entry) ? entry : throw new KeyNotFoundException($"{Name} has no '{key}'");

    private ReadOnlySpan<byte> Bytes(string key, string type)
    {
        var entry = Entry(key);
        if (Type(key) != type) throw new InvalidDataException($"{Name}: '{key}' is {Type(key)}, not {type}");
        var offsets = entry.GetProperty("data_offsets");
        var start = offsets[0].GetInt32();
        return _bytes.AsSpan(_dataStart + start, offsets[1].GetInt32() - start);
    }
}
