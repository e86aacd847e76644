using System.Runtime.CompilerServices;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime;

namespace SRKernels.Kernels.Gpu;

/// <summary>A run of elements on the device, as an <c>ArrayView</c> parameter takes it.</summary>
/// <param name="Place">In which memory.</param>
/// <param name="ElementBytes">Bytes of an element.</param>
/// <param name="Offset">First element.</param>
/// <param name="Length">How many elements; -1: all that there are.</param>
internal readonly record struct GpuView(GpuPlace Place, int ElementBytes, long Offset, long Length)
{
    /// <summary>Some of its elements.</summary>
    public GpuView Slice(long offset, long length) => this with { Offset = Offset + offset, Length = length };

    /// <summary>The elements of a tensor.</summary>
    public static GpuView Of(Tensor tensor) => Of<float>(tensor);

    /// <summary>A tensor's memory as elements of another type.</summary>
    public static GpuView Of<T>(Tensor tensor)
        where T : unmanaged =>
        new(tensor.Place, Unsafe.SizeOf<T>(), tensor.First * sizeof(float) / Unsafe.SizeOf<T>(), tensor.Shape.Count * sizeof(float) / Unsafe.SizeOf<T>());
}

/// <summary>One argument of a recorded launch: a view or a number.</summary>
internal readonly struct GpuArgument
{
    private GpuArgument(GpuView view) => View = view;

    private GpuArgument(KernelParameter kind, long bits) => (Kind, Bits) = (kind, bits);

    /// <summary>The view, if it is one.</summary>
    public GpuView View { get; }

    /// <summary>What it is; <see cref="KernelParameter.Pointer"/> for a view.</summary>
    public KernelParameter Kind { get; }

    /// <summary>The number's bits.</summary>
    public long Bits { get; }

    public static implicit operator GpuArgument(Tensor tensor) => new(GpuView.Of(tensor));

    public static implicit operator GpuArgument(GpuView view) => new(view);

    public static implicit operator GpuArgument(int value) => new(KernelParameter.Int32, value);

    public static implicit operator GpuArgument(long value) => new(KernelParameter.Int64, value);

    public static implicit operator GpuArgument(float value) => new(KernelParameter.Float32, BitConverter.SingleToInt32Bits(value));
}
