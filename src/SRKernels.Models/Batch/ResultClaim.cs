using SRKernels.Models.Storage;
using SRKernels.Runtime;

namespace SRKernels.Models.Batch;

/// <summary>
/// A process's claim to make one result: a locked file beside it. The lock ends with the process, however that ends, so no claim outlives its
/// holder; the file of a killed one is cleared by the next run.
/// </summary>
/// <remarks>Where a file system has no locks every claim is granted, and two processes may compute one picture twice; the result is the same.</remarks>
public sealed class ResultClaim : IDisposable
{
    private const int Tries = 5;

    private const UnixFileMode Everyone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private readonly FileStream _file;

    private ResultClaim(FileStream file) => _file = file;

    /// <summary>Claims a result; null where another process has.</summary>
    /// <param name="output">The result's path; its folder exists.</param>
    /// <exception cref="SrkException">No file can be made beside it.</exception>
    public static ResultClaim? TryTake(string output)
    {
        var path = Path.Combine(Path.GetDirectoryName(FilePath.Full(output))!, Leftovers.ClaimName(output));
        try
        {
            for (var left = Tries; left > 0; left--)
            {
                var options = new FileStreamOptions
                {
                    Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0, Options = FileOptions.DeleteOnClose,
                };
                var isNew = !File.Exists(path);
                var file = new FileStream(path, options);
                // It holds nothing, and what a killed run left of it must not stop another user's.
                if (isNew && !OperatingSystem.IsWindows()) File.SetUnixFileMode(file.SafeFileHandle, Everyone);
                // Its last holder may have removed the name between its opening and its lock: then the lock is one on nothing.
                if (FileFacts.IsStillNamed(file.SafeFileHandle, path)) return new ResultClaim(file);
                file.Dispose();
            }

            return null;
        }
        catch (IOException e) when (Leftovers.IsLockedByAnother(e))
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SrkException(output, "a folder where a file can be made", e.Message, "check its permissions and the free space", e);
        }
    }

    /// <summary>Gives the claim up and removes its file.</summary>
    public void Dispose() => _file.Dispose();
}
