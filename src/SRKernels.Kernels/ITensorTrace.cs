using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels;

/// <summary>Sees the named intermediate tensors of a running network, in the order in which they arise.</summary>
public interface ITensorTrace
{
    /// <summary>Whether a tensor of this name is wanted; what is fused into another op is computed apart only then.</summary>
    bool Wants(string name);

    /// <summary>Shows a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">Its extents.</param>
    /// <param name="values">Its elements, NHWC; lent for the call only.</param>
    void Record(string name, Shape shape, ReadOnlySpan<float> values);
}
