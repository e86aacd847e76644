namespace SRKernels.Compilation.Analysis;

/// <summary>
/// Which memories the second-level cache holds between launches: whole ones, least recently used out first. What is read and not there comes from memory; what was
/// written goes to memory when it has to make room, unless nobody needs it any more.
/// </summary>
/// <param name="bytes">Size of the cache.</param>
internal sealed class CacheContents(long bytes)
{
    private readonly LinkedList<Entry> _entries = [];
    private readonly Dictionary<object, LinkedListNode<Entry>> _at = new(ReferenceEqualityComparer.Instance);
    private long _used;

    /// <summary>A launch reads or writes a memory; returns the bytes that move between cache and memory.</summary>
    /// <param name="memory">Which.</param>
    /// <param name="size">Bytes touched.</param>
    /// <param name="write">Whether it is written.</param>
    public long Touch(object memory, long size, bool write)
    {
        long moved = 0;
        var dirty = write;
        if (_at.Remove(memory, out var node))
        {
            _entries.Remove(node);
            _used -= node.Value.Bytes;
            dirty |= node.Value.Dirty;
            if (!write && size > node.Value.Bytes) moved += size - node.Value.Bytes;
            size = Math.Max(size, node.Value.Bytes);
        }
        else if (!write)
        {
            moved += size;
        }

        if (size > bytes)
        {
            // Streams through: next time nothing of it is left.
            return write ? moved + size : moved;
        }

        while (_used + size > bytes)
        {
            var oldest = _entries.Last!.Value;
            Forget(oldest.Memory);
            if (oldest.Dirty) moved += oldest.Bytes;
        }

        _at.Add(memory, _entries.AddFirst(new Entry(memory, size, dirty)));
        _used += size;
        return moved;
    }

    /// <summary>A memory's life has ended: it is never written back.</summary>
    public void Forget(object memory)
    {
        if (!_at.Remove(memory, out var node)) return;
        _entries.Remove(node);
        _used -= node.Value.Bytes;
    }

    private sealed record Entry(object Memory, long Bytes, bool Dirty);
}
