using System.Runtime.InteropServices;

namespace SRKernels.Cli;

/// <summary>Turns Ctrl-C and a polite kill into cancellation, once; a second Ctrl-C ends the process as usual.</summary>
internal sealed partial class StopSignals : IDisposable
{
    // The same number on Linux and macOS.
    private const int FileSizeLimit = 25;
    private const nint Ignore = 1;

    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;

    public StopSignals(CancellationTokenSource stop)
    {
        void Stop(PosixSignalContext context)
        {
            context.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }

        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    }

    /// <summary>Lets a file that may not grow any more (<c>ulimit -f</c>) be an error of the write, not the end of the process.</summary>
    public static void IgnoreFileSizeLimit()
    {
        if (!OperatingSystem.IsWindows()) _ = Signal(FileSizeLimit, Ignore);
    }

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "signal")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Signal(int signal, nint handler);
}
