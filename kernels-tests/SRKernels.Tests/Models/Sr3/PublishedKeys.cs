using System.Text.Json;
using SRKernels.Models.Sr3;
using SRKernels.Models.Weights;

namespace SRKernels.Tests.Models.Sr3;

/// <summary>The published checkpoints' tensors: names and shapes from keys_sr3.txt, zeros as values.</summary>
internal sealed class PublishedKeys : IWeightSource
{
    private readonly Dictionary<string, long[]> _shapes;

    private PublishedKeys(Dictionary<string, long[]> shapes) => _shapes = shapes;

    public string Description => "published";

    public IEnumerable<string> Names => _shapes.Keys;

    /// <param name="task">A task of ours.</param>
    public static PublishedKeys Of(Sr3Task task)
    {
        var heading = $"## sr_{task.Name.Replace('-', '_')}:";
        var lines = File.ReadLines(GoldenFolder.PathOf("keys_sr3.txt")).SkipWhile(line => !line.StartsWith(heading, StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => !line.StartsWith("##", StringComparison.Ordinal)).Where(line => line.Length > 0).Select(line => line.Split('\t'));
        return new PublishedKeys(lines.ToDictionary(fields => fields[0], fields => JsonSerializer.Deserialize<long[]>(fields[2])!));
    }

    public bool TryGetShape(string name, out IReadOnlyList<long>? shape)
    {
        shape = _shapes.GetValueOrDefault(name);
        return shape is not null;
    }

    public void Read(string name, ReadOnlySpan<int> shape, Span<float> destination) => destination.Clear();
}
