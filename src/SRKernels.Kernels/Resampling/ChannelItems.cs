using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Intrinsics;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Resampling;

/// <summary>What a kernel that moves whole pixels moves at a time: four channels where their number allows it, else one.</summary>
/// <param name="Width">4 or 1.</param>
internal readonly record struct ChannelItems(int Width)
{
    /// <summary>For tensors whose numbers of channels, or-ed, are <paramref name="channels"/>.</summary>
    public static ChannelItems Of(int channels) => new(channels % 4 == 0 ? 4 : 1);

    /// <summary>The variant of a kernel that is generic in the item.</summary>
    public KernelKey Variant(KernelKey kernel) => kernel with { TypeArguments = [Width == 4 ? typeof(Float4).FullName! : "float"] };

    /// <summary>A tensor as items.</summary>
    public GpuView View(Tensor x) => Width == 4 ? GpuView.Of<Float4>(x) : GpuView.Of(x);

    /// <summary>How many items a tensor has.</summary>
    public int Count(Tensor x) => checked((int)(x.Shape.Count / Width));
}
