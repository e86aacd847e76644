using System.Globalization;
using SRKernels.Runtime;

namespace SRKernels.Models.Storage;

/// <summary>Whether another file may take the name of one that exists: found out before work is done for it, and told where it fails after all.</summary>
/// <remarks>Where a file can be made in a folder, a name that exists there can still be out of reach. Away from Linux nothing is known beforehand.</remarks>
internal static class Replacing
{
    // CAP_FOWNER, among the rights in force.
    private const int OwnerOfAll = 3;
    private const string RightsInForce = "CapEff:";

    /// <summary>Refuses a file whose name no other can take; a link is followed, and where nothing is nothing happens.</summary>
    /// <param name="path">Where a file is to be made.</param>
    /// <exception cref="SrkException">It is a mount point, immutable, or in a shared folder and another user's.</exception>
    public static void Check(string path)
    {
        if (Obstacle(path, AtomicFile.TargetOf(path)) is { } error) throw error;
    }

    /// <summary>What a rename over a name failed of.</summary>
    /// <param name="path">What the user calls it.</param>
    /// <param name="target">The file itself.</param>
    /// <param name="replace">Whether it was to be replaced.</param>
    /// <param name="cause">What the system said.</param>
    public static SrkException Failed(string path, string target, bool replace, Exception cause)
    {
        if (Obstacle(path, target, cause) is { } error) return error;
        return !replace && FileFacts.Of(target) is not null
            ? new SrkException(path, "a name that is free", "one that exists", "add --overwrite to replace it, or name another", cause)
            : new SrkException(path, "a name that a file can be given", cause.Message, "name another file, or see what keeps this one from being replaced", cause);
    }

    private static SrkException? Obstacle(string path, string target, Exception? cause = null)
    {
        if (!OperatingSystem.IsLinux() || Path.GetDirectoryName(target) is not { } folder) return null;
        try
        {
            if (Posix.Guards(target) is not { } file || Posix.Guards(folder) is not { } around) return null;
            return (file, around) switch
            {
                ({ IsMountPoint: true }, _) => Error("a mount point", "unmount it, or name another file"),
                ({ IsImmutable: true }, _) => Error("one that is immutable", "allow changes (chattr -i), or name another file"),
                ({ IsAppendOnly: true }, _) => Error("one that may only grow", "allow changes (chattr -a), or name another file"),
                (_, { IsAppendOnly: true }) => Error($"one in '{folder}', where no name may be taken away", "allow changes to the folder (chattr -a), or name another"),
                (_, { IsSticky: true }) when !MayTakeAway(file, around) => Error(
                    $"another user's in '{folder}', where only owners replace files (sticky bit)", "name another file, or have its owner remove it"),
                _ => null,
            };
        }
        catch (EntryPointNotFoundException)
        {
            // An old C library: the rename will tell.
            return null;
        }

        SrkException Error(string got, string remedy) => new(path, "a file that can be replaced", got, remedy, cause);
    }

    private static bool MayTakeAway(NameGuards file, NameGuards folder)
    {
        var user = Posix.EffectiveUser();
        return user == file.Owner || user == folder.Owner || OwnsAll(user);
    }

    private static bool OwnsAll(uint user)
    {
        try
        {
            var rights = File.ReadLines("/proc/self/status").First(line => line.StartsWith(RightsInForce, StringComparison.Ordinal))[RightsInForce.Length..];
            return (ulong.Parse(rights.Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> OwnerOfAll & 1) != 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException or FormatException)
        {
            return user == 0;
        }
    }
}
