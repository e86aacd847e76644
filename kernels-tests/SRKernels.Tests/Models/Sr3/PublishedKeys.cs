using System.Text.Json;

namespace SRKernels.Tests.Models.Sr3;

/// <summary>The published checkpoints' tensors: names and shapes from keys_sr3.txt.</summary>
internal static class PublishedKeys
{
    /// <param name="task">A task of ours.</param>
    public static IReadOnlyDictionary<string, long[]> Of(string task)
    {
        var heading = $"## sr_{task.Replace('-', '_')}:";
        return File.ReadLines(GoldenFolder.PathOf("keys_sr3.txt")).SkipWhile(line => !line.StartsWith(heading, StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => !line.StartsWith("##", StringComparison.Ordinal)).Where(line => line.Length > 0).Select(line => line.Split('\t'))
            .ToDictionary(fields => fields[0], fields => JsonSerializer.Deserialize<long[]>(fields[2])!);
    }

    /// <summary>A safetensors file of such tensors in fp16, whose values are a hole in the disk.</summary>
    public static void Write(string path, IReadOnlyDictionary<string, long[]> tensors)
    {
        var offset = 0L;
        var header = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var (name, shape) in tensors)
        {
            var end = offset + (2 * shape.Aggregate(1L, (product, extent) => product * extent));
            header[name] = new { dtype = "F16", shape, data_offsets = new[] { offset, end } };
            offset = end;
        }

        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        using var stream = File.Create(path);
        stream.Write(BitConverter.GetBytes((long)json.Length));
        stream.Write(json);
        stream.SetLength(stream.Position + offset);
    }
}
