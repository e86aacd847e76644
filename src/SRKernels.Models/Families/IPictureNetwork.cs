using System.Text.Json;
using SRKernels.Kernels;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Planning;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Families;

/// <summary>A network that makes a picture of a picture in one run.</summary>
internal interface IPictureNetwork : IDisposable
{
    /// <summary>The larger picture, not limited to the range of its values.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="x">[n, h, w, 3] in 0..1, its sides multiples of <see cref="IPictureNetworkConfiguration.Multiple"/>; stays the caller's.</param>
    /// <returns>[n, h s, w s, 3].</returns>
    Tensor Forward(KernelContext cx, Tensor x);
}

/// <summary>The hyper-parameters of such a network.</summary>
internal interface IPictureNetworkConfiguration
{
    /// <summary>How much larger the result is.</summary>
    int Scale { get; }

    /// <summary>What the sides of the picture must be multiples of.</summary>
    int Multiple { get; }

    /// <summary>How many pixels to each side a pixel of the result sees, in pixels of the picture.</summary>
    int Reach { get; }

    /// <summary>What a run takes.</summary>
    /// <param name="pixels">Pixels of the picture.</param>
    NetworkCost CostOf(double pixels);

    /// <summary>The numbers as fields of an object.</summary>
    void Write(Utf8JsonWriter writer);

    /// <summary>Checks that the numbers are possible; untrusted files come through here.</summary>
    /// <exception cref="Runtime.SrkException">One is out of range.</exception>
    void Validate(string who);

    /// <summary>Reads the weights.</summary>
    /// <exception cref="Runtime.SrkException">A tensor is missing or misshapen.</exception>
    IPictureNetwork Build(WeightScope weights);
}
