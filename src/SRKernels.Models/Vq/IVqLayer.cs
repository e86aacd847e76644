using SRKernels.Kernels;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Models.Vq;

/// <summary>A layer of the autoencoder: a map in, a map out.</summary>
internal interface IVqLayer : IDisposable
{
    /// <summary>Computes the layer; the input stays the caller's.</summary>
    Tensor Forward(KernelContext cx, Tensor x);
}
