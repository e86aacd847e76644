using SRKernels.Kernels.Convolution;

namespace SRKernels.Kernels.Dense;

/// <summary>A linear layer's weights and bias in the order that the kernels read: those of a 1x1 convolution.</summary>
public sealed class LinearWeights : IDisposable
{
    private LinearWeights(Conv2dWeights pointwise) => Pointwise = pointwise;

    /// <summary>Features that come out.</summary>
    public int OutFeatures => Pointwise.OutChannels;

    /// <summary>Features that go in.</summary>
    public int InFeatures => Pointwise.InChannels;

    /// <summary>Bytes of native memory.</summary>
    public long Bytes => Pointwise.Bytes;

    /// <summary>The same weights as a 1x1 convolution.</summary>
    internal Conv2dWeights Pointwise { get; }

    /// <summary>Packs weights in PyTorch's layout.</summary>
    /// <param name="outIn">[out, in], C order.</param>
    /// <param name="bias">[out], or empty for none.</param>
    /// <param name="outFeatures">Features that come out.</param>
    /// <param name="inFeatures">Features that go in.</param>
    /// <exception cref="Runtime.SrkException">The lengths do not fit the extents.</exception>
    public static LinearWeights Pack(ReadOnlySpan<float> outIn, ReadOnlySpan<float> bias, int outFeatures, int inFeatures) =>
        new(Conv2dWeights.Pack(outIn, bias, outFeatures, inFeatures, kernelSize: 1));

    /// <summary>The weight between one output and one input feature.</summary>
    public float At(int o, int i) => Pointwise.At(o, i, 0, 0);

    /// <summary>The bias of one output feature.</summary>
    public float BiasAt(int o) => Pointwise.BiasAt(o);

    /// <summary>Frees the memory.</summary>
    public void Dispose() => Pointwise.Dispose();
}
