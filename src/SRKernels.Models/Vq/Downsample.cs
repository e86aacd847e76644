using SRKernels.Kernels;
using SRKernels.Kernels.Convolution;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Layers;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Vq;

/// <summary>Halves a map by a convolution with a border of zeros at the right and the bottom only.</summary>
internal sealed class Downsample(WeightScope w, int channels) : IVqLayer
{
    private readonly string _name = w.Path;
    private readonly ConvLayer _conv = new(w["conv"], channels, channels, 3, stride: 2, padding: Conv2dPadding.BottomRight);

    public Tensor Forward(KernelContext cx, Tensor x) => _conv.Forward(cx, x).Traced(cx, _name);

    public void Dispose() => _conv.Dispose();
}
