using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SRKernels.Kernels.Dense;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Convolution;

/// <summary>A convolution's weights and bias in the order that the kernels read, in native memory.</summary>
/// <remarks>
/// Layout: [panel of 32 output channels][ky][kx][input channel][32], the last panel filled up with zeros: a panel is the right-hand
/// side of a product whose sums run over (ky, kx, input channel). Biases lie filled up likewise, and behind them the slopes. The same on every processor.
/// </remarks>
public sealed unsafe class Conv2dWeights : IDisposable
{
    private readonly long _count;
    private readonly NativeBlock _weights;
    private readonly NativeBlock _bias;

    private Conv2dWeights(int outChannels, int inChannels, int kernelSize, bool hasSlopes)
    {
        OutChannels = outChannels;
        HasSlopes = hasSlopes;
        InChannels = inChannels;
        KernelSize = kernelSize;
        var padded = GemmTiles.Panels(outChannels) * GemmTiles.PanelColumns;
        _count = checked((long)padded * inChannels * kernelSize * kernelSize);
        _weights = new NativeBlock(checked(_count * sizeof(float)));
        _bias = new NativeBlock(2L * padded * sizeof(float));
        new Span<float>(_bias.Data, 2 * padded).Clear();
    }

    /// <summary>Channels that come out.</summary>
    public int OutChannels { get; }

    /// <summary>Channels that go in.</summary>
    public int InChannels { get; }

    /// <summary>Rows and columns of the kernel: 1 or 3.</summary>
    public int KernelSize { get; }

    /// <summary>Whether there are slopes for <see cref="Activations.Activation.LeakyRelu"/>.</summary>
    public bool HasSlopes { get; }

    /// <summary>Bytes of native memory.</summary>
    public long Bytes => (_count + (2 * GemmTiles.Panels(OutChannels) * GemmTiles.PanelColumns)) * sizeof(float);

    /// <summary>The weights as the right-hand side of a product.</summary>
    /// <remarks>Whoever computes with it keeps this object alive to the end.</remarks>
    /// <exception cref="ObjectDisposedException">They were freed.</exception>
    internal PackedWeights Packed
    {
        get
        {
            ObjectDisposedException.ThrowIf(_weights.IsClosed, this);
            return new((nint)_weights.Data, (nint)_bias.Data, KernelSize * KernelSize * InChannels, OutChannels);
        }
    }

    /// <summary>Packs weights in PyTorch's layout.</summary>
    /// <param name="oihw">[out, in, ky, kx], C order.</param>
    /// <param name="bias">[out], or empty for none.</param>
    /// <param name="outChannels">Channels that come out.</param>
    /// <param name="inChannels">Channels that go in.</param>
    /// <param name="kernelSize">1 or 3.</param>
    /// <param name="slopes">[out], what <see cref="Activations.Activation.LeakyRelu"/> multiplies negative results by; or empty for none.</param>
    /// <exception cref="Runtime.SrkException">The lengths do not fit the extents, or the kernel is neither 1x1 nor 3x3.</exception>
    public static Conv2dWeights Pack(
        ReadOnlySpan<float> oihw, ReadOnlySpan<float> bias, int outChannels, int inChannels, int kernelSize, ReadOnlySpan<float> slopes = default)
    {
        Expect.That(kernelSize is 1 or 3, nameof(Conv2d), "a kernel of 1x1 or 3x3", "another size", "no other is built");
        Expect.That(outChannels > 0 && inChannels > 0, nameof(Conv2d), "at least one channel in and out", "none", "check the layer's configuration");
        Expect.Length(nameof(Conv2d), checked(outChannels * inChannels * kernelSize * kernelSize), oihw.Length, "weight");
        if (!bias.IsEmpty) Expect.Length(nameof(Conv2d), outChannels, bias.Length, "bias");
        if (!slopes.IsEmpty) Expect.Length(nameof(Conv2d), outChannels, slopes.Length, "slopes");
        var packed = new Conv2dWeights(outChannels, inChannels, kernelSize, !slopes.IsEmpty);
        slopes.CopyTo(new Span<float>(packed._bias.Data + (GemmTiles.Panels(outChannels) * GemmTiles.PanelColumns), outChannels));
        if (!bias.IsEmpty) bias.CopyTo(new Span<float>(packed._bias.Data, outChannels));
        for (var panel = 0; panel < GemmTiles.Panels(outChannels); panel++) packed.PackPanel(oihw, panel);
        return packed;
    }

    /// <summary>The weight between one output and one input channel at one tap, read back from the packed form.</summary>
    public float At(int o, int i, int ky, int kx)
    {
        if ((uint)o >= (uint)OutChannels || (uint)i >= (uint)InChannels || (uint)ky >= (uint)KernelSize || (uint)kx >= (uint)KernelSize)
            throw new ArgumentOutOfRangeException(nameof(o), $"Conv2dWeights.At: expected an element of [{OutChannels},{InChannels},{KernelSize},{KernelSize}], got [{o},{i},{ky},{kx}]");
        var (panel, column) = Math.DivRem(o, GemmTiles.PanelColumns);
        return Packed.Panel(panel)[((nint)((((ky * KernelSize) + kx) * InChannels) + i) * GemmTiles.PanelColumns) + column];
    }

    /// <summary>The bias of one output channel.</summary>
    public float BiasAt(int o)
    {
        ObjectDisposedException.ThrowIf(_bias.IsClosed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)o, (uint)OutChannels, nameof(o));
        return _bias.Data[o];
    }

    /// <summary>The slope of one output channel; 0 where there are none.</summary>
    public float SlopeAt(int o)
    {
        ObjectDisposedException.ThrowIf(_bias.IsClosed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)o, (uint)OutChannels, nameof(o));
        return _bias.Data[(GemmTiles.Panels(OutChannels) * GemmTiles.PanelColumns) + o];
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        _weights.Dispose();
        _bias.Dispose();
    }

    /// <summary>Packs 32 output channels, some input channels at a time so that the lines being filled stay in the first-level cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PackPanel(ReadOnlySpan<float> oihw, int panel)
    {
        const int block = 16;
        var taps = KernelSize * KernelSize;
        var columns = Packed.PanelColumns(panel);
        var to = Packed.Panel(panel);
        if (columns < GemmTiles.PanelColumns) NativeMemory.Clear(to, (nuint)taps * (nuint)InChannels * GemmTiles.PanelColumns * sizeof(float));
        for (var from = 0; from < InChannels; from += block)
        {
            var end = Math.Min(from + block, InChannels);
            for (var column = 0; column < columns; column++)
            {
                var filters = oihw.Slice(((panel * GemmTiles.PanelColumns) + column) * InChannels * taps, InChannels * taps);
                for (var i = from; i < end; i++)
                    for (var tap = 0; tap < taps; tap++)
                        to[((((nint)tap * InChannels) + i) * GemmTiles.PanelColumns) + column] = filters[(i * taps) + tap];
            }
        }
    }
}
