using System.Runtime.InteropServices;

namespace SRKernels.Emulation;

/// <summary>
/// The global memory of one emulated device. Every allocation stands alone, with a gap on both sides that no allocation
/// ever fills, so that a stray access is found and not served from a neighbour. Safe to use from several threads;
/// launches on one memory may overlap as they may on a device.
/// </summary>
public sealed class EmulatedMemory
{
    private const ulong Gap = 4096;
    private readonly Lock _lock = new();
    private Block[] _blocks = [];
    private ulong _next = 0x7_0000_0000;
    private long _used;

    /// <summary>Bytes that <see cref="Allocate"/> may give out in all; beyond it allocation fails.</summary>
    public long CapacityBytes { get; init; } = long.MaxValue;

    /// <summary>Where allocations start; below the windows of generic addresses.</summary>
    public ulong FirstAddress
    {
        init => _next = value;
    }

    /// <summary>Bytes allocated now.</summary>
    public long UsedBytes => Interlocked.Read(ref _used);

    internal sealed record Block(ulong Address, byte[] Data);

    /// <summary>The device address of new memory, aligned to 256 bytes, filled with a pattern that is no useful value.</summary>
    /// <exception cref="OutOfMemoryException">The capacity does not allow it.</exception>
    public ulong Allocate(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        lock (_lock)
        {
            if (_used + bytes > CapacityBytes)
                throw new OutOfMemoryException($"EmulatedMemory: expected at most {CapacityBytes - _used} bytes, got {bytes}");
            var data = GC.AllocateUninitializedArray<byte>(checked((int)bytes));
            data.AsSpan().Fill(0xFB);
            var block = new Block(_next, data);
            _blocks = [.. _blocks, block];
            _used += bytes;
            _next += ((ulong)bytes + (2 * Gap) - 1) & ~(Gap - 1);
            return block.Address;
        }
    }

    /// <summary>Allocates and fills.</summary>
    public ulong Allocate<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var address = Allocate(MemoryMarshal.AsBytes(values).Length);
        Write(address, values);
        return address;
    }

    /// <summary>Gives memory back; <paramref name="address"/> must be one that <see cref="Allocate"/> returned.</summary>
    public void Free(ulong address)
    {
        lock (_lock)
        {
            var at = Array.FindIndex(_blocks, b => b.Address == address);
            if (at < 0) throw new EmulationException($"EmulatedMemory.Free: expected the start of an allocation, got 0x{address:x}");
            _used -= _blocks[at].Data.Length;
            _blocks = [.. _blocks[..at], .. _blocks[(at + 1)..]];
        }
    }

    /// <summary>Whether this whole range lies in one allocation.</summary>
    public bool Contains(ulong address, long bytes) => Find(address, bytes) is not null;

    /// <summary>The bytes of a range that must lie in one allocation.</summary>
    public Span<byte> Bytes(ulong address, long bytes) => Find(address, bytes) is { } block
        ? block.Data.AsSpan((int)(address - block.Address), (int)bytes)
        : throw new EmulationException($"EmulatedMemory: expected {bytes} bytes of one allocation, got address 0x{address:x}");

    /// <summary>Host to device.</summary>
    public void Write<T>(ulong address, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(values);
        bytes.CopyTo(Bytes(address, bytes.Length));
    }

    /// <summary>Device to host.</summary>
    public T[] Read<T>(ulong address, int count)
        where T : unmanaged
    {
        var values = new T[count];
        var bytes = MemoryMarshal.AsBytes(values.AsSpan());
        Bytes(address, bytes.Length).CopyTo(bytes);
        return values;
    }

    internal Block? Find(ulong address, long bytes)
    {
        var blocks = Volatile.Read(ref _blocks);
        int low = 0, high = blocks.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (blocks[middle].Address <= address) low = middle + 1;
            else high = middle - 1;
        }

        if (high < 0) return null;
        var block = blocks[high];
        return address - block.Address + (ulong)bytes <= (ulong)block.Data.Length ? block : null;
    }
}
