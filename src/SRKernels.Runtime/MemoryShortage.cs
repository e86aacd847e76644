using System.Globalization;

namespace SRKernels.Runtime;

/// <summary>Memory or a thread that could not be had, with the cause where the system tells it: a limit on address space, on processes, or no room.</summary>
public sealed class MemoryShortage : SrkException
{
    private MemoryShortage(string expected, string got, string remedy, Exception? inner)
        : base("memory", expected, got, remedy, inner)
    {
    }

    /// <summary>The most address space that this process may take (<c>ulimit -v</c>); null where there is no limit or no way to know.</summary>
    public static long? AddressSpaceBytes { get; } = Limit("Max address space");

    /// <summary>What to throw where so many bytes could not be had.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="inner">The cause, if another exception was.</param>
    public static MemoryShortage Of(long bytes, Exception? inner = null) => Of($"{Mebi(bytes)} MiB more", inner);

    /// <summary>What to throw for an exception of the runtime that says that memory or a thread could not be had; null for any other.</summary>
    /// <param name="e">The exception.</param>
    public static MemoryShortage? From(Exception e) => e switch
    {
        MemoryShortage known => known,
        OutOfMemoryException => Of("more", e),
        TaskSchedulerException or ThreadStartException => Of("enough for one more thread", e),
        InsufficientExecutionStackException => Of("more of the stack", e),
        TypeInitializationException { InnerException: { } cause } => From(cause),
        _ => null,
    };

    private static MemoryShortage Of(string expected, Exception? inner) => AddressSpaceBytes is { } limit
        ? new MemoryShortage(
            expected, $"not enough address space: this process may take {Mebi(limit)} MiB", "raise the limit (ulimit -v), or take a smaller --tile and fewer --threads", inner)
        : new MemoryShortage(expected, "none left", "set a smaller --tile or --max-memory, or close other programs", inner);

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
