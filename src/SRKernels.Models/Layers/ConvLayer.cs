using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Arithmetic;
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
    private readonly float _gain = 1;
    private readonly bool _readsPrefix;

    /// <summary>Reads a layer.</summary>
    /// <param name="w">Where its weight and bias are.</param>
    /// <param name="inChannels">Channels that go in.</param>
    /// <param name="outChannels">Channels that come out.</param>
    /// <param name="kernelSize">1 or 3.</param>
    /// <param name="stride">1 or 2.</param>
    /// <param name="padding">Where zeros are added.</param>
    /// <param name="upsampleInput">Each pixel of the input counts as 2x2.</param>
    /// <param name="slopes">Of each output channel, for <see cref="Activation.LeakyRelu"/>; or none.</param>
    /// <param name="gain">What the layer's result is multiplied by: folded into the weights.</param>
    /// <param name="readsPrefix">The input may have more channels: its first ones are read.</param>
    public ConvLayer(
        WeightScope w, int inChannels, int outChannels, int kernelSize,
        int stride = 1, Conv2dPadding padding = Conv2dPadding.Same, bool upsampleInput = false, float[]? slopes = null, float gain = 1, bool readsPrefix = false)
    {
        _name = w.Path;
        var weight = w.Tensor("weight", outChannels, inChannels, kernelSize, kernelSize);
        var bias = w.Vector("bias", outChannels);
        _weights = gain == 1
            ? Conv2dWeights.Pack(weight, bias, outChannels, inChannels, kernelSize, slopes)
            : Conv2dWeights.Pack(Scaled(weight, gain), Scaled(bias, gain), outChannels, inChannels, kernelSize, slopes);
        (_stride, _padding, _upsampleInput) = (stride, padding, upsampleInput);
        (_gain, _readsPrefix) = (gain, readsPrefix);
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
        Show(cx, x, inputAffine, inputActivation);
        return Conv2d.Apply(cx, x, _weights, Options(activation, residual, inputAffine, inputActivation));
    }

    /// <summary>Writes into channels of a map, which may be the one that is read.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="x">[n, h, w, in].</param>
    /// <param name="target">The map.</param>
    /// <param name="firstChannel">Its first channel that is written.</param>
    /// <param name="activation">Applied to the result.</param>
    /// <param name="residual">Its first channels are added last; or null.</param>
    public void ForwardInto(KernelContext cx, Tensor x, Tensor target, int firstChannel, Activation activation = Activation.None, Tensor? residual = null)
    {
        Show(cx, x, null, Activation.None);
        Conv2d.ApplyInto(cx, x, _weights, target, firstChannel, Options(activation, residual, null, Activation.None));
    }

    /// <summary>As <see cref="Forward"/>, and gives the input's memory back.</summary>
    public Tensor Consume(KernelContext cx, Tensor x, Activation activation = Activation.None, Tensor? residual = null)
    {
        var y = Forward(cx, x, activation, residual);
        x.Dispose();
        return y;
    }

    public void Dispose() => _weights.Dispose();

    private static float[] Scaled(ReadOnlySpan<float> values, float gain)
    {
        var scaled = values.ToArray();
        foreach (ref var value in scaled.AsSpan()) value *= gain;
        return scaled;
    }

    /// <summary>To a trace, what a framework's module would give: nothing fused behind it.</summary>
    private void Show(KernelContext cx, Tensor x, Tensor? inputAffine, Activation inputActivation)
    {
        if (!IsWanted(cx)) return;
        using var plain = Conv2d.Apply(cx, x, _weights, Options(Activation.None, null, inputAffine, inputActivation));
        using var unscaled = _gain == 1 ? null : Scale.Divide(cx, plain, _gain);
        cx.Show(_name, unscaled ?? plain);
    }

    private Conv2dOptions Options(Activation activation, Tensor? residual, Tensor? inputAffine, Activation inputActivation) => new()
    {
        Stride = _stride,
        Padding = _padding,
        UpsampleInput = _upsampleInput,
        Activation = activation,
        Residual = residual,
        InputAffine = inputAffine,
        InputActivation = inputActivation,
        ReadsPrefix = _readsPrefix,
    };
}
