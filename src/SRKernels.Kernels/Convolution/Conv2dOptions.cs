using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Convolution;

/// <summary>Where a convolution's input is filled up with zeros.</summary>
public enum Conv2dPadding
{
    /// <summary>Half the kernel on all four sides.</summary>
    Same,

    /// <summary>One row below and one column to the right, nothing above and left: the autoencoder's way down (3x3, stride 2 only).</summary>
    BottomRight,
}

/// <summary>What a convolution does beside the weights; the default is stride 1, padding on all sides, nothing else.</summary>
public readonly record struct Conv2dOptions
{
    /// <summary>Step of the output grid in input pixels: 1 or 2; 0 means 1.</summary>
    public int Stride { get; init; }

    /// <summary>Where zeros are added.</summary>
    public Conv2dPadding Padding { get; init; }

    /// <summary>The input is read as if each of its pixels were 2x2 pixels (nearest-neighbour upsampling folded in).</summary>
    public bool UpsampleInput { get; init; }

    /// <summary>The input may have more channels than the weights take: its first ones are read.</summary>
    public bool ReadsPrefix { get; init; }

    /// <summary>Added to the output last; its shape is the output's, or it has more channels, of which the first ones are added.</summary>
    public Tensor? Residual { get; init; }

    /// <summary>Applied after the bias and before <see cref="Residual"/>.</summary>
    public Activation Activation { get; init; }

    /// <summary>
    /// [n, 1, 1, 2 in], of each image first the multipliers m, then the offsets o: an input element x counts as f(x m + o), f being
    /// <see cref="InputActivation"/>. Padding stays zero. What GroupNorm leaves to do to a map, done while the map is read.
    /// </summary>
    public Tensor? InputAffine { get; init; }

    /// <summary>Applied after <see cref="InputAffine"/>: none or SiLU; without that tensor it must be none.</summary>
    public Activation InputActivation { get; init; }

    /// <summary><see cref="Stride"/> with its default filled in.</summary>
    internal int Step => Stride == 0 ? 1 : Stride;
}
