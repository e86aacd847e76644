using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using SRKernels.Models.Storage;
using SRKernels.Runtime;

namespace SRKernels.Cli;

/// <summary>stdin, stdout and stderr where they are closed, full, or nobody reads them.</summary>
internal static partial class StandardStreams
{
    private const int Stdin = 0, Stdout = 1, Stderr = 2;
    private const int GetDescriptorFlags = 1, CloseOnExec = 1;
    private const int Interrupted = 4, BrokenPipe = 32;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(5);
    private static readonly List<SafeFileHandle> s_held = [];
    private static readonly bool[] s_closed = new bool[3];

    /// <summary>
    /// Finds out which of the three were closed at the start: nothing may be read from or written to what lies under their numbers instead. What is
    /// printed then goes to stdout through <see cref="Output"/>, whose errors are errors.
    /// </summary>
    public static void Prepare()
    {
        if (OperatingSystem.IsWindows()) return;
        for (var file = Stdin; file <= Stderr; file++) s_closed[file] = !CameFromOutside(file);
        HoldFree();
        Console.SetOut(new StreamWriter(Output(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true });
    }

    /// <summary>A picture from stdin.</summary>
    /// <exception cref="SrkException">It is closed.</exception>
    public static Stream Input()
    {
        CheckInput();
        return Console.OpenStandardInput();
    }

    /// <exception cref="SrkException">stdin is closed.</exception>
    public static void CheckInput()
    {
        if (s_closed[Stdin]) throw new SrkException("stdin", "a picture", "a closed stdin", "give it one (srk upscale - < photo.jpg), or name a file");
    }

    /// <exception cref="SrkException">stdout is closed.</exception>
    public static void CheckOutput()
    {
        if (s_closed[Stdout]) throw new SrkException("-o -", "someone to take the picture", "a closed stdout", "send it to a file or a program, or name a file");
    }

    /// <summary>Writes to stderr what can be written there.</summary>
    public static void TryWriteError(string text)
    {
        if (!OperatingSystem.IsWindows())
        {
            // Under the number of a closed one lies a file of the runtime's.
            if (!s_closed[Stderr]) _ = TryWrite(Stderr, Encoding.UTF8.GetBytes(text));
            return;
        }

        try
        {
            Console.Error.Write(text);
        }
        catch (IOException)
        {
            // As above.
        }
    }

    /// <summary>stdout. What it does not take is an <see cref="SrkException"/>; only a reader of lines may leave early without one.</summary>
    /// <param name="isPicture">Whether a picture is written, of which every byte is wanted.</param>
    public static Stream Output(bool isPicture = false) => new StdoutStream(isPicture);

    // The runtime opens files of its own before the first line of ours, under the lowest free numbers, all of them closed by exec: what came through exec is not.
    private static bool CameFromOutside(int file)
    {
        var flags = Fcntl(file, GetDescriptorFlags);
        return flags >= 0 && (flags & CloseOnExec) == 0;
    }

    /// <summary>Takes the numbers that are still free, before a picture gets one and lines for people are written into it.</summary>
    private static void HoldFree()
    {
        try
        {
            while (true)
            {
                // The system gives the lowest free number.
                var file = File.OpenHandle("/dev/null");
                if (file.DangerousGetHandle() > Stderr)
                {
                    file.Dispose();
                    return;
                }

                s_held.Add(file);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A world without /dev/null: nothing to hold them with.
        }
    }

    private static void Write(ReadOnlySpan<byte> bytes, bool isPicture)
    {
        if (s_closed[Stdout]) throw Untaken(isPicture, "a closed stdout");
        // Not through Console, which takes a reader that is gone for success.
        var error = TryWrite(Stdout, bytes);
        if (error == 0 || (error == BrokenPipe && !isPicture)) return;
        throw error == BrokenPipe
            ? new SrkException("-o -", "someone to take the picture", "a closed pipe", "check the program behind it")
            : Untaken(isPicture, Marshal.GetPInvokeErrorMessage(error));
    }

    /// <returns>0, or the error's number.</returns>
    private static unsafe int TryWrite(int file, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            nint count;
            fixed (byte* data = bytes) count = Write(file, data, (nuint)bytes.Length);
            if (count >= 0)
            {
                bytes = bytes[(int)count..];
                continue;
            }

            var error = Marshal.GetLastPInvokeError();
            // EAGAIN of Linux or macOS: a pipe that does not wait by itself.
            if (error == (OperatingSystem.IsLinux() ? 11 : 35)) Thread.Sleep(s_pause);
            else if (error != Interrupted) return error;
        }

        return 0;
    }

    private static SrkException Untaken(bool isPicture, string got) =>
        new("stdout", isPicture ? "it to take the picture" : "it to take what is printed", got, "check the device and the free space");

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial nint Write(int file, byte* data, nuint count);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Fcntl(int file, int command);

    private sealed class StdoutStream(bool isPicture) : WriteOnlyStream
    {
        private readonly Stream? _windows = OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : null;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (_windows is null) StandardStreams.Write(buffer, isPicture);
            else _windows.Write(buffer);
        }

        public override void Flush()
        {
            // Nothing is kept here.
        }
    }
}
