using System.Buffers;
using System.Runtime.InteropServices;
using SRKernels.Models.Weights.Checkpoints;
using SRKernels.Runtime;

namespace SRKernels.Models.Weights;

/// <summary>
/// An open file of weights, whatever its format: its metadata, its tensors' descriptions, and their values on request.
/// </summary>
/// <remarks>
/// Values are read by position, not through a memory map. Every tensor is converted or repacked on its way in, so a map would save no copy;
/// its pages would count as ours beside the packed weights; and a mapped file that another program truncates kills the process (SIGBUS)
/// where a short read is an error that names the tensor. The same code serves local disks and network mounts.
/// Reading is safe from several threads at once.
/// </remarks>
public abstract class WeightFile : IWeightSource, IDisposable
{
    private const int ChunkBytes = 1 << 18;

    private protected WeightFile(string path) => Path = path;

    /// <summary>Where the file was opened.</summary>
    public string Path { get; }

    /// <summary>What kind of file it is, in words.</summary>
    public abstract string Format { get; }

    /// <summary>Strings that the file carries beside its tensors.</summary>
    public abstract IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensors by name.</summary>
    public abstract IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    string IWeightSource.Description => System.IO.Path.GetFileName(Path);

    IEnumerable<string> IWeightSource.Names => Tensors.Keys;

    /// <summary>Opens a file of any known format, told by its first bytes, and checks its whole description; nothing in it is run.</summary>
    /// <param name="path">A safetensors file, or a checkpoint as <c>torch.save</c> writes it (.pth, .pt, .ckpt, .bin, .pkl).</param>
    /// <param name="preferRaw">Where a checkpoint holds averaged (EMA) weights and raw ones, take these.</param>
    /// <exception cref="SrkException">It cannot be read, is no such file, or breaks a rule of its format.</exception>
    public static WeightFile Open(string path, bool preferRaw = false) => FileContent.Of(path) switch
    {
        WeightFormat.Zip => CheckpointFile.Open(path, isZip: true, preferRaw),
        WeightFormat.Pickle => CheckpointFile.Open(path, isZip: false, preferRaw),
        _ => SafetensorsFile.Open(path),
    };

    /// <summary>Reads a tensor of any floating-point type as fp32.</summary>
    /// <param name="name">Its key.</param>
    /// <param name="expectedShape">The extents it must have.</param>
    /// <param name="destination">Receives the values in C order; at least as long as the shape's product.</param>
    /// <exception cref="SrkException">It is missing, has another shape or no floating-point type, or the file is damaged there.</exception>
    public void ReadFloat32(string name, ReadOnlySpan<int> expectedShape, Span<float> destination)
    {
        var entry = Find(name);
        if (!HasShape(entry, expectedShape))
            throw new SrkException(
                Who(name), $"[{string.Join(',', expectedShape.ToArray())}]", entry.ShapeText,
                "this file holds another architecture than its configuration says");
        if (!entry.Type.IsFloat())
            throw new SrkException(Who(name), "a floating-point type", entry.Type.Name(), "convert the checkpoint again");
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, entry.Count);
        using var bytes = Open(entry);
        ReadFloat32(bytes, entry, destination[..(int)entry.Count]);
    }

    /// <summary>Reads a tensor's bytes in C order, little-endian.</summary>
    /// <param name="name">Its key.</param>
    /// <param name="destination">Receives the bytes; no longer than what the tensor has from there.</param>
    /// <param name="offsetBytes">Where in the tensor to start.</param>
    /// <exception cref="SrkException">It is missing, or the file is damaged there.</exception>
    public void ReadBytes(string name, Span<byte> destination, long offsetBytes = 0)
    {
        var entry = Find(name);
        ArgumentOutOfRangeException.ThrowIfNegative(offsetBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, entry.LengthBytes - offsetBytes);
        if (destination.Length < entry.LengthBytes) CheckWhole(entry);
        using var bytes = Open(entry);
        bytes.Seek(offsetBytes, SeekOrigin.Begin);
        Fill(bytes, entry, destination);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    bool IWeightSource.TryGetShape(string name, out IReadOnlyList<long>? shape)
    {
        CheckReadable(name);
        shape = Tensors.TryGetValue(name, out var entry) ? entry.Shape : null;
        return shape is not null;
    }

    void IWeightSource.Read(string name, ReadOnlySpan<int> shape, Span<float> destination) => ReadFloat32(name, shape, destination);

    /// <summary>A tensor's bytes in C order, little-endian, from its first to its last; damage is an <see cref="SrkException"/> while it is read.</summary>
    internal abstract Stream Open(TensorEntry entry);

    /// <summary>All bytes of a tensor in chunks.</summary>
    internal void ReadChunks(TensorEntry entry, Action<ReadOnlyMemory<byte>> take)
    {
        var buffer = new byte[(int)Math.Min(ChunkBytes, entry.LengthBytes)];
        using var bytes = Open(entry);
        for (var done = 0L; done < entry.LengthBytes;)
        {
            var part = buffer.AsMemory(0, (int)Math.Min(ChunkBytes, entry.LengthBytes - done));
            Fill(bytes, entry, part.Span);
            take(part);
            done += part.Length;
        }
    }

    /// <summary>Refuses a name under which the file has something that cannot be read as a tensor.</summary>
    private protected virtual void CheckReadable(string name)
    {
        // Most files hold nothing else.
    }

    /// <summary>Checks the sum over bytes of which only a part will be read, where the format has one.</summary>
    private protected virtual void CheckWhole(TensorEntry entry)
    {
        // Safetensors have no sums.
    }

    private protected abstract void Dispose(bool disposing);

    private protected string Who(string name) => $"{System.IO.Path.GetFileName(Path)}: '{ShownName.Of(name)}'";

    private void ReadFloat32(Stream bytes, TensorEntry entry, Span<float> destination)
    {
        if (entry.Type == TensorType.F32 && BitConverter.IsLittleEndian)
        {
            Fill(bytes, entry, MemoryMarshal.AsBytes(destination));
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        var perChunk = ChunkBytes / entry.Type.SizeBytes();
        for (var done = 0; done < destination.Length; done += perChunk)
        {
            var part = destination.Slice(done, Math.Min(perChunk, destination.Length - done));
            var chunk = buffer.AsSpan(0, part.Length * entry.Type.SizeBytes());
            Fill(bytes, entry, chunk);
            FloatConversion.ToFloat32(entry.Type, chunk, part);
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }

    private void Fill(Stream bytes, TensorEntry entry, Span<byte> destination)
    {
        var read = bytes.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
        if (read != destination.Length)
            throw new SrkException(Who(entry.Name), $"{destination.Length} bytes", $"{read}", "the file shrank while it was open: fetch it again");
    }

    private TensorEntry Find(string name)
    {
        CheckReadable(name);
        return Tensors.TryGetValue(name, out var entry)
            ? entry
            : throw new SrkException(Who(name), "a tensor of this name", "none", "this file holds another architecture than its configuration says");
    }

    private static bool HasShape(TensorEntry entry, ReadOnlySpan<int> expected)
    {
        if (entry.Shape.Count != expected.Length) return false;
        for (var i = 0; i < expected.Length; i++)
            if (entry.Shape[i] != expected[i]) return false;
        return true;
    }
}
