using SRKernels.Kernels;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Layers;

namespace SRKernels.Models.UNet;

/// <summary>Layers one after the other, under one key of the checkpoint.</summary>
internal sealed class TimedSequence(string name, params ITimedLayer[] layers) : ITimedLayer
{
    public Tensor Forward(KernelContext cx, Tensor x, StepTime time)
    {
        var h = layers[0].Forward(cx, x, time);
        foreach (var layer in layers.AsSpan(1))
        {
            var next = layer.Forward(cx, h, time);
            h.Dispose();
            h = next;
        }

        return h.Traced(cx, name);
    }

    public void Dispose()
    {
        foreach (var layer in layers) layer.Dispose();
    }
}
