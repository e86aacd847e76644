using SRKernels.Kernels;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Models.Sampling;

/// <summary>The draws of one chain, as latents: the prior's first, then one a step.</summary>
internal interface ILatentNoise
{
    /// <summary>The next draw, in the latent's shape.</summary>
    Tensor Draw(KernelContext cx, Shape latent);
}
