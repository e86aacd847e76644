using SRKernels.Kernels;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Tests.Models;

/// <summary>Wants what one layer gives.</summary>
internal sealed class OneLayerTrace(string wanted) : ITensorTrace
{
    public Shape Shape { get; private set; }

    public float[] Values { get; private set; } = [];

    public bool Wants(string name) => name == wanted;

    public void Record(string name, Shape shape, ReadOnlySpan<float> values) => (Shape, Values) = (shape, values.ToArray());
}
