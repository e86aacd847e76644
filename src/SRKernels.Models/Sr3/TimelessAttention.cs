using SRKernels.Kernels;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.UNet;
using SRKernels.Models.Vq;

namespace SRKernels.Models.Sr3;

/// <summary>Attention behind a block that was told the noise level: it does not depend on it by itself.</summary>
internal sealed class TimelessAttention(AttentionBlock attention) : ITimedLayer
{
    public Tensor Forward(KernelContext cx, Tensor x, StepTime time) => attention.Forward(cx, x);

    public void Dispose() => attention.Dispose();
}
