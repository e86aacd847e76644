using System.Runtime.CompilerServices;
using SRKernels.Kernels.Gpu;

namespace SRKernels.Kernels.Tensors;

/// <summary>
/// A dense fp32 activation in NHWC, in native memory aligned to 64 bytes, or a place on a device that a recorded program will give it.
/// Rented from a context; disposing gives it back.
/// </summary>
public sealed unsafe class Tensor : IDisposable
{
    private readonly TensorPool? _pool;
    private readonly GpuRecorder? _recorder;
    private NativeBlock? _block;
    private ArenaPlace? _place;

    internal Tensor(TensorPool pool, NativeBlock block, Shape shape)
    {
        _pool = pool;
        _block = block;
        Shape = shape;
    }

    /// <summary>A tensor on a device. Without a recorder it is a view of another's memory, and its end ends nothing.</summary>
    internal Tensor(GpuRecorder? recorder, ArenaPlace place, Shape shape, long first = 0)
    {
        _recorder = recorder;
        _place = place;
        Shape = shape;
        First = first;
    }

    /// <summary>The extents, NHWC.</summary>
    public Shape Shape { get; private set; }

    /// <summary>The elements, C fastest. At most 2^31 - 1 of them can be seen at once; kernels use <see cref="Data"/>.</summary>
    public Span<float> Span => new(Data, checked((int)Shape.Count));

    /// <summary>The elements of one row of the first image: also where all together are more than a span holds.</summary>
    internal Span<float> Row(int y) => new(Data + ((long)y * Shape.W * Shape.C), checked(Shape.W * Shape.C));

    /// <summary>The first element.</summary>
    /// <exception cref="ObjectDisposedException">The tensor went back to its pool.</exception>
    internal float* Data => _block is { } block ? block.Data : throw NotHere();

    /// <summary>Its first element in the memory that it shares.</summary>
    internal long First { get; }

    /// <summary>Where a recorded program will put it.</summary>
    internal ArenaPlace Place => _place ?? throw NotOnDevice();

    /// <summary>The first element of one image of the batch.</summary>
    internal float* Image(int n) => Data + (n * ((long)Shape.H * Shape.W * Shape.C));

    /// <summary>Gives the memory back to the pool.</summary>
    public void Dispose()
    {
        if (_place is { } place)
        {
            _place = null;
            _recorder?.Release(place);
        }

        if (_block is not { } block) return;
        _block = null;
        _pool!.Return(this, block);
    }

    /// <summary>Extents that memory can be taken for.</summary>
    internal static void CheckExtents(Shape shape)
    {
        if (shape.N < 1 || shape.H < 1 || shape.W < 1 || shape.C < 1)
            throw new ArgumentOutOfRangeException(nameof(shape), $"Tensor: expected extents of at least 1, got {shape}");
    }

    /// <summary>Makes a returned tensor object usable again for another block, so that a running network allocates nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Reuse(NativeBlock block, Shape shape)
    {
        _block = block;
        Shape = shape;
    }

    private Exception NotHere() => _place is null
        ? new ObjectDisposedException(nameof(Tensor), $"tensor {Shape} is used after its return")
        : new InvalidOperationException($"Tensor: expected one in the processor's memory, got {Shape} on a device; read it with KernelContext.Read");

    private Exception NotOnDevice() => _block is null
        ? new ObjectDisposedException(nameof(Tensor), $"tensor {Shape} is used after its return")
        : new InvalidOperationException($"Tensor: expected one on a device, got {Shape} in the processor's memory; bring it there with KernelContext.Upload");
}
