using System.Runtime.InteropServices;
using SRKernels.Models.Weights;

namespace SRKernels.Tests.Models.Weights;

/// <summary>Keeps what a network reads of other weights, to write it into a file.</summary>
/// <param name="source">The weights.</param>
/// <param name="prefix">Stands before their names in the file.</param>
/// <param name="tensors">Receives them.</param>
/// <param name="asHalves">Whether they are kept as fp16: those of the formula, which it rounds so.</param>
internal sealed class CopiedWeights(IWeightSource source, string prefix, Dictionary<string, TensorContent> tensors, bool asHalves = false) : IWeightSource
{
    public string Description => source.Description;

    public IEnumerable<string> Names => source.Names;

    public bool TryGetShape(string name, out IReadOnlyList<long>? shape) => source.TryGetShape(name, out shape);

    public void Read(string name, ReadOnlySpan<int> shape, Span<float> destination)
    {
        source.Read(name, shape, destination);
        var bytes = asHalves ? Halves(destination) : MemoryMarshal.AsBytes(destination).ToArray();
        tensors[prefix + name] = new TensorContent(asHalves ? TensorType.F16 : TensorType.F32, [.. shape.ToArray().Select(extent => (long)extent)], bytes);
    }

    private static byte[] Halves(ReadOnlySpan<float> values)
    {
        var halves = new Half[values.Length];
        for (var i = 0; i < halves.Length; i++) halves[i] = (Half)values[i];
        return MemoryMarshal.AsBytes(halves.AsSpan()).ToArray();
    }
}
