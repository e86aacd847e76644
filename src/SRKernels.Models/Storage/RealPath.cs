namespace SRKernels.Models.Storage;

/// <summary>Paths with their links resolved.</summary>
internal static class RealPath
{
    private const int MostLinks = 40;

    /// <summary>The full path with every link on the way followed; what does not exist yet stays as it is.</summary>
    public static string Of(string path)
    {
        var full = Path.GetFullPath(path);
        for (var links = 0; links < MostLinks; links++)
        {
            if (FirstLink(full) is not { } followed) return full;
            full = followed;
        }

        return full;
    }

    // The path after following its first link, or null where there is none.
    private static string? FirstLink(string full)
    {
        var at = Path.GetPathRoot(full) ?? "";
        foreach (var name in full[at.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            var parent = at;
            at = Path.Combine(at, name);
            if (Target(at) is not { } target) continue;
            var rest = Path.GetRelativePath(at, full);
            var followed = Path.GetFullPath(Path.Combine(parent, target));
            return rest == "." ? followed : Path.Combine(followed, rest);
        }

        return null;
    }

    private static string? Target(string path)
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
