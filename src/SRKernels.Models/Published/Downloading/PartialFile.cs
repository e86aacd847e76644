using System.Net.Http.Headers;
using System.Text.Json;
using SRKernels.Models.Storage;
using SRKernels.Runtime;

namespace SRKernels.Models.Published.Downloading;

/// <summary>
/// What has arrived of a file, under a name of its own beside the file's, and what is needed to go on: from where it comes, the server's word for its state, its length, and how much is surely on the disk.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    private const int MostStateBytes = 1 << 16;

    private readonly string _address;
    private readonly bool _stays;
    private readonly FileStream _stream;
    private long _flushed;

    private PartialFile(string path, string address, bool stays)
    {
        (Path, _address, _stays) = (path, address, stays);
        _stream = new FileStream(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 });
    }

    public string Path { get; }

    /// <summary>How many bytes are there.</summary>
    public long Offset => _stream.Position;

    /// <summary>How many it will be, where that is known.</summary>
    public long? Total { get; private set; }

    /// <summary>What the server called the file's state; without it nothing can be gone on with.</summary>
    public RangeConditionHeaderValue? Validator { get; private set; }

    public bool IsComplete { get; private set; }

    public bool IsOpen => _stream.CanWrite;

    /// <summary>Opens what earlier runs left, or begins.</summary>
    /// <param name="path">The file that it is to become.</param>
    /// <param name="address">Where it comes from; what came from elsewhere is not gone on with.</param>
    /// <param name="locks">Whether the file system knows locks; without them two processes could write one file, so each makes its own and does not leave it.</param>
    public static PartialFile Open(string path, Uri address, bool locks)
    {
        var place = locks ? path + ".part" : System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path)!, Leftovers.NewTemporaryName());
        var partial = new PartialFile(place, address.AbsoluteUri, locks);
        try
        {
            partial.ReadState();
            return partial;
        }
        catch
        {
            partial._stream.Dispose();
            throw;
        }
    }

    /// <summary>Removes what a download left.</summary>
    /// <param name="path">The file that it was to become.</param>
    /// <returns>Whether there was something.</returns>
    public static bool Remove(string path)
    {
        var part = path + ".part";
        var was = File.Exists(part);
        File.Delete(part);
        File.Delete(StateOf(part));
        return was;
    }

    /// <summary>Begins from the first byte.</summary>
    public void Begin(long? total, RangeConditionHeaderValue? validator)
    {
        _stream.SetLength(0);
        _stream.Position = 0;
        (_flushed, Total, Validator, IsComplete) = (0, total, validator, false);
    }

    public void Append(ReadOnlySpan<byte> bytes, long flushBytes)
    {
        _stream.Write(bytes);
        if (Offset - _flushed >= flushBytes) Flush();
    }

    /// <summary>The last byte has arrived.</summary>
    public void Complete()
    {
        Total = Offset;
        IsComplete = true;
    }

    /// <summary>What has arrived is on the disk when it returns, and the next run goes on from there.</summary>
    public void Flush()
    {
        _stream.Flush(flushToDisk: true);
        _flushed = Offset;
        if (!_stays || Validator is null) return;
        FileRecord.WriteJson(StateOf(Path), json =>
        {
            json.WriteString("address", _address);
            json.WriteString("validator", Validator.ToString());
            if (Total is { } total) json.WriteNumber("totalBytes", total);
            json.WriteNumber("flushedBytes", _flushed);
        });
    }

    /// <summary>Closes it, for others to read.</summary>
    public void Close() => _stream.Dispose();

    /// <summary>Removes it: its bytes are not those of the file.</summary>
    public void Discard()
    {
        _stream.Dispose();
        File.Delete(Path);
        File.Delete(StateOf(Path));
    }

    /// <summary>Gives the file its name.</summary>
    public void Become(string path)
    {
        File.Move(Path, path);
        DiskFileSystem.Instance.FlushFolder(System.IO.Path.GetDirectoryName(path)!);
        File.Delete(StateOf(Path));
    }

    public void Dispose()
    {
        if (!File.Exists(Path) || (_stays && new FileInfo(Path).Length > 0)) _stream.Dispose();
        else Discard();
    }

    private static string StateOf(string part) => part + ".json";

    // Bytes that were not flushed may be zeros after a power cut, so the file ends where they were.
    private void ReadState()
    {
        if (_stays && State() is var (total, validator, flushed) && flushed >= 0 && flushed <= _stream.Length && !(flushed > total))
        {
            (Total, Validator, _flushed) = (total, validator, flushed);
            _stream.SetLength(flushed);
            _stream.Position = flushed;
            IsComplete = total == flushed;
        }
        else
        {
            Begin(null, null);
        }
    }

    private (long? Total, RangeConditionHeaderValue Validator, long Flushed)? State()
    {
        var place = StateOf(Path);
        if (!File.Exists(place) || new FileInfo(place).Length > MostStateBytes) return null;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(place), new JsonDocumentOptions { MaxDepth = 4 });
            var root = document.RootElement;
            long? total = root.TryGetProperty("totalBytes", out var bytes) ? bytes.GetInt64() : null;
            return root.GetProperty("address").GetString() == _address && RangeConditionHeaderValue.TryParse(root.GetProperty("validator").GetString(), out var validator)
                ? (total, validator, root.GetProperty("flushedBytes").GetInt64())
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            // Without it the bytes come again, which is all it costs.
            return null;
        }
    }
}
