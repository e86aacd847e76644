using System.Runtime.InteropServices;
using SRKernels.Models.Weights;

namespace SRKernels.Tests.Models.Weights;

/// <summary>Keeps what a network reads of other weights, to write it into a file.</summary>
internal sealed class CopiedWeights(IWeightSource source, string prefix, Dictionary<string, TensorContent> tensors) : IWeightSource
{
    public string Description => source.Description;

    public IEnumerable<string> Names => source.Names;

    public bool TryGetShape(string name, out IReadOnlyList<long>? shape) => source.TryGetShape(name, out shape);

    public void Read(string name, ReadOnlySpan<int> shape, Span<float> destination)
    {
        source.Read(name, shape, destination);
        tensors[prefix + name] = new TensorContent(TensorType.F32, [.. shape.ToArray().Select(extent => (long)extent)], MemoryMarshal.AsBytes(destination).ToArray());
    }
}
