namespace SRKernels.Models.Weights;

/// <summary>A source whose every tensor is 0.</summary>
internal sealed class ZeroWeights : IWeightSource
{
    public string Description => "zeros";

    public IEnumerable<string> Names => [];

    public bool TryGetShape(string name, out IReadOnlyList<long>? shape)
    {
        shape = null;
        return true;
    }

    public void Read(string name, ReadOnlySpan<int> shape, Span<float> destination) => destination.Clear();
}
