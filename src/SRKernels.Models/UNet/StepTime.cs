using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Layers;

namespace SRKernels.Models.UNet;

/// <summary>What one run of the denoiser knows of the time.</summary>
internal abstract class StepTime : IDisposable
{
    /// <summary>A layer of the time's embedding, [n, 1, 1, features]; the caller disposes it.</summary>
    public abstract Tensor Through(KernelContext cx, LinearLayer layer);

    public virtual void Dispose()
    {
    }
}

/// <summary>The time of one step, taken through the layers as they come.</summary>
/// <param name="embedding">SiLU of the time embedding, [n, 1, 1, 4 model channels]; disposed with this.</param>
internal sealed class SingleTime(Tensor embedding) : StepTime
{
    public override Tensor Through(KernelContext cx, LinearLayer layer) => layer.Forward(cx, embedding);

    public override void Dispose() => embedding.Dispose();
}

/// <summary>
/// The times of a whole chain on a device: each layer takes all steps' embeddings at once, at the first step that asks. Layers of a single row leave
/// a device idle, and there are dozens of them in each step.
/// </summary>
/// <param name="embeddings">SiLU of the time embeddings, [steps n, 1, 1, 4 model channels], step by step; disposed with this.</param>
/// <param name="images">n.</param>
internal sealed class ChainTime(Tensor embeddings, int images) : IDisposable
{
    private readonly Dictionary<LinearLayer, Tensor> _layers = [];

    /// <summary>The time of one step, counted from 0 in the order of the embeddings.</summary>
    public StepTime At(int step) => new OfStep(this, step);

    public void Dispose()
    {
        foreach (var layer in _layers.Values) layer.Dispose();
        embeddings.Dispose();
    }

    private Tensor Through(KernelContext cx, LinearLayer layer, int step)
    {
        if (!_layers.TryGetValue(layer, out var all)) _layers.Add(layer, all = layer.Forward(cx, embeddings));
        return GpuRecorder.Images(all, step * images, images);
    }

    private sealed class OfStep(ChainTime chain, int step) : StepTime
    {
        public override Tensor Through(KernelContext cx, LinearLayer layer) => chain.Through(cx, layer, step);
    }
}
