using System.Runtime.CompilerServices;

namespace SRKernels.Kernels.Tensors;

/// <summary>
/// A dense fp32 activation in NHWC, in native memory aligned to 64 bytes. Rented from a <see cref="TensorPool"/>; disposing gives it back.
/// </summary>
public sealed unsafe class Tensor : IDisposable
{
    private readonly TensorPool _pool;
    private TensorPool.Block? _block;

    internal Tensor(TensorPool pool, TensorPool.Block block, Shape shape)
    {
        _pool = pool;
        _block = block;
        Shape = shape;
    }

    /// <summary>The extents, NHWC.</summary>
    public Shape Shape { get; private set; }

    /// <summary>The elements, C fastest. At most 2^31 - 1 of them can be seen at once; kernels use <see cref="Data"/>.</summary>
    public Span<float> Span => new(Data, checked((int)Shape.Count));

    /// <summary>The first element.</summary>
    /// <exception cref="ObjectDisposedException">The tensor went back to its pool.</exception>
    internal float* Data => _block is { } block ? block.Data : throw new ObjectDisposedException(nameof(Tensor), $"tensor {Shape} is used after its return");

    /// <summary>The first element of one image of the batch.</summary>
    internal float* Image(int n) => Data + (n * ((long)Shape.H * Shape.W * Shape.C));

    /// <summary>Gives the memory back to the pool.</summary>
    public void Dispose()
    {
        if (_block is not { } block) return;
        _block = null;
        _pool.Return(this, block);
    }

    /// <summary>Makes a returned tensor object usable again for another block, so that a running network allocates nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Reuse(TensorPool.Block block, Shape shape)
    {
        _block = block;
        Shape = shape;
    }
}
