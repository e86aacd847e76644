using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using SRKernels.Models.Storage;
using SRKernels.Runtime;

namespace SRKernels.Models.Weights;

/// <summary>
/// An open safetensors file: its metadata, its tensors' descriptions, and their values on request.
/// </summary>
/// <remarks>
/// Values are read by position, not through a memory map. Every tensor is converted or repacked on its way in, so a map would save no copy;
/// its pages would count as ours beside the packed weights; and a mapped file that another program truncates kills the process (SIGBUS)
/// where a short read is an error that names the tensor. The same code serves local disks and network mounts.
/// Reading is safe from several threads at once.
/// </remarks>
public sealed class SafetensorsFile : IWeightSource, IDisposable
{
    private const int ChunkBytes = 1 << 18;
    private readonly SafeFileHandle _handle;
    private readonly SafetensorsHeader _header;

    private SafetensorsFile(string path, SafeFileHandle handle, SafetensorsHeader header)
    {
        Path = path;
        _handle = handle;
        _header = header;
    }

    /// <summary>Where the file was opened.</summary>
    public string Path { get; }

    /// <summary>The strings of the header's <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors => _header.Tensors;

    string IWeightSource.Description => System.IO.Path.GetFileName(Path);

    IEnumerable<string> IWeightSource.Names => _header.Tensors.Keys;

    /// <summary>Opens a file and checks its whole header; see <c>DESIGN.md</c> §4 for the rules.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="SrkException">It cannot be read, or breaks a rule of the format.</exception>
    public static SafetensorsFile Open(string path)
    {
        // Of a pipe neither the length nor a place can be had, and opening it waits for the other side.
        if (FileFacts.Of(path) is { Kind: not FileKind.Regular } there)
            throw new SrkException($"safetensors '{path}'", "a file", there.Description, "name a file: weights are read from all over it");
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(FilePath.Plain(path));
            var length = RandomAccess.GetLength(handle);
            Span<byte> prefix = stackalloc byte[SafetensorsHeader.LengthPrefixBytes];
            var name = System.IO.Path.GetFileName(path);
            var headerBytes = SafetensorsHeader.CheckLength(name, prefix[..ReadFully(handle, prefix, 0)], length);
            var json = new byte[headerBytes];
            if (ReadFully(handle, json, prefix.Length) != json.Length)
                throw new SrkException($"safetensors '{name}'", $"a header of {headerBytes} bytes", "the file's end", "the file shrank while it was read");
            return new SafetensorsFile(path, handle, SafetensorsHeader.Parse(name, json, length));
        }
        catch (Exception e)
        {
            handle?.Dispose();
            if (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
                throw new SrkException($"safetensors '{path}'", "a readable file", e.Message, "check the path and its permissions", e);
            throw;
        }
    }

    /// <summary>Reads a tensor of any floating-point type as fp32.</summary>
    /// <param name="name">Its key.</param>
    /// <param name="expectedShape">The extents it must have.</param>
    /// <param name="destination">Receives the values in the file's (C) order; at least as long as the shape's product.</param>
    /// <exception cref="SrkException">It is missing, has another shape or no floating-point type, or the file ends early.</exception>
    public void ReadFloat32(string name, ReadOnlySpan<int> expectedShape, Span<float> destination)
    {
        var entry = Find(name);
        if (!HasShape(entry, expectedShape))
            throw new SrkException(Who(name), $"[{string.Join(',', expectedShape.ToArray())}]", entry.ShapeText, "this file holds another architecture than its configuration says");
        if (!entry.Type.IsFloat())
            throw new SrkException(Who(name), "a floating-point type", entry.Type.Name(), "convert the checkpoint again");
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, entry.Count);
        destination = destination[..(int)entry.Count];
        if (entry.Type == TensorType.F32 && BitConverter.IsLittleEndian)
        {
            ReadAt(entry, 0, MemoryMarshal.AsBytes(destination));
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        var perChunk = ChunkBytes / entry.Type.SizeBytes();
        for (var done = 0; done < destination.Length; done += perChunk)
        {
            var part = destination.Slice(done, Math.Min(perChunk, destination.Length - done));
            var bytes = buffer.AsSpan(0, part.Length * entry.Type.SizeBytes());
            ReadAt(entry, (long)done * entry.Type.SizeBytes(), bytes);
            FloatConversion.ToFloat32(entry.Type, bytes, part);
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>Reads a tensor's bytes as they are in the file, little-endian.</summary>
    /// <param name="name">Its key.</param>
    /// <param name="destination">Receives the bytes; as long as the tensor.</param>
    /// <param name="offsetBytes">Where in the tensor to start.</param>
    /// <exception cref="SrkException">It is missing, or the file ends early.</exception>
    public void ReadBytes(string name, Span<byte> destination, long offsetBytes = 0)
    {
        var entry = Find(name);
        ArgumentOutOfRangeException.ThrowIfNegative(offsetBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, entry.LengthBytes - offsetBytes);
        ReadAt(entry, offsetBytes, destination);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _handle.Dispose();

    bool IWeightSource.TryGetShape(string name, out IReadOnlyList<long>? shape)
    {
        shape = Tensors.TryGetValue(name, out var entry) ? entry.Shape : null;
        return shape is not null;
    }

    void IWeightSource.Read(string name, ReadOnlySpan<int> shape, Span<float> destination) => ReadFloat32(name, shape, destination);

    private static bool HasShape(TensorEntry entry, ReadOnlySpan<int> expected)
    {
        if (entry.Shape.Count != expected.Length) return false;
        for (var i = 0; i < expected.Length; i++)
            if (entry.Shape[i] != expected[i]) return false;
        return true;
    }

    private static int ReadFully(SafeFileHandle handle, Span<byte> destination, long offset)
    {
        var done = 0;
        while (done < destination.Length)
        {
            var read = RandomAccess.Read(handle, destination[done..], offset + done);
            if (read == 0) break;
            done += read;
        }

        return done;
    }

    private void ReadAt(TensorEntry entry, long offsetBytes, Span<byte> destination)
    {
        var read = ReadFully(_handle, destination, entry.OffsetBytes + offsetBytes);
        if (read != destination.Length)
            throw new SrkException(Who(entry.Name), $"{destination.Length} bytes", $"{read}", "the file shrank while it was open: fetch it again");
    }

    private TensorEntry Find(string name) => Tensors.TryGetValue(name, out var entry)
        ? entry
        : throw new SrkException(Who(name), "a tensor of this name", "none", "this file holds another architecture than its configuration says");

    private string Who(string name) => $"{System.IO.Path.GetFileName(Path)}: '{name}'";
}
