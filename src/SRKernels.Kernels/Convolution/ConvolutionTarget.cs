using SRKernels.Kernels.Dense;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Convolution;

/// <summary>Where a convolution writes: all channels of a map, or some of a larger one.</summary>
/// <param name="Map">The map.</param>
/// <param name="First">Its first channel that is written.</param>
/// <param name="Channels">How many are.</param>
internal readonly record struct ConvolutionTarget(Tensor Map, int First, int Channels)
{
    /// <summary>What is written, as a map of its own.</summary>
    public Shape Shape => Map.Shape.WithChannels(Channels);

    /// <summary>Elements between pixels.</summary>
    public int Stride => Map.Shape.C;

    /// <summary>Whether all channels are written.</summary>
    public bool IsWhole => Channels == Map.Shape.C;

    /// <summary>From the first element written on, on a device.</summary>
    public GpuView View => GpuView.Of(Map).Slice(First, Map.Shape.Count - First);

    /// <summary>The pixels, on the processor.</summary>
    public unsafe StridedRows Rows => new(Map.Data + First, Stride);

    /// <summary>A whole map.</summary>
    public static implicit operator ConvolutionTarget(Tensor map) => new(map, 0, map.Shape.C);
}
