using SRKernels.Runtime;

namespace SRKernels.Models.Storage;

/// <summary>Paths as the system takes them: a link is followed before the <c>..</c> behind it.</summary>
/// <remarks>
/// The framework folds <c>link/..</c> by its letters, before the system sees it, and so reads and writes another file than every other program would.
/// Paths that people name go through here first; behind that none holds a <c>..</c>, and letters and links say the same.
/// </remarks>
public static class FilePath
{
    private const int MostLinks = 40;
    private const string Parent = "..";

    /// <summary>A name of the same file without <c>..</c>; a path without (or that only begins with some) stays as it is.</summary>
    /// <param name="path">A file or folder, which need not exist.</param>
    /// <exception cref="SrkException">Before a <c>..</c> stands no folder, or a link that leads nowhere.</exception>
    public static string Plain(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        // Windows itself folds by letters.
        if (OperatingSystem.IsWindows() || EndOfLastParent(path) is not { } end) return path;
        var (folder, rest) = (Real(path[..end]), path[end..].TrimStart(Path.DirectorySeparatorChar));
        return rest.Length > 0 ? Path.Combine(folder, rest) : end < path.Length ? folder + Path.DirectorySeparatorChar : folder;
    }

    /// <summary>The full path of the same file, without <c>..</c>; links in it are not followed otherwise.</summary>
    /// <inheritdoc cref="Plain"/>
    public static string Full(string path) => Path.GetFullPath(Plain(path));

    /// <summary>The full path with every link on the way followed; what does not exist yet stays as it is.</summary>
    /// <param name="path">A file or folder, which need not exist.</param>
    /// <exception cref="SrkException">A link leads back to itself, or before a <c>..</c> stands no folder.</exception>
    public static string Real(string path)
    {
        var links = 0;
        var full = Path.IsPathRooted(path) ? path : Path.Combine(Environment.CurrentDirectory, path);
        if (OperatingSystem.IsWindows()) full = Path.GetFullPath(full);
        var at = Path.GetPathRoot(full)!;
        var left = new Stack<string>();
        Push(left, full[at.Length..]);
        while (left.TryPop(out var name))
        {
            if (name is ".") continue;
            if (name is Parent)
            {
                if (!Directory.Exists(at))
                    throw new SrkException(path, "a folder before its '..'", $"{FileFacts.Of(at)?.Description ?? "nothing"} of the name '{at}'", "check the path");
                at = Path.GetDirectoryName(at) ?? at;
                continue;
            }

            var next = Path.Combine(at, name);
            if (LinkTarget(next) is not { } target)
            {
                at = next;
                continue;
            }

            if (++links > MostLinks) throw new SrkException(path, "a name that leads to a file or folder", "a link that leads back to itself", "remove the link, or name another");
            if (Path.GetPathRoot(target) is { Length: > 0 } root) at = root;
            Push(left, target[(Path.GetPathRoot(target)?.Length ?? 0)..]);
        }

        return at;
    }

    /// <summary>Whether a name is itself a link, wherever it leads.</summary>
    /// <param name="path">A name without <c>..</c>.</param>
    public static bool IsLink(string path) => LinkTarget(path) is not null;

    // Where the last '..' ends that stands behind a name: those that a path begins with are the working folder's, which holds no links.
    private static int? EndOfLastParent(string path)
    {
        int? end = null;
        var isBehindName = Path.IsPathRooted(path);
        for (var start = 0; start < path.Length;)
        {
            var stop = path.IndexOf(Path.DirectorySeparatorChar, start);
            if (stop < 0) stop = path.Length;
            var name = path.AsSpan(start, stop - start);
            if (name.SequenceEqual(Parent) && isBehindName) end = stop;
            else isBehindName |= name is not ("" or "." or Parent);
            start = stop + 1;
        }

        return end;
    }

    private static void Push(Stack<string> left, string path)
    {
        foreach (var name in path.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse()) left.Push(name);
    }

    private static string? LinkTarget(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
