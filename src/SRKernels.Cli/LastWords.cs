using System.Runtime.InteropServices;

namespace SRKernels.Cli;

/// <summary>
/// What is said where the program itself cannot go on, because its own parts cannot be loaded or no memory is left: with the core library and the system's
/// own call alone, and once at the start without words, so that nothing of it needs to be found or compiled then.
/// </summary>
internal static unsafe partial class LastWords
{
    private const int Stderr = 2;
    private const int ArenasMost = -8;
    private const int OpenFiles = 7;

    // 61 were enough to enlarge a picture, and 59 not enough for the thread that looks after .NET's others.
    private const int FewestFiles = 64;

    /// <summary>Catches what no other code catches, on any thread: an error is no reason for an abort and a dump of memory.</summary>
    public static void Prepare()
    {
        Write("");
        AppDomain.CurrentDomain.UnhandledException += (_, told) => Environment.Exit(told.ExceptionObject is Exception e ? Say(e) : ExitCode.Failed);
        ShareArena();
    }

    /// <summary>
    /// Whether so few files may be open that the runtime would end the process in the middle, with words of its own and a dump of memory; said then.
    /// </summary>
    public static bool HasTooFewFiles()
    {
        if (!OperatingSystem.IsLinux()) return false;
        var limits = stackalloc ulong[2];
        if (LimitOf(OpenFiles, limits) != 0 || limits[0] >= FewestFiles) return false;
        var got = "";
        for (var rest = (int)limits[0]; rest > 0 || got.Length == 0; rest /= 10) got = (char)('0' + (rest % 10)) + got;
        Write("srk: open files: expected a limit of at least 64, got " + got + "; raise the limit (ulimit -n)\n");
        return true;
    }

    /// <summary>Prints the error and what may be the cause.</summary>
    /// <returns>The exit code.</returns>
    public static int Say(Exception e)
    {
        var cause = e;
        while (cause.InnerException is { } inner) cause = inner;
        Write("srk: program: expected all of its parts and some memory, got '" + cause.Message
            + "'; raise the limits on open files (ulimit -n), address space (ulimit -v) and processes (ulimit -u)\n");
        return ExitCode.Failed;
    }

    // The C library reserves 64 MiB of address space for each thread: with one heap for all, a limit of 1.9 GB (ulimit -v) is enough where it took 2.5.
    private static void ShareArena()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            _ = MallocOption(ArenasMost, 1);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library, without such heaps.
        }
    }

    // Latin letters on one line: no encoding is at hand.
    private static void Write(string text)
    {
        if (OperatingSystem.IsWindows()) return;
        var bytes = new byte[text.Length + 1];
        for (var i = 0; i < text.Length; i++) bytes[i] = text[i] switch
        {
            '\n' when i == text.Length - 1 => (byte)'\n',
            < ' ' => (byte)' ',
            > '~' => (byte)'?',
            var c => (byte)c,
        };
        fixed (byte* data = bytes) _ = Write(Stderr, data, (nuint)text.Length);
    }

    // Without the error's number, which takes another assembly.
    [LibraryImport("libc", EntryPoint = "write")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Write(int file, byte* data, nuint count);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MallocOption(int option, int value);

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int LimitOf(int resource, ulong* softAndHard);
}
