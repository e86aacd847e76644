namespace SRKernels.Runtime.Loading;

/// <summary>Where a user's files lie that can be made or fetched again.</summary>
internal static class UserCache
{
    /// <summary>
    /// <c>${XDG_CACHE_HOME:-~/.cache}/srkernels/PURPOSE</c>, on Windows under the local application data; null without a home. It need not exist.
    /// </summary>
    public static string? Folder(string purpose)
    {
        // A path that depends on where one stands is to be ignored, says its standard.
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { } xdg && Path.IsPathRooted(xdg)) return Path.Combine(xdg, "srkernels", purpose);
        if (OperatingSystem.IsWindows())
        {
            var local = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
            return local.Length == 0 ? null : Path.Combine(local, "srkernels", purpose);
        }

        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return home.Length == 0 ? null : Path.Combine(home, ".cache", "srkernels", purpose);
    }
}
