using System.IO.Enumeration;
using SRKernels.Models.Storage;
using SRKernels.Runtime;

namespace SRKernels.Models.Batch;

/// <summary>Walks a folder and all below it. Hidden files are left out, folders that are links not entered; no file is opened.</summary>
/// <param name="root">Where it begins.</param>
/// <param name="except">The identity of a folder that is not entered, or null.</param>
internal sealed class FolderTree(string root, string? except)
{
    private readonly List<string> _files = [];
    private readonly List<SrkException> _unreadable = [];

    /// <summary>Full paths, in no order.</summary>
    public IReadOnlyList<string> Files => _files;

    public IReadOnlyList<SrkException> Unreadable => _unreadable;

    /// <summary>The folder that was not entered, or null where the walk did not come to it.</summary>
    public string? Excepted { get; private set; }

    /// <summary>Walks as far as it can.</summary>
    public void Enter() => Enter(root);

    /// <exception cref="SrkException">The root itself cannot be read.</exception>
    public void Walk()
    {
        Enter();
        if (_unreadable is [var error] && error.Who == root) throw error;
    }

    private void Enter(string folder)
    {
        try
        {
            // A link to a folder above would never end.
            var entries = new FileSystemEnumerable<(string Path, bool IsFolder, bool IsLink)>(
                folder,
                (ref FileSystemEntry entry) => (entry.ToFullPath(), entry.IsDirectory, entry.Attributes.HasFlag(FileAttributes.ReparsePoint)),
                new EnumerationOptions { IgnoreInaccessible = false });
            foreach (var (path, isFolder, isLink) in entries)
            {
                if (!isFolder) _files.Add(path);
                else if (isLink) continue;
                else if (except is not null && FileFacts.Of(path)?.Identity == except) Excepted = path;
                else Enter(path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _unreadable.Add(new SrkException(folder, "a folder that can be read", e.Message, "check its permissions", e));
        }
    }
}
