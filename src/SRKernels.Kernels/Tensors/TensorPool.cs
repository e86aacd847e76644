namespace SRKernels.Kernels.Tensors;

/// <summary>
/// Keeps returned activation memory for the next one that fits, and counts the bytes.
/// </summary>
/// <remarks>
/// A request takes the smallest free block that holds it without wasting more than a quarter; else it allocates. A network asks for
/// the same shapes in the same order at every step, so nothing is allocated after the first. What is kept stays within a quarter of the most that was
/// ever in use: an autoencoder's levels ask for ever other sizes, and would hold them all. Not for use from several threads at once.
/// </remarks>
public sealed class TensorPool : IDisposable
{
    /// <summary>The most that is held, in parts of the most that was ever in use.</summary>
    internal const double MostHeld = 1.25;

    private readonly List<NativeBlock> _free = [];
    private readonly Stack<Tensor> _shells = new();
    private readonly HashSet<Tensor> _out = [];
    private bool _disposed;

    /// <summary>Bytes held now, in use and kept.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>The most bytes that were held at one time.</summary>
    public long PeakHeldBytes { get; private set; }

    /// <summary>The most bytes that were in use at one time.</summary>
    public long PeakUsedBytes { get; private set; }

    /// <summary>Bytes in use now.</summary>
    public long UsedBytes { get; private set; }

    /// <summary>Takes a tensor; its elements are whatever was there before.</summary>
    /// <param name="shape">Extents, each at least 1.</param>
    public Tensor Rent(Shape shape)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Tensor.CheckExtents(shape);
        var bytes = (checked(shape.Count * sizeof(float)) + 63) & ~63L;
        var block = TakeFree(bytes) ?? Allocate(bytes);
        UsedBytes += block.Bytes;
        PeakUsedBytes = Math.Max(PeakUsedBytes, UsedBytes);
        if (_shells.TryPop(out var tensor)) tensor.Reuse(block, shape);
        else tensor = new Tensor(this, block, shape);
        _out.Add(tensor);
        return tensor;
    }

    /// <summary>Takes back every tensor that is still out: after an exception left a network halfway.</summary>
    public void Reclaim()
    {
        foreach (var tensor in _out.ToArray()) tensor.Dispose();
    }

    /// <summary>Frees the memory that nobody uses.</summary>
    public void Trim()
    {
        foreach (var block in _free) Free(block);
        _free.Clear();
    }

    /// <summary>Frees all kept memory; tensors still out are freed as they come back.</summary>
    public void Dispose()
    {
        _disposed = true;
        Trim();
    }

    internal void Return(Tensor tensor, NativeBlock block)
    {
        UsedBytes -= block.Bytes;
        _out.Remove(tensor);
        if (_disposed)
        {
            Free(block);
            return;
        }

        _free.Add(block);
        _shells.Push(tensor);
    }

    private NativeBlock? TakeFree(long bytes)
    {
        var best = -1;
        for (var i = 0; i < _free.Count; i++)
        {
            var size = _free[i].Bytes;
            if (size < bytes || size - bytes > Math.Max(bytes / 4, 4096)) continue;
            if (best < 0 || size < _free[best].Bytes) best = i;
        }

        if (best < 0) return null;
        var block = _free[best];
        _free.RemoveAt(best);
        return block;
    }

    // Frees unused blocks, the largest first, until no more than so much is held.
    private void DropLargest(long heldBytes)
    {
        while (HeldBytes > heldBytes && _free.Count > 0)
        {
            var largest = 0;
            for (var i = 1; i < _free.Count; i++)
                if (_free[i].Bytes > _free[largest].Bytes)
                    largest = i;
            Free(_free[largest]);
            _free.RemoveAt(largest);
        }
    }

    private NativeBlock Allocate(long bytes)
    {
        DropLargest((long)(Math.Max(PeakUsedBytes, UsedBytes + bytes) * MostHeld) - bytes);
        var block = new NativeBlock(bytes);
        HeldBytes += bytes;
        PeakHeldBytes = Math.Max(PeakHeldBytes, HeldBytes);
        return block;
    }

    private void Free(NativeBlock block)
    {
        block.Dispose();
        HeldBytes -= block.Bytes;
    }
}
