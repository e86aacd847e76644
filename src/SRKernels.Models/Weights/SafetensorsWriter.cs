using System.Buffers.Binary;
using System.Text.Json;
using SRKernels.Models.Storage;

namespace SRKernels.Models.Weights;

/// <summary>A tensor to write: its element type, extents and little-endian bytes.</summary>
/// <param name="Type">The element type.</param>
/// <param name="Shape">The extents, slowest first.</param>
/// <param name="Bytes">The values; the shape's product times the element size of them.</param>
public sealed record TensorContent(TensorType Type, IReadOnlyList<long> Shape, ReadOnlyMemory<byte> Bytes);

/// <summary>
/// Writes safetensors files: the same tensors and metadata give the same bytes, and an interrupted run leaves no half file.
/// </summary>
public static class SafetensorsWriter
{
    /// <summary>Writes a file under a temporary name and renames it when it is whole.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="tensors">The tensors by name; written in ordinal order of their names.</param>
    /// <param name="metadata">Strings for <c>__metadata__</c>; none if empty.</param>
    public static void Write(string path, IReadOnlyDictionary<string, TensorContent> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        AtomicFile.Write(path, stream => Write(stream, tensors, metadata));

    /// <summary>Writes the file's bytes to a stream.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="tensors">The tensors by name; written in ordinal order of their names.</param>
    /// <param name="metadata">Strings for <c>__metadata__</c>; none if empty.</param>
    public static void Write(Stream stream, IReadOnlyDictionary<string, TensorContent> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        foreach (var (name, tensor) in tensors)
        {
            if (LengthOf(tensor.Type, tensor.Shape) is var bytes && bytes != tensor.Bytes.Length)
                throw new ArgumentException($"SafetensorsWriter: '{name}' {tensor.Type.Name()} [{string.Join(',', tensor.Shape)}]: expected {bytes} bytes, got {tensor.Bytes.Length}", nameof(tensors));
        }

        Write(stream, tensors.Select(pair => new StreamedTensor(pair.Key, pair.Value.Type, pair.Value.Shape, to => to.Write(pair.Value.Bytes.Span))), metadata);
    }

    /// <summary>Writes tensors whose bytes are never in memory whole.</summary>
    internal static void Write(Stream stream, IEnumerable<StreamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var sorted = tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal).ToArray();
        var header = Header(sorted, metadata);
        Span<byte> prefix = stackalloc byte[SafetensorsHeader.LengthPrefixBytes];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        stream.Write(prefix);
        stream.Write(header);
        foreach (var tensor in sorted) tensor.Write(stream);
    }

    private static byte[] Header(StreamedTensor[] sorted, IReadOnlyDictionary<string, string>? metadata)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                writer.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal)) writer.WriteString(key, value);
                writer.WriteEndObject();
            }

            var offset = 0L;
            foreach (var tensor in sorted) offset = WriteEntry(writer, tensor, offset);
            writer.WriteEndObject();
        }

        // Spaces up to a multiple of 8, as the format allows, so that the first tensor is aligned.
        while (json.Length % 8 != 0) json.WriteByte((byte)' ');
        return json.ToArray();
    }

    private static long WriteEntry(Utf8JsonWriter writer, StreamedTensor tensor, long offset)
    {
        if (tensor.Name == "__metadata__") throw new ArgumentException("SafetensorsWriter: expected a tensor's name, got '__metadata__'", nameof(tensor));
        var end = offset + LengthOf(tensor.Type, tensor.Shape);
        writer.WriteStartObject(tensor.Name);
        writer.WriteString("dtype", tensor.Type.Name());
        writer.WriteStartArray("shape");
        foreach (var extent in tensor.Shape) writer.WriteNumberValue(extent);
        writer.WriteEndArray();
        writer.WriteStartArray("data_offsets");
        writer.WriteNumberValue(offset);
        writer.WriteNumberValue(end);
        writer.WriteEndArray();
        writer.WriteEndObject();
        return end;
    }

    private static long LengthOf(TensorType type, IReadOnlyList<long> shape) => shape.Aggregate((long)type.SizeBytes(), (product, extent) => checked(product * extent));
}

/// <summary>A tensor to write whose bytes come when it is their turn.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Type">The element type.</param>
/// <param name="Shape">The extents, slowest first.</param>
/// <param name="Write">Writes all its little-endian bytes.</param>
internal sealed record StreamedTensor(string Name, TensorType Type, IReadOnlyList<long> Shape, Action<Stream> Write);
