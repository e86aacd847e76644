using Microsoft.Win32.SafeHandles;
using SRKernels.Models.Storage;
using SRKernels.Runtime;

namespace SRKernels.Models.Weights.Checkpoints;

/// <summary>Where a storage's bytes lie in the file, and the sum over them, where the container has sums.</summary>
internal sealed class StoredBytes(string who, SafeFileHandle handle, long offsetBytes, long lengthBytes, uint? crc)
{
    private const int ChunkBytes = 1 << 18;
    private volatile bool _isChecked = crc is null;

    /// <summary>What to call it in errors.</summary>
    public string Who => who;

    public long OffsetBytes => offsetBytes;

    public long LengthBytes => lengthBytes;

    /// <summary>All bytes from the first to the last; the sum is compared when the last is read.</summary>
    public Stream Whole() => _isChecked ? Part(0, lengthBytes) : new Summed(this);

    /// <summary>A stretch of them; the sum over all is compared before.</summary>
    public Stream Part(long from, long count)
    {
        Check();
        return new FileSlice(handle, offsetBytes + from, count);
    }

    /// <summary>Compares the sum, once.</summary>
    /// <exception cref="SrkException">The bytes are not those that were written.</exception>
    public void Check()
    {
        if (_isChecked) return;
        using var all = new Summed(this);
        all.CopyTo(Stream.Null, (int)Math.Clamp(lengthBytes, 1, ChunkBytes));
        Compare(all.Sum);
    }

    private void Compare(uint found)
    {
        if (found != crc)
            throw new SrkException(who, $"bytes of CRC {crc:X8}", $"{found:X8}", "the file was damaged after it was written: get it again");
        _isChecked = true;
    }

    private sealed class Summed(StoredBytes stored) : ReadOnlyStream(stored.LengthBytes)
    {
        private readonly FileSlice _slice = stored.Slice();
        private uint _register = Crc32.Start;

        public uint Sum => Crc32.Finish(_register);

        public override int Read(Span<byte> buffer)
        {
            // In pieces that are still in the cache when they are summed and taken.
            if (buffer.Length > ChunkBytes) buffer = buffer[..ChunkBytes];
            if (Position != _slice.Position) throw new InvalidOperationException("a summed stream is read in order");
            var read = _slice.Read(buffer);
            _register = Crc32.Update(_register, buffer[..read]);
            Position = _slice.Position;
            if (Position == Length && read > 0) stored.Compare(Sum);
            return read;
        }
    }

    private FileSlice Slice() => new(handle, offsetBytes, lengthBytes);
}
