using System.Globalization;
using SRKernels.Runtime;

namespace SRKernels.Models.Planning;

/// <summary>
/// What the process may really have: the machine's memory, or less where a control group (container, service) or a limit on address space says so.
/// </summary>
/// <remarks>
/// .NET's own answer is three quarters of a container's memory, kept free for what is not its heap; our activations are no part of that heap, so the
/// limits are read where they stand. Nothing that changes from moment to moment counts: the same picture gets the same tiles at every run.
/// </remarks>
internal static class AvailableMemory
{
    // What version 1 of control groups says for "no limit" is this or more.
    private const long NoLimit = 1L << 62;

    /// <summary>Of this process.</summary>
    public static long Bytes { get; } = Math.Min(
        OperatingSystem.IsLinux() ? OfLinux("/") : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, MemoryShortage.AddressSpaceBytes ?? long.MaxValue);

    /// <summary>As the files of a Linux system say.</summary>
    /// <param name="root">The folder where <c>proc</c> and <c>sys</c> lie.</param>
    internal static long OfLinux(string root)
    {
        var total = Lines(Path.Combine(root, "proc/meminfo")).FirstOrDefault(line => line.StartsWith("MemTotal:", StringComparison.Ordinal)) is { } line
            && Number(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) is { } kibi
            ? kibi << 10
            : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        foreach (var entry in Lines(Path.Combine(root, "proc/self/cgroup")))
        {
            // hierarchy:controllers:path; version 2 has hierarchy 0 and no controllers.
            var parts = entry.Split(':', 3);
            if (parts.Length < 3) continue;
            if (parts[1].Length == 0) total = Math.Min(total, Least(Path.Combine(root, "sys/fs/cgroup"), parts[2], "memory.max"));
            else if (parts[1].Split(',').Contains("memory"))
                total = Math.Min(total, Least(Path.Combine(root, "sys/fs/cgroup/memory"), parts[2], "memory.limit_in_bytes"));
        }

        return total;
    }

    // A group has no more than those above it. In a container the path is often the host's: then only the mount's own root is there.
    private static long Least(string mount, string group, string file)
    {
        var least = NoLimit;
        for (var path = group.Trim('/'); ; path = Path.GetDirectoryName(path) ?? "")
        {
            if (Lines(Path.Combine(mount, path, file)).FirstOrDefault() is { } text && Number(text.Trim()) is { } bytes) least = Math.Min(least, bytes);
            if (path.Length == 0) return least;
        }
    }

    // "max" is no number.
    private static long? Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
