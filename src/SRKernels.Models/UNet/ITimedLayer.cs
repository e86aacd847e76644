using SRKernels.Kernels;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Models.UNet;

/// <summary>A layer of the denoiser: a map in, a map out, the time beside it.</summary>
internal interface ITimedLayer : IDisposable
{
    /// <summary>Computes the layer; the input stays the caller's.</summary>
    /// <param name="cx">Where it runs.</param>
    /// <param name="x">[n, h, w, c].</param>
    /// <param name="time">What it knows of the time. Layers without time ignore it.</param>
    Tensor Forward(KernelContext cx, Tensor x, StepTime time);
}
