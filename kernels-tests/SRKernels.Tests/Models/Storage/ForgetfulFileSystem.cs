using SRKernels.Models.Storage;

namespace SRKernels.Tests.Models.Storage;

/// <summary>The power went off.</summary>
public sealed class PowerCutException : Exception;

/// <summary>
/// A file system in memory that keeps apart what a program sees and what is on the disk, as POSIX allows: bytes are there once their file was
/// flushed, names once their folder was. At a chosen operation the power goes off.
/// </summary>
internal class ForgetfulFileSystem(int operations = int.MaxValue) : IFileSystem
{
    private readonly Dictionary<string, Node> _seen = new(StringComparer.Ordinal);

    // The changes of names since the folder was flushed, oldest first; a journal may have written any number of them.
    private readonly List<Action<Dictionary<string, Node>>> _pending = [];
    private Dictionary<string, Node> _onDisk = new(StringComparer.Ordinal);
    private int _left = operations;

    public string Target(string path) => path;

    public Stream Create(string folder, string target, out string name)
    {
        name = Path.Combine(folder, Leftovers.NewTemporaryName());
        Step();
        var (created, node) = (name, new Node());
        Change(names => names[created] = node);
        return node.Bytes;
    }

    public virtual void Flush(Stream file)
    {
        Step();
        _seen.Values.Single(node => node.Bytes == file).Flush();
    }

    public void Rename(string from, string to, bool replace)
    {
        Step();
        var node = _seen[from];
        Change(names =>
        {
            names.Remove(from);
            names[to] = node;
        });
    }

    public virtual void FlushFolder(string folder)
    {
        Step();
        _onDisk = new(_seen, StringComparer.Ordinal);
        _pending.Clear();
    }

    public void Delete(string path)
    {
        Step();
        Change(names => names.Remove(path));
    }

    /// <summary>Puts a file on the disk.</summary>
    public void Put(string path, byte[] bytes)
    {
        var node = new Node();
        node.Bytes.Write(bytes);
        node.Flush();
        Change(names => names[path] = node);
        FlushFolder("");
    }

    /// <summary>What may be under a name when the power is back: null for no file. One for each number of changed names that were written.</summary>
    public IEnumerable<byte[]?> After(string path)
    {
        var names = new Dictionary<string, Node>(_onDisk, StringComparer.Ordinal);
        yield return names.GetValueOrDefault(path)?.OnDisk;
        foreach (var change in _pending)
        {
            change(names);
            yield return names.GetValueOrDefault(path)?.OnDisk;
        }
    }

    private void Change(Action<Dictionary<string, Node>> change)
    {
        change(_seen);
        _pending.Add(change);
    }

    private void Step()
    {
        if (_left-- <= 0) throw new PowerCutException();
    }

    private sealed class Node
    {
        public MemoryStream Bytes { get; } = new();

        public byte[] OnDisk { get; private set; } = [];

        public void Flush() => OnDisk = Bytes.ToArray();
    }
}
