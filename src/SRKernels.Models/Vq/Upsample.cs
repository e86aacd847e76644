using SRKernels.Kernels;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Layers;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Vq;

/// <summary>Doubles a map: nearest neighbours, then a convolution, in one.</summary>
internal sealed class Upsample(WeightScope w, int channels) : IVqLayer
{
    private readonly string _name = w.Path;
    private readonly ConvLayer _conv = new(w["conv"], channels, channels, 3, upsampleInput: true);

    public Tensor Forward(KernelContext cx, Tensor x) => _conv.Forward(cx, x).Traced(cx, _name);

    public void Dispose() => _conv.Dispose();
}
