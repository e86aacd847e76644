namespace SRKernels.Kernels.Tensors;

/// <summary>
/// Memory that an op uses while it runs: one block that all workers see and one for each worker. Grows, and is kept for the next op.
/// </summary>
/// <remarks>A worker asks for its own block only, so no lock is needed. What a block holds is gone with the next request for it.</remarks>
internal sealed unsafe class ScratchArena : IDisposable
{
    private readonly NativeBlock?[] _workers;
    private NativeBlock? _shared;
    private bool _disposed;

    public ScratchArena(int workers) => _workers = new NativeBlock?[workers];

    /// <summary>Bytes held now.</summary>
    public long HeldBytes
    {
        get
        {
            var sum = _shared?.Bytes ?? 0;
            foreach (var block in _workers) sum += block?.Bytes ?? 0;
            return sum;
        }
    }

    /// <summary>The block that all workers see; ask before the parallel loop. Uninitialised.</summary>
    public float* Shared(long floats) => Grow(ref _shared, floats);

    /// <summary>The block of one worker; that worker or, outside a parallel loop, anyone may ask. Uninitialised.</summary>
    public float* Worker(int worker, long floats) => Grow(ref _workers[worker], floats);

    /// <summary>Frees all blocks; the arena stays usable.</summary>
    public void Trim()
    {
        Free(ref _shared);
        for (var i = 0; i < _workers.Length; i++) Free(ref _workers[i]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        Trim();
    }

    private float* Grow(ref NativeBlock? block, long floats)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var bytes = checked(floats * sizeof(float));
        if (block is { } held && held.Bytes >= bytes) return held.Data;
        Free(ref block);
        block = new NativeBlock(bytes, hugePages: true);
        return block.Data;
    }

    private static void Free(ref NativeBlock? block)
    {
        block?.Dispose();
        block = null;
    }
}
