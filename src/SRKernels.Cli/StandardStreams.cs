using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using SRKernels.Runtime;

namespace SRKernels.Cli;

/// <summary>stdin, stdout and stderr where they are closed, full, or nobody reads them.</summary>
internal static partial class StandardStreams
{
    private const int Interrupted = 4, BrokenPipe = 32;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(5);
    private static readonly List<SafeFileHandle> s_held = [];

    /// <summary>
    /// Takes the numbers of those that were closed at the start, before a picture gets one and lines for people are written into it: what is
    /// read there ends at once, what is written fails.
    /// </summary>
    public static void HoldClosed()
    {
        if (OperatingSystem.IsWindows()) return;
        try
        {
            while (true)
            {
                // The system gives the lowest free number.
                var file = File.OpenHandle("/dev/null");
                s_held.Add(file);
                if (file.DangerousGetHandle() <= 2) continue;
                file.Dispose();
                return;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A world without /dev/null: nothing to hold them with.
        }
    }

    /// <summary>Writes all of it to stdout.</summary>
    /// <exception cref="SrkException">Nobody reads it any more.</exception>
    /// <exception cref="IOException">The disk behind it is full, or it is closed.</exception>
    public static unsafe void Write(ReadOnlySpan<byte> bytes)
    {
        if (OperatingSystem.IsWindows())
        {
            using var stdout = Console.OpenStandardOutput();
            stdout.Write(bytes);
            return;
        }

        // Not through Console, which takes a reader that is gone for success.
        while (!bytes.IsEmpty)
        {
            nint count;
            fixed (byte* data = bytes) count = Write(1, data, (nuint)bytes.Length);
            if (count >= 0)
            {
                bytes = bytes[(int)count..];
                continue;
            }

            var error = Marshal.GetLastPInvokeError();
            if (error == BrokenPipe) throw new SrkException("-o -", "someone to take the picture", "a closed pipe", "check the program behind it");
            // EAGAIN of Linux or macOS: a pipe that does not wait by itself.
            if (error == (OperatingSystem.IsLinux() ? 11 : 35)) Thread.Sleep(s_pause);
            else if (error != Interrupted) throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        }
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial nint Write(int file, byte* data, nuint count);
}
