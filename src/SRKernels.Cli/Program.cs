using System.Runtime.CompilerServices;
using SRKernels.Runtime;

namespace SRKernels.Cli;

/// <summary>srk: what the user typed becomes calls of the library, what comes back becomes lines. Exit codes: 0 done, 1 failed, 2 usage, 130 stopped.</summary>
internal static class Program
{
    // Here and in LastWords stands no type but the core library's: where the rest cannot be loaded, for want of files or memory, this can still say so.
    public static int Main(string[] args)
    {
        try
        {
            LastWords.Prepare();
            if (LastWords.HasTooFewFiles()) return ExitCode.Failed;
            return Run(args);
        }
        catch (Exception e)
        {
            return LastWords.Say(e);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Run(string[] args)
    {
        try
        {
            StopSignals.IgnoreFileSizeLimit();
            StandardStreams.Prepare();
            return CommandLine.RunAsync(args).GetAwaiter().GetResult();
        }
        catch (Exception e)
        {
            return Explain(e);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Explain(Exception e)
    {
        try
        {
            var (line, code) = LineOf(e);
            Terminal.Error(line);
            return code;
        }
        catch (Exception)
        {
            // What led here is to be said, not what kept it from being said.
            return LastWords.Say(e);
        }
    }

    private static (string Line, int Code) LineOf(Exception e)
    {
        if (MemoryShortage.From(e) is { } shortage) return (shortage.Message, ExitCode.Failed);
        switch (e)
        {
            case UsageException:
                return (e.Message, ExitCode.Usage);
            case SrkException:
                return (e.Message, ExitCode.Failed);
            case OperationCanceledException:
                return ("stopped; nothing half-written is left", ExitCode.Stopped);
            case IOException:
                return ($"input or output: expected it to work, got '{e.Message}'; check the device and the free space", ExitCode.Failed);
        }

        var isDebugged = Environment.GetEnvironmentVariable("SRK_DEBUG") is not null;
        if (isDebugged)
            foreach (var line in e.ToString().Split('\n')) Terminal.Line(line);
        // Where the system refuses memory the runtime fails in many ways.
        var remedy = MemoryShortage.AddressSpaceBytes is { } limit ? $"raise the limit on address space (ulimit -v), {limit >> 20} MiB here"
            : isDebugged ? "report the lines above" : "run again with SRK_DEBUG=1 and report what it prints";
        return ($"program: expected no error of its own, got {e.GetType().Name}: {e.Message}; {remedy}", ExitCode.Failed);
    }
}
