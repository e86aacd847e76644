namespace SRKernels.Models.Storage;

/// <summary>The files that a run makes for itself beside its results, and what killed runs left of them.</summary>
/// <remarks>
/// They are short, so that the name of a result may be as long as the file system allows. Whoever works on one holds it open and locked; a
/// process that ends in any way loses its locks, so what can be locked is left over.
/// </remarks>
public static class Leftovers
{
    private const string Prefix = ".srk-";
    private const string Temporary = ".tmp";
    private const string Claim = ".claim";

    // Where files cannot be locked only their age tells.
    private static readonly TimeSpan s_surelyDead = TimeSpan.FromDays(1);

    /// <summary>Removes what killed runs left in a folder; what a running process holds stays.</summary>
    /// <param name="folder">The folder; those below it are not looked at.</param>
    /// <param name="locks">Whether its files can be locked: <see cref="FolderTraits.Locks"/>.</param>
    /// <returns>How many files were removed.</returns>
    public static int Clear(string folder, bool locks = true)
    {
        var cleared = 0;
        try
        {
            foreach (var file in Directory.EnumerateFiles(FilePath.Plain(folder), Prefix + "*", new EnumerationOptions { AttributesToSkip = FileAttributes.None }))
            {
                if (file.EndsWith(Temporary, StringComparison.Ordinal) || file.EndsWith(Claim, StringComparison.Ordinal))
                    cleared += Clear(file, locks, DateTime.UtcNow) ? 1 : 0;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder that cannot be listed keeps what is in it; that stops no picture.
        }

        return cleared;
    }

    internal static string NewTemporaryName() => $"{Prefix}{Path.GetFileNameWithoutExtension(Path.GetRandomFileName())}{Environment.ProcessId:x}{Temporary}";

    internal static string NewProbeName() => $"{Prefix}\u00e9{Path.GetFileNameWithoutExtension(Path.GetRandomFileName())}{Temporary}";

    internal static string ClaimName(string result)
    {
        // FNV-1a of 64 bits: names of one hash, if there ever are, only wait for each other. A cryptographic one takes 20 ms to load.
        var hash = 0xCBF29CE484222325;
        foreach (var letter in Path.GetFileName(result)) hash = unchecked((hash ^ letter) * 0x100000001B3);
        return $"{Prefix}{hash:x16}{Claim}";
    }

    /// <summary>Whether opening failed because another process holds the file.</summary>
    internal static bool IsLockedByAnother(IOException e) =>
        // The error's own number on Unix: EWOULDBLOCK of Linux, of macOS; Windows: a sharing violation.
        e.HResult == (OperatingSystem.IsWindows() ? unchecked((int)0x80070020) : OperatingSystem.IsLinux() ? 11 : 35);

    private static bool Clear(string file, bool locks, DateTime now)
    {
        try
        {
            // Whatever lies there under such a name: only files are opened.
            if (FileFacts.Of(file) is not { Kind: FileKind.Regular } facts || (!locks && now - facts.ModifiedUtc < s_surelyDead)) return false;
            new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose).Dispose();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
