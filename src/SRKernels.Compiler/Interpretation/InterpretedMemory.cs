using System.Runtime.InteropServices;

namespace SRKernels.Compiler.Interpretation;

/// <summary>
/// Memory of interpreted launches. An address is a buffer's number in the upper 24 bits and a byte offset in the lower 40, so that an access
/// past a buffer's end is seen and never lands in another. Number 0 is no buffer: null is never valid.
/// </summary>
internal sealed unsafe class InterpretedMemory : IDisposable
{
    internal const int OffsetBits = 40;
    private const long MaxBytes = 1L << (OffsetBits - 1);
    private (nint Start, long Bytes)[] _buffers = new (nint, long)[64];
    private int _count = 1;
    private readonly Stack<int> _free = new();

    /// <summary>Takes a buffer; its bytes are 0xCD, so that reading before writing shows.</summary>
    internal ulong Allocate(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, MaxBytes);
        var start = (nint)NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 1), 256);
        NativeMemory.Fill((void*)start, (nuint)Math.Max(bytes, 1), 0xCD);
        if (!_free.TryPop(out int index))
        {
            index = _count++;
            if (index == _buffers.Length) Array.Resize(ref _buffers, 2 * index);
        }

        _buffers[index] = (start, bytes);
        return (ulong)index << OffsetBits;
    }

    /// <summary>Gives a buffer back.</summary>
    internal void Free(ulong address)
    {
        int index = (int)(address >> OffsetBits);
        NativeMemory.AlignedFree((void*)_buffers[index].Start);
        _buffers[index] = default;
        _free.Push(index);
    }

    /// <summary>The bytes at an address; null if they are not all inside one buffer.</summary>
    internal byte* At(ulong address, long bytes)
    {
        ulong index = address >> OffsetBits;
        if (index >= (ulong)_buffers.Length) return null;
        (nint start, long length) = _buffers[index];
        long offset = (long)(address & ((1UL << OffsetBits) - 1));
        // No buffer: no start.
        return start == 0 || offset > length - bytes ? null : (byte*)start + offset;
    }

    /// <summary>What an address means, for messages.</summary>
    internal string Describe(ulong address)
    {
        ulong index = address >> OffsetBits;
        long offset = (long)(address & ((1UL << OffsetBits) - 1));
        if (index == 0 || index >= (ulong)_count) return $"address 0x{address:x}, which is in no buffer";
        return $"offset {offset} of a buffer of {_buffers[(int)index].Bytes} bytes";
    }

    public void Dispose()
    {
        foreach ((nint start, _) in _buffers)
            if (start != 0) NativeMemory.AlignedFree((void*)start);
        Array.Clear(_buffers);
    }
}
