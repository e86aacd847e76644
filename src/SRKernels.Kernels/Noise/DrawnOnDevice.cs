using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Noise;

/// <summary>Draws that lie one behind the other on a device, in memory rented from a context's pool.</summary>
internal sealed class DrawnOnDevice : IDisposable
{
    // Kernels load four elements at a time.
    private const int Alignment = 4;
    private readonly Shape _shape;

    public DrawnOnDevice(KernelContext cx, Shape shape, int count)
    {
        _shape = shape;
        Gap = (int)(-shape.Count & (Alignment - 1));
        Memory = cx.Rent(count, 1, 1, checked((int)shape.Count + Gap));
    }

    /// <summary>One draw a row.</summary>
    public Tensor Memory { get; }

    /// <summary>Elements between the end of one draw and the next one.</summary>
    public int Gap { get; }

    /// <summary>One of the draws, where it lies: whoever has it may dispose it, and uses it only while this lives.</summary>
    public Tensor this[int draw] => GpuRecorder.Part(Memory, (_shape.Count + Gap) * draw, _shape);

    public void Dispose() => Memory.Dispose();
}
