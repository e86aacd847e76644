namespace SRKernels.Kernels.Tensors;

/// <summary>
/// Memory that an op uses while it runs: one block that all workers see and one for each worker. Grows, and is kept for the next op.
/// </summary>
/// <remarks>A worker asks for its own block only, so no lock is needed. What a block holds is gone with the next request for it.</remarks>
internal sealed unsafe class ScratchArena : IDisposable
{
    private readonly Block[] _workers;
    private Block _shared;

    public ScratchArena(int workers) => _workers = new Block[workers];

    /// <summary>Bytes held now.</summary>
    public long HeldBytes
    {
        get
        {
            var sum = _shared.Bytes;
            foreach (var block in _workers) sum += block.Bytes;
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
    public void Dispose() => Trim();

    private static float* Grow(ref Block block, long floats)
    {
        var bytes = checked(floats * sizeof(float));
        if (block.Bytes >= bytes) return block.Data;
        Free(ref block);
        block = new Block((float*)LargeMemory.Allocate(bytes, hugePages: true), bytes);
        return block.Data;
    }

    private static void Free(ref Block block)
    {
        LargeMemory.Free(block.Data);
        block = default;
    }

    private readonly struct Block(float* data, long bytes)
    {
        public readonly float* Data = data;

        public readonly long Bytes = bytes;
    }
}
