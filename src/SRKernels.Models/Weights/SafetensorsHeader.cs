using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;
using SRKernels.Runtime;

namespace SRKernels.Models.Weights;

/// <summary>
/// The parsed and checked header of a safetensors file: 8 bytes little-endian length, JSON, then the tensors' bytes without hole or overlap.
/// </summary>
/// <remarks>
/// Nothing in a header is believed: the length is compared with the file before memory is taken for it, names occur once, each shape's
/// product times the element size is the byte count, and the byte ranges cover the rest of the file exactly. The format's own description
/// asks for all of this (huggingface/safetensors, README "Format"), so that one file cannot mean two things to two readers.
/// </remarks>
internal sealed class SafetensorsHeader
{
    public const int LengthPrefixBytes = 8;
    public const long MaxHeaderBytes = 100_000_000;

    private SafetensorsHeader(Dictionary<string, TensorEntry> tensors, Dictionary<string, string> metadata)
    {
        Tensors = tensors;
        Metadata = metadata;
    }

    public Dictionary<string, TensorEntry> Tensors { get; }

    public Dictionary<string, string> Metadata { get; }

    /// <summary>The header's length, from the file's first 8 bytes.</summary>
    public static int CheckLength(string who, ReadOnlySpan<byte> prefix, long fileLengthBytes)
    {
        if (prefix.Length < LengthPrefixBytes)
            throw Bad(who, "at least 10 bytes", $"{fileLengthBytes}");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length is < 2 or > MaxHeaderBytes)
            throw Bad(who, $"a header of 2 to {MaxHeaderBytes} bytes", $"{length}");
        if ((long)length > fileLengthBytes - LengthPrefixBytes)
            throw Bad(who, $"a header inside the file ({fileLengthBytes} bytes)", $"a header of {length} bytes");
        return (int)length;
    }

    /// <summary>Parses the JSON and checks it against the file's length.</summary>
    public static SafetensorsHeader Parse(string who, ReadOnlySpan<byte> json, long fileLengthBytes)
    {
        if (json.Length == 0 || json[0] != (byte)'{') throw Bad(who, "a header that starts with '{'", "another character");
        if (!Utf8.IsValid(json)) throw Bad(who, "a header in UTF-8", "other bytes");
        var dataStart = LengthPrefixBytes + json.Length;
        try
        {
            var header = new SafetensorsHeader(new(StringComparer.Ordinal), new(StringComparer.Ordinal));
            header.ReadEntries(who, json, dataStart);
            CheckCoverage(who, header.Tensors.Values, dataStart, fileLengthBytes);
            return header;
        }
        catch (JsonException e)
        {
            throw Bad(who, "a header in JSON", $"an error near byte {e.BytePositionInLine}", e);
        }
        catch (InvalidOperationException e)
        {
            // Utf8JsonReader's answer to a token of another kind and to an escape that is half a surrogate pair.
            throw Bad(who, "a header of tensor descriptions", "a value of another kind", e);
        }
    }

    private static SrkException Bad(string who, string expected, string got, Exception? inner = null) =>
        new($"safetensors '{who}'", expected, got, "the file is damaged or not a safetensors file: fetch or convert it again", inner);

    private void ReadEntries(string who, ReadOnlySpan<byte> json, long dataStart)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 4 });
        reader.Read();
        var sawMetadata = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (name == "__metadata__")
            {
                if (sawMetadata) throw Bad(who, "each key once", "'__metadata__' twice");
                sawMetadata = true;
                ReadMetadata(who, ref reader);
            }
            else if (!Tensors.TryAdd(name, ReadTensor(who, name, ref reader, dataStart)))
            {
                throw Bad(who, "each key once", $"{Quoted(name)} twice");
            }
        }

        if (reader.Read()) throw Bad(who, "one JSON object", "more behind it");
    }

    private void ReadMetadata(string who, ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw Bad(who, "'__metadata__' to be an object", $"{reader.TokenType}");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                throw Bad(who, $"'__metadata__' {Quoted(name)} to be a string", $"{reader.TokenType}");
            if (!Metadata.TryAdd(name, reader.GetString()!)) throw Bad(who, "each key once", $"'__metadata__' {Quoted(name)} twice");
        }
    }

    private static TensorEntry ReadTensor(string who, string name, ref Utf8JsonReader reader, long dataStart)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw Bad(who, $"{Quoted(name)} to be an object", $"{reader.TokenType}");
        string? type = null;
        List<long>? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = reader.GetString()!;
            reader.Read();
            if (field switch { "dtype" => type is not null, "shape" => shape is not null, "data_offsets" => offsets is not null, _ => false })
                throw Bad(who, $"each key of {Quoted(name)} once", $"'{field}' twice");
            switch (field)
            {
                case "dtype": type = reader.GetString() ?? throw Bad(who, $"a dtype for {Quoted(name)}", "null"); break;
                case "shape": shape = ReadCounts(who, name, ref reader); break;
                case "data_offsets": offsets = ReadCounts(who, name, ref reader); break;
                default: throw Bad(who, $"{Quoted(name)} to have dtype, shape and data_offsets", Quoted(field));
            }
        }

        if (type is null || shape is null || offsets is null)
            throw Bad(who, $"{Quoted(name)} to have dtype, shape and data_offsets", "one of them missing");
        if (!TensorTypes.TryParse(type, out var parsed)) throw Bad(who, $"{Quoted(name)} to have one of the dtypes {TensorTypes.AllNames}", Quoted(type));
        return Check(who, new TensorEntry(name, parsed, shape, 0, 0), offsets, dataStart);
    }

    private static TensorEntry Check(string who, TensorEntry entry, List<long> offsets, long dataStart)
    {
        if (offsets.Count != 2 || offsets[1] < offsets[0])
            throw Bad(who, $"{Quoted(entry.Name)} to have two rising data_offsets", $"[{string.Join(',', offsets.Take(3))}]");
        long bytes;
        try
        {
            bytes = entry.Shape.Contains(0) ? 0 : entry.Shape.Aggregate((long)entry.Type.SizeBytes(), (product, extent) => checked(product * extent));
        }
        catch (OverflowException e)
        {
            throw Bad(who, $"{Quoted(entry.Name)} to have a countable size", "a shape whose product overflows", e);
        }

        if (bytes != offsets[1] - offsets[0])
            throw Bad(
                who, $"{Quoted(entry.Name)} {entry.Type.Name()} {ShownName.Of(entry.ShapeText)} to have {bytes} bytes", $"{offsets[1] - offsets[0]}");
        if (offsets[0] > long.MaxValue - dataStart) throw Bad(who, $"{Quoted(entry.Name)} to lie inside the file", $"offset {offsets[0]}");
        return entry with { OffsetBytes = dataStart + offsets[0], LengthBytes = bytes };
    }

    private static List<long> ReadCounts(string who, string name, ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw Bad(who, $"{Quoted(name)} to have arrays of counts", $"{reader.TokenType}");
        var counts = new List<long>(4);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var count) || count < 0)
                throw Bad(who, $"{Quoted(name)} to have counts of 0 to 2^63-1", "something else");
            counts.Add(count);
        }

        return counts;
    }

    private static void CheckCoverage(string who, IEnumerable<TensorEntry> tensors, long dataStart, long fileLengthBytes)
    {
        var end = dataStart;
        foreach (var tensor in tensors.OrderBy(t => t.OffsetBytes).ThenBy(t => t.LengthBytes))
        {
            if (tensor.OffsetBytes != end)
                throw Bad(
                    who, $"{Quoted(tensor.Name)} to start at byte {end - dataStart}, where the one before ends", $"{tensor.OffsetBytes - dataStart}");
            end += tensor.LengthBytes;
            if (end > fileLengthBytes)
                throw new SrkException(
                    $"safetensors '{who}'", $"{Quoted(tensor.Name)} to lie inside the file ({fileLengthBytes} bytes)", $"an end at byte {end}",
                    FileContent.Incomplete);
        }

        if (end != fileLengthBytes) throw Bad(who, $"a file of {end} bytes", $"{fileLengthBytes}");
    }

    private static string Quoted(string name) => $"'{ShownName.Of(name)}'";
}
