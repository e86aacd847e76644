using SRKernels.Models.Families;
using SRKernels.Models.Weights;
using SRKernels.Runtime;

namespace SRKernels.Models.Recognition;

/// <summary>Where a network's tensors differ from those that its own shapes ask for; names, with shapes where they matter.</summary>
/// <param name="Missing">Tensors that a layer reads and the file has not.</param>
/// <param name="Unexpected">Tensors that no layer reads.</param>
/// <param name="Misshapen">Tensors of another shape.</param>
/// <param name="Mistyped">Tensors of integers, where a layer reads floating-point values.</param>
internal sealed record TensorDifferences(
    IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected, IReadOnlyList<string> Misshapen, IReadOnlyList<string> Mistyped)
{
    private const int MostShown = 3;

    /// <summary>All four, as they are called in words.</summary>
    public IReadOnlyList<(string Kind, IReadOnlyList<string> Names)> ByKind =>
        [("missing", Missing), ("unexpected", Unexpected), ("misshapen", Misshapen), ("of another type", Mistyped)];

    public bool IsEmpty => ByKind.All(kind => kind.Names.Count == 0);

    /// <summary>Compares by building the network once with all tensors 0, so it takes the memory that loading does: there is no second list of names.</summary>
    /// <param name="part">The network.</param>
    /// <param name="own">What its file says that it is; null: what its shapes tell.</param>
    /// <exception cref="SrkException">The shapes tell no network at all.</exception>
    public static TensorDifferences Of(NetworkPart part, ModelConfiguration? own = null)
    {
        var asked = new AskedTensors();
        part.Family.BuildNetwork(part, own, new WeightScope(asked));
        List<string> missing = [], unexpected = [], misshapen = [], mistyped = [];
        foreach (var (name, shape) in asked.Shapes)
        {
            if (!part.TryGetShape(name, out var actual)) missing.Add($"{name} [{string.Join(',', shape)}]");
            else if (!actual!.SequenceEqual(shape)) misshapen.Add($"{name} [{string.Join(',', actual!)}] instead of [{string.Join(',', shape)}]");
            else if (part.File.Tensors[part.Prefix + name].Type is var type && !type.IsFloat()) mistyped.Add($"{name} {type.Name()} instead of floating-point values");
        }

        foreach (var name in part.Names)
            if (!asked.Shapes.ContainsKey(name) && !part.Family.IsDerived(name)) unexpected.Add(name);
        return new TensorDifferences(missing, unexpected, misshapen, mistyped);
    }

    /// <summary>The first of each kind, in one line.</summary>
    public override string ToString() => string.Join("; ", ByKind.Where(kind => kind.Names.Count > 0).Select(
        kind => $"{kind.Names.Count} {kind.Kind} ({ShownName.Of(string.Join(", ", kind.Names.Take(MostShown)))}{(kind.Names.Count > MostShown ? ", ..." : "")})"));

    /// <summary>Zeros of every name and shape that is asked for, noted.</summary>
    private sealed class AskedTensors() : MadeWeights("zeros")
    {
        public Dictionary<string, long[]> Shapes { get; } = new(StringComparer.Ordinal);

        public override void Read(string name, ReadOnlySpan<int> shape, Span<float> destination)
        {
            Shapes[name] = [.. shape.ToArray().Select(extent => (long)extent)];
            destination.Clear();
        }
    }
}
