using SRKernels.Models.Configuration;
using SRKernels.Models.Swin;
using SRKernels.Models.Vq;
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

    public bool IsEmpty => Missing.Count + Unexpected.Count + Misshapen.Count + Mistyped.Count == 0;

    /// <summary>Compares by building the network once with all tensors 0, so it takes the memory that loading does: there is no second list of names.</summary>
    /// <param name="part">The network.</param>
    /// <param name="own">What its file says that it is; null: what its shapes tell.</param>
    /// <exception cref="SrkException">The shapes tell no network at all.</exception>
    public static TensorDifferences Of(NetworkPart part, ModelConfiguration? own = null)
    {
        var asked = new AskedTensors();
        if (part.Role == NetworkRole.Denoiser) new SwinUNet(new WeightScope(asked), own?.Denoiser ?? ShapeInference.Denoiser(part, TaskPreset.All[0])).Dispose();
        else new VqAutoencoder(new WeightScope(asked), own?.Autoencoder ?? ShapeInference.Autoencoder(part)).Dispose();
        List<string> missing = [], unexpected = [], misshapen = [], mistyped = [];
        foreach (var (name, shape) in asked.Shapes)
        {
            if (!part.TryGetShape(name, out var actual)) missing.Add($"{name} [{string.Join(',', shape)}]");
            else if (!actual!.SequenceEqual(shape)) misshapen.Add($"{name} [{string.Join(',', actual!)}] instead of [{string.Join(',', shape)}]");
            else if (part.File.Tensors[part.Prefix + name].Type is var type && !type.IsFloat()) mistyped.Add($"{name} {type.Name()} instead of floating-point values");
        }

        foreach (var name in part.Names)
            if (!asked.Shapes.ContainsKey(name) && !NetworkPart.Derived.Any(end => name.EndsWith("." + end, StringComparison.Ordinal))) unexpected.Add(name);
        return new TensorDifferences(missing, unexpected, misshapen, mistyped);
    }

    /// <summary>The first of each kind, in one line.</summary>
    public override string ToString()
    {
        string[] all = [Text(Missing, "missing"), Text(Unexpected, "unexpected"), Text(Misshapen, "misshapen"), Text(Mistyped, "of another type")];
        return string.Join("; ", all.Where(text => text.Length > 0));
    }

    private static string Text(IReadOnlyList<string> names, string kind) => names.Count == 0
        ? ""
        : $"{names.Count} {kind} ({ShownName.Of(string.Join(", ", names.Take(MostShown)))}{(names.Count > MostShown ? ", ..." : "")})";

    /// <summary>Zeros of every name and shape that is asked for, noted.</summary>
    private sealed class AskedTensors : IWeightSource
    {
        public Dictionary<string, long[]> Shapes { get; } = new(StringComparer.Ordinal);

        public string Description => "zeros";

        public IEnumerable<string> Names => [];

        public bool TryGetShape(string name, out IReadOnlyList<long>? shape)
        {
            shape = null;
            return true;
        }

        public void Read(string name, ReadOnlySpan<int> shape, Span<float> destination)
        {
            Shapes[name] = [.. shape.ToArray().Select(extent => (long)extent)];
            destination.Clear();
        }
    }
}
