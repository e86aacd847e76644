using System.Runtime.InteropServices;

namespace SRKernels.Kernels.Convolution;

/// <summary>A convolution's weights and bias in the order that the kernels read, in native memory.</summary>
/// <remarks>Layout: [ky][kx][input channel][output channel], output channels contiguous.</remarks>
public sealed unsafe class Conv2dWeights : IDisposable
{
    private const nuint AlignmentBytes = 64;
    private readonly long _count;
    private float* _weights;
    private float* _bias;

    private Conv2dWeights(int outChannels, int inChannels, int kernelSize)
    {
        OutChannels = outChannels;
        InChannels = inChannels;
        KernelSize = kernelSize;
        _count = checked((long)outChannels * inChannels * kernelSize * kernelSize);
        _weights = (float*)NativeMemory.AlignedAlloc(checked((nuint)_count * sizeof(float)), AlignmentBytes);
        _bias = (float*)NativeMemory.AlignedAlloc((nuint)outChannels * sizeof(float), AlignmentBytes);
    }

    /// <summary>Channels that come out.</summary>
    public int OutChannels { get; }

    /// <summary>Channels that go in.</summary>
    public int InChannels { get; }

    /// <summary>Rows and columns of the kernel: 1 or 3.</summary>
    public int KernelSize { get; }

    /// <summary>Bytes of native memory.</summary>
    public long Bytes => (_count + OutChannels) * sizeof(float);

    /// <summary>Packs weights in PyTorch's layout.</summary>
    /// <param name="oihw">[out, in, ky, kx], C order.</param>
    /// <param name="bias">[out], or empty for none.</param>
    /// <param name="outChannels">Channels that come out.</param>
    /// <param name="inChannels">Channels that go in.</param>
    /// <param name="kernelSize">1 or 3.</param>
    /// <exception cref="Runtime.SrkException">The lengths do not fit the extents, or the kernel is neither 1x1 nor 3x3.</exception>
    public static Conv2dWeights Pack(ReadOnlySpan<float> oihw, ReadOnlySpan<float> bias, int outChannels, int inChannels, int kernelSize)
    {
        Expect.That(kernelSize is 1 or 3, nameof(Conv2d), "a kernel of 1x1 or 3x3", "another size", "no other is built");
        Expect.That(outChannels > 0 && inChannels > 0, nameof(Conv2d), "at least one channel in and out", "none", "check the layer's configuration");
        Expect.Length(nameof(Conv2d), checked(outChannels * inChannels * kernelSize * kernelSize), oihw.Length, "weight");
        if (!bias.IsEmpty) Expect.Length(nameof(Conv2d), outChannels, bias.Length, "bias");
        var packed = new Conv2dWeights(outChannels, inChannels, kernelSize);
        var taps = kernelSize * kernelSize;
        for (var o = 0; o < outChannels; o++)
        {
            packed._bias[o] = bias.IsEmpty ? 0 : bias[o];
            for (var i = 0; i < inChannels; i++)
                for (var tap = 0; tap < taps; tap++)
                    packed._weights[((((long)tap * inChannels) + i) * outChannels) + o] = oihw[(((o * inChannels) + i) * taps) + tap];
        }

        return packed;
    }

    /// <summary>The weight between one output and one input channel at one tap, read back from the packed form.</summary>
    public float At(int o, int i, int ky, int kx) => _weights[(((((long)ky * KernelSize) + kx) * InChannels + i) * OutChannels) + o];

    /// <summary>The bias of one output channel.</summary>
    public float BiasAt(int o) => _bias[o];

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_weights);
        NativeMemory.AlignedFree(_bias);
        _weights = _bias = null;
    }
}
