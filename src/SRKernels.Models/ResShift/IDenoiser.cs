using SRKernels.Kernels;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Models.ResShift;

/// <summary>A network that predicts the clean latent, its condition already bound.</summary>
internal interface IDenoiser
{
    /// <summary>The prediction x0 for the scaled noisy latent at a time of the full schedule; both [n, h, w, c].</summary>
    Tensor Predict(KernelContext cx, Tensor scaled, int timestep);
}
