using SRKernels.Kernels;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Layers;

namespace SRKernels.Models.UNet;

/// <summary>A convolution between the denoiser's blocks: the first one, the ones that halve and the ones that double.</summary>
internal sealed class TimelessConv(ConvLayer conv) : ITimedLayer
{
    public Tensor Forward(KernelContext cx, Tensor x, StepTime time) => conv.Forward(cx, x);

    public void Dispose() => conv.Dispose();
}
