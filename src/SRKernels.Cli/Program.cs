using SRKernels.Cli;
using SRKernels.Runtime;

// srk: what the user typed becomes calls of the library, what comes back becomes lines. Exit codes: 0 done, 1 failed, 2 usage, 130 stopped.
try
{
    StandardStreams.HoldClosed();
    return await CommandLine.RunAsync(args);
}
catch (UsageException e)
{
    Terminal.Error(e.Message);
    return ExitCode.Usage;
}
catch (SrkException e)
{
    Terminal.Error(e.Message);
    return ExitCode.Failed;
}
catch (OperationCanceledException)
{
    Terminal.Error("stopped; nothing half-written is left");
    return ExitCode.Stopped;
}
catch (Exception e) when (MemoryShortage.From(e) is { } shortage)
{
    Terminal.Error(shortage.Message);
    return ExitCode.Failed;
}
catch (IOException e)
{
    Terminal.Error($"input or output: expected it to work, got '{e.Message}'; check the device and the free space");
    return ExitCode.Failed;
}
catch (Exception e) when (Environment.GetEnvironmentVariable("SRK_DEBUG") is null)
{
    Terminal.Error($"srk: expected no error of its own, got {e.GetType().Name}: {e.Message}; run again with SRK_DEBUG=1 and report what it prints");
    return ExitCode.Failed;
}
