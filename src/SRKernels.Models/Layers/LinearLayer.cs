using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Dense;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Layers;

/// <summary>A linear map over the channels with its weights.</summary>
internal sealed class LinearLayer : INormFoldingLayer, IDisposable
{
    private readonly string _name;
    private readonly LinearWeights _weights;

    public LinearLayer(WeightScope w, int inFeatures, int outFeatures)
    {
        _name = w.Path;
        _weights = LinearWeights.Pack(
            w.Tensor("weight", outFeatures, inFeatures), w.Vector("bias", outFeatures), outFeatures, inFeatures);
    }

    /// <inheritdoc/>
    public bool FoldsNorm(KernelContext cx) => cx.Kind == ExecutionKind.Device;

    /// <inheritdoc/>
    public Tensor Forward(
        KernelContext cx, Tensor x, Activation activation = Activation.None, Tensor? residual = null,
        Tensor? inputAffine = null, Activation inputActivation = Activation.None)
    {
        if (cx.Trace is { } trace && trace.Wants(_name))
        {
            using var plain = Linear.Apply(cx, x, _weights, inputAffine: inputAffine, inputActivation: inputActivation);
            cx.Show(_name, plain);
        }

        return Linear.Apply(cx, x, _weights, activation, residual, inputAffine, inputActivation);
    }

    /// <summary>As <see cref="Forward"/>, and gives the input's memory back.</summary>
    public Tensor Consume(KernelContext cx, Tensor x, Activation activation = Activation.None, Tensor? residual = null)
    {
        var y = Forward(cx, x, activation, residual);
        x.Dispose();
        return y;
    }

    public void Dispose() => _weights.Dispose();
}
