using System.Runtime.InteropServices;
using SRKernels.Runtime;

namespace SRKernels.Models.Storage;

/// <summary>What a name in the file system stands for.</summary>
public enum FileKind
{
    /// <summary>A file with bytes.</summary>
    Regular,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A named pipe: opening it waits for the other side.</summary>
    NamedPipe,

    /// <summary>A socket.</summary>
    Socket,

    /// <summary>A device.</summary>
    Device,
}

/// <summary>What a name stands for, links followed. Away from Linux pipes, sockets and devices count as files.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Identity">Equal for two names of one file: device and inode on Linux, elsewhere the path with its links resolved.</param>
/// <param name="ModifiedUtc">When its bytes were last written.</param>
/// <param name="LengthBytes">How many bytes a file has.</param>
public readonly record struct FileFacts(FileKind Kind, string Identity, DateTime ModifiedUtc, long LengthBytes)
{
    /// <summary>In words, with its article.</summary>
    public string Description => Kind switch
    {
        FileKind.Regular => "a file",
        FileKind.Folder => "a folder",
        FileKind.NamedPipe => "a named pipe",
        FileKind.Socket => "a socket",
        _ => "a device",
    };

    /// <summary>The facts of what is there now; null where nothing is (a link into nothing included) or it cannot be told.</summary>
    /// <param name="path">A file or folder. It is not opened.</param>
    public static FileFacts? Of(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            try
            {
                return Posix.Look(path, out _);
            }
            catch (EntryPointNotFoundException)
            {
                // An old C library; the paths have to do.
            }
        }

        if (RealOrNull(path) is not { } real || !Path.Exists(real)) return null;
        // The systems without statx are those that do not tell cases apart.
        return new FileFacts(
            Directory.Exists(real) ? FileKind.Folder : FileKind.Regular, real.ToUpperInvariant(), File.GetLastWriteTimeUtc(real),
            File.Exists(real) ? new FileInfo(real).Length : 0);
    }

    private static string? RealOrNull(string path)
    {
        try
        {
            return FilePath.Real(path);
        }
        catch (SrkException)
        {
            return null;
        }
    }

    /// <summary>What to call a name for which <see cref="Of"/> finds nothing.</summary>
    /// <param name="path">The name.</param>
    public static string Missing(string path)
    {
        try
        {
            _ = FilePath.Real(path);
            return FilePath.IsLink(path) ? "a link into nothing" : "nothing of this name";
        }
        catch (SrkException e)
        {
            return e.Got;
        }
    }

    /// <summary>Whether an open file still has this name; true where it cannot be told.</summary>
    internal static bool IsStillNamed(SafeHandle handle, string path)
    {
        if (!OperatingSystem.IsLinux()) return File.Exists(path);
        try
        {
            return Posix.Look(handle) is not { } open || Posix.Look(path, out _)?.Identity == open.Identity;
        }
        catch (EntryPointNotFoundException)
        {
            return File.Exists(path);
        }
    }
}
