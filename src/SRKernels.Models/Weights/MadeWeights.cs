namespace SRKernels.Models.Weights;

/// <summary>A source that makes up every tensor that is asked for, of whatever name and shape.</summary>
/// <param name="description">What to call it in errors.</param>
internal abstract class MadeWeights(string description) : IWeightSource
{
    public string Description => description;

    public IEnumerable<string> Names => [];

    public bool TryGetShape(string name, out IReadOnlyList<long>? shape)
    {
        shape = null;
        return true;
    }

    public abstract void Read(string name, ReadOnlySpan<int> shape, Span<float> destination);
}
