using Microsoft.Win32.SafeHandles;

namespace SRKernels.Models.Weights;

/// <summary>A stretch of an open file as a stream, read by position: several may read one file at once.</summary>
internal sealed class FileSlice(SafeFileHandle handle, long start, long lengthBytes) : ReadOnlyStream(lengthBytes)
{
    public override int Read(Span<byte> buffer)
    {
        var wanted = (int)Math.Min(buffer.Length, Math.Max(0, Length - Position));
        var read = wanted == 0 ? 0 : RandomAccess.Read(handle, buffer[..wanted], start + Position);
        Position += read;
        return read;
    }
}
