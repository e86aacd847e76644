using System.Globalization;

namespace SRKernels.Runtime;

/// <summary>
/// Memory, a thread or a part of the program that could not be had, with the cause where the system tells it: a limit on address space, on processes, on
/// open files, or no room.
/// </summary>
public sealed class MemoryShortage : SrkException
{
    // Two for each part of the program that is loaded, and a dozen of the runtime's.
    private const long EnoughFiles = 256;

    private MemoryShortage(string expected, string got, string remedy, Exception? inner, string who = "memory")
        : base(who, expected, got, remedy, inner)
    {
    }

    /// <summary>The most address space that this process may take (<c>ulimit -v</c>); null where there is no limit or no way to know.</summary>
    public static long? AddressSpaceBytes { get; } = Limit("Max address space");

    /// <summary>What to throw where so many bytes could not be had.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="inner">The cause, if another exception was.</param>
    public static MemoryShortage Of(long bytes, Exception? inner = null) => Of($"{Mebi(bytes)} MiB more", inner);

    /// <summary>
    /// What to throw for an exception of the runtime that says that memory, a thread or a part of the program could not be had; null for any other.
    /// </summary>
    /// <param name="e">The exception.</param>
    public static MemoryShortage? From(Exception e)
    {
        if (e is MemoryShortage known) return known;
        if (MissingPart(e) is { } part) return OfPart(part, e);
        return e switch
        {
            OutOfMemoryException => Of("more", e),
            TaskSchedulerException or ThreadStartException => Of("enough for one more thread", e),
            InsufficientExecutionStackException => Of("more of the stack", e),
            TypeInitializationException { InnerException: { } cause } => From(cause),
            _ => null,
        };
    }

    // Also where it was taken for an error of the file that was being read.
    private static string? MissingPart(Exception e) => e switch
    {
        FileLoadException { FileName: { } name } => NameOf(name),
        // An assembly by its full name; any other file has a path.
        FileNotFoundException { FileName: { } name } when name.Contains(", Version=", StringComparison.Ordinal) => NameOf(name),
        // The framework's own: a driver that is missing is another matter.
        DllNotFoundException when e.Message.Contains("libSystem.", StringComparison.Ordinal) => "libSystem",
        _ => e.InnerException is { } cause ? MissingPart(cause) : null,
    };

    private static string NameOf(string assembly) => assembly.IndexOf(',', StringComparison.Ordinal) is var end && end > 0 ? assembly[..end] : assembly;

    private static MemoryShortage OfPart(string part, Exception inner)
    {
        var files = FewFiles();
        var space = AddressSpaceBytes is { } limit ? $"this process may take {Mebi(limit)} MiB of address space: raise the limit (ulimit -v)" : null;
        var remedy = (files, space) switch
        {
            (null, null) => "install it again, or close other programs",
            (null, _) => space,
            (_, null) => files,
            _ => $"{files}; {space}",
        };
        return new MemoryShortage("all of its parts to load", $"no {part}", remedy, inner, "program");
    }

    private static string? FewFiles() => Limit("Max open files") switch
    {
        null when OperatingSystem.IsLinux() => "this process may open no more files: raise the limit (ulimit -n)",
        < EnoughFiles and var most => $"this process may open {most} files: raise the limit (ulimit -n)",
        _ => null,
    };

    private static MemoryShortage Of(string expected, Exception? inner) => AddressSpaceBytes is { } limit
        ? new MemoryShortage(
            expected, $"not enough address space: this process may take {Mebi(limit)} MiB", "raise the limit (ulimit -v), or take a smaller --tile and fewer --threads", inner)
        : new MemoryShortage(expected, "none left", FewFiles() ?? "set a smaller --tile or --max-memory, or close other programs", inner);

    private static long Mebi(long bytes) => (bytes + (1 << 20) - 1) >> 20;

    // A line of Linux's /proc/self/limits: name, soft limit, hard limit, unit.
    private static long? Limit(string name)
    {
        try
        {
            foreach (var line in File.ReadLines("/proc/self/limits"))
                if (line.StartsWith(name, StringComparison.Ordinal))
                    return long.TryParse(line[name.Length..].Trim().Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not Linux, or no /proc: then nothing is known.
        }

        return null;
    }
}
