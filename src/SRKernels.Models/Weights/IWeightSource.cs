namespace SRKernels.Models.Weights;

/// <summary>Where a model's parameters come from: a file, or a formula in tests and benchmarks.</summary>
public interface IWeightSource
{
    /// <summary>What to call it in errors.</summary>
    string Description { get; }

    /// <summary>The names of all tensors it holds; empty where it makes any that is asked for.</summary>
    IEnumerable<string> Names { get; }

    /// <summary>Says whether there is a tensor, and its shape.</summary>
    /// <param name="name">Its full name.</param>
    /// <param name="shape">Its extents, or null where the source makes any shape that is asked for.</param>
    bool TryGetShape(string name, out IReadOnlyList<long>? shape);

    /// <summary>Reads a tensor as fp32 in C order.</summary>
    /// <param name="name">Its full name.</param>
    /// <param name="shape">The extents it is expected to have.</param>
    /// <param name="destination">Receives the product of the extents values.</param>
    void Read(string name, ReadOnlySpan<int> shape, Span<float> destination);
}
