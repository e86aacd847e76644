using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Convolution;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Layers;

/// <summary>A convolution with its weights, by default with stride 1 and the same size out as in.</summary>
internal sealed class ConvLayer : INormFoldingLayer, IDisposable
{
    private readonly string _name;
    private readonly Conv2dWeights _weights;
    private readonly int _stride;
    private readonly Conv2dPadding _padding;
    private readonly bool _upsampleInput;

    public ConvLayer(
        WeightScope w, int inChannels, int outChannels, int kernelSize,
        int stride = 1, Conv2dPadding padding = Conv2dPadding.Same, bool upsampleInput = false)
    {
        _name = w.Path;
        _weights = Conv2dWeights.Pack(
            w.Tensor("weight", outChannels, inChannels, kernelSize, kernelSize),
            w.Vector("bias", outChannels),
            outChannels, inChannels, kernelSize);
        (_stride, _padding, _upsampleInput) = (stride, padding, upsampleInput);
    }

    /// <summary>A convolution whose weights were made from others; of stride 1.</summary>
    /// <param name="name">Its name in traces.</param>
    /// <param name="weights">The layer's from now on.</param>
    public ConvLayer(string name, Conv2dWeights weights) => (_name, _weights, _stride) = (name, weights, 1);

    /// <summary>What it computes with.</summary>
    public Conv2dWeights Weights => _weights;

    public long WeightBytes => _weights.Bytes;

    /// <inheritdoc/>
    public bool FoldsNorm(KernelContext cx) => cx.Kind == ExecutionKind.Device && (cx.Gpu.Precision != Precision.Fp32 || _weights.KernelSize == 1);

    /// <summary>Whether someone wants to see what it gives.</summary>
    public bool IsWanted(KernelContext cx) => cx.Trace?.Wants(_name) == true;

    /// <inheritdoc/>
    public Tensor Forward(
        KernelContext cx, Tensor x, Activation activation = Activation.None, Tensor? residual = null,
        Tensor? inputAffine = null, Activation inputActivation = Activation.None)
    {
        if (IsWanted(cx))
        {
            // What a framework's module would give: nothing fused behind it.
            using var plain = Conv2d.Apply(cx, x, _weights, Options(Activation.None, null, inputAffine, inputActivation));
            cx.Show(_name, plain);
        }

        return Conv2d.Apply(cx, x, _weights, Options(activation, residual, inputAffine, inputActivation));
    }

    /// <summary>As <see cref="Forward"/>, and gives the input's memory back.</summary>
    public Tensor Consume(KernelContext cx, Tensor x, Activation activation = Activation.None, Tensor? residual = null)
    {
        var y = Forward(cx, x, activation, residual);
        x.Dispose();
        return y;
    }

    public void Dispose() => _weights.Dispose();

    private Conv2dOptions Options(Activation activation, Tensor? residual, Tensor? inputAffine, Activation inputActivation) => new()
    {
        Stride = _stride,
        Padding = _padding,
        UpsampleInput = _upsampleInput,
        Activation = activation,
        Residual = residual,
        InputAffine = inputAffine,
        InputActivation = inputActivation,
    };
}
