using Microsoft.Win32.SafeHandles;
using SRKernels.Runtime;

namespace SRKernels.Models.Weights;

/// <summary>An open safetensors file.</summary>
public sealed class SafetensorsFile : WeightFile
{
    private readonly SafeFileHandle _handle;
    private readonly SafetensorsHeader _header;
    private readonly Dictionary<string, TensorEntry> _tensors;

    private SafetensorsFile(string path, SafeFileHandle handle, SafetensorsHeader header)
        : base(path)
    {
        _handle = handle;
        _header = header;
        _tensors = TensorNames.Cleared($"safetensors '{System.IO.Path.GetFileName(path)}'", header.Tensors);
        foreach (var (name, entry) in _tensors)
            if (entry.Name != name) _tensors[name] = entry with { Name = name };
    }

    /// <inheritdoc/>
    public override string Format => "safetensors";

    /// <summary>The strings of the header's <c>__metadata__</c>.</summary>
    public override IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorEntry> Tensors => _tensors;

    /// <summary>Opens a file and checks its whole header; see <c>DESIGN.md</c> §4 for the rules.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="SrkException">It cannot be read, or breaks a rule of the format.</exception>
    public static SafetensorsFile Open(string path)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(FileContent.Place(path));
            var length = RandomAccess.GetLength(handle);
            using var slice = new FileSlice(handle, 0, length);
            Span<byte> prefix = stackalloc byte[SafetensorsHeader.LengthPrefixBytes];
            var name = System.IO.Path.GetFileName(path);
            var headerBytes = SafetensorsHeader.CheckLength(name, prefix[..slice.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false)], length);
            var json = new byte[headerBytes];
            if (slice.ReadAtLeast(json, json.Length, throwOnEndOfStream: false) != json.Length)
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

    internal override Stream Open(TensorEntry entry) => new FileSlice(_handle, entry.OffsetBytes, entry.LengthBytes);

    private protected override void Dispose(bool disposing) => _handle.Dispose();
}
