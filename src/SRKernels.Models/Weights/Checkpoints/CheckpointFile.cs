using Microsoft.Win32.SafeHandles;
using SRKernels.Runtime;

namespace SRKernels.Models.Weights.Checkpoints;

/// <summary>An open file of <c>torch.save</c>, read without Python and without running what is in it.</summary>
public sealed class CheckpointFile : WeightFile
{
    // Weights that are tied share their bytes; a file of thousands of names for the same ones would be read for hours.
    private const long MostViews = 16, FreeBytes = 1 << 26;
    private readonly SafeFileHandle _handle;
    private readonly Dictionary<string, TensorLayout> _layouts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorEntry> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _opaque = new(StringComparer.Ordinal);

    private CheckpointFile(string path, SafeFileHandle handle, CheckpointContents contents, bool preferRaw)
        : base(path)
    {
        _handle = handle;
        var who = System.IO.Path.GetFileName(path);
        var state = StateDictionary.Find(who, contents.Root, preferRaw);
        Format = state.Place.Length == 0 ? contents.Format : $"{contents.Format}, tensors under '{state.Place}'";
        var most = (MostViews * RandomAccess.GetLength(handle)) + FreeBytes;
        var read = 0L;
        foreach (var (name, value) in state.Items)
        {
            if (value is PickledTensor tensor) Add(name, tensor, contents.Storages.GetValueOrDefault(tensor.Storage.Key));
            else _opaque.Add(name, ((OpaqueObject)value).Global);
            if (!_layouts.TryGetValue(name, out var layout)) continue;
            // A scattered one is read from its first element to its last.
            read += Math.Max(layout.LengthBytes, layout.ReachBytes);
            if (read > most) throw new SrkException(
                who, $"tensors that share bytes at most {MostViews} times over", $"more at '{ShownName.Of(name)}'", "save each tensor after .clone()");
        }
    }

    /// <inheritdoc/>
    public override string Format { get; }

    /// <summary>None: what a checkpoint holds beside its tensors is not read.</summary>
    public override IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorEntry> Tensors => _tensors;

    /// <summary>Names that stand for objects which are not made, with the class or function that would make them.</summary>
    public IReadOnlyDictionary<string, string> Opaque => _opaque;

    /// <summary>Opens a file and checks all of it but the tensors' sums, which are compared when those are read; see <c>DESIGN.md</c> §4 for the rules.</summary>
    /// <param name="path">The file.</param>
    /// <param name="preferRaw">Where there are averaged (EMA) weights and raw ones, take these.</param>
    /// <exception cref="SrkException">It cannot be read, is no checkpoint, or breaks a rule of its format.</exception>
    public static new CheckpointFile Open(string path, bool preferRaw = false) => Open(path, isZip: FileContent.Of(path) == WeightFormat.Zip, preferRaw);

    /// <summary>Opens a file whose container is known.</summary>
    internal static CheckpointFile Open(string path, bool isZip, bool preferRaw)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(FileContent.Place(path));
            var who = System.IO.Path.GetFileName(path);
            return new CheckpointFile(path, handle, isZip ? ZipCheckpoint.Read(who, handle) : LegacyCheckpoint.Read(who, handle), preferRaw);
        }
        catch (Exception e)
        {
            handle?.Dispose();
            if (e is IOException or UnauthorizedAccessException)
                throw new SrkException($"weights '{path}'", "a readable file", e.Message, "check the path and its permissions", e);
            throw;
        }
    }

    internal override Stream Open(TensorEntry entry) => _layouts[entry.Name].Open();

    private protected override void CheckReadable(string name)
    {
        if (_opaque.TryGetValue(name, out var global))
            throw new SrkException(
                Who(name), "a tensor", $"an object of '{ShownName.Of(global)}', which is not made",
                "nothing in the file is run: save the tensors alone, as a dictionary by name");
    }

    private protected override void CheckWhole(TensorEntry entry) => _layouts[entry.Name].Stored.Check();

    private protected override void Dispose(bool disposing) => _handle.Dispose();

    private void Add(string name, PickledTensor tensor, StoredBytes? stored)
    {
        var layout = TensorLayout.Of(Who(name), tensor, stored);
        _layouts.Add(name, layout);
        _tensors.Add(name, new TensorEntry(name, tensor.Type, tensor.Shape, layout.Stored.OffsetBytes + layout.FromBytes, layout.LengthBytes));
    }
}
