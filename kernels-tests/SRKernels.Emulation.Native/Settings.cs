using System.Globalization;
using SRKernels.Emulation.Native.Driver;

namespace SRKernels.Emulation.Native;

/// <summary>What the environment says of the emulated machine, read once by cuInit. The README lists the variables.</summary>
internal sealed record Settings(int[] Targets, long MemoryBytes, EmulatorOptions Checks, string? LogFile)
{
    public const string TargetsVariable = "SRKERNELS_EMULATED_CUDA_SM";
    public const string MemoryVariable = "SRKERNELS_EMULATED_CUDA_MEMORY";
    public const string ChecksVariable = "SRKERNELS_EMULATED_CUDA_CHECKS";
    public const string LogVariable = "SRKERNELS_EMULATED_CUDA_LOG";

    private const int DefaultTarget = 80;
    private const long DefaultMemoryBytes = 2L << 30;

    /// <summary>The settings, or null with what is wrong.</summary>
    public static Settings? Read(out string problem)
    {
        problem = "";
        int[] targets = [DefaultTarget];
        if (Variable(TargetsVariable) is { } list)
        {
            targets = [.. list.Split(',').Select(t => int.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out var target) ? target : 0)];
            if (targets.Any(t => !DeviceLimits.IsKnown(t)))
                problem = $"libcuda (emulated): {TargetsVariable} expected one of {DeviceLimits.KnownTargets} for each device, with commas between, got '{list}'; correct or unset it";
        }

        var memory = DefaultMemoryBytes;
        if (Variable(MemoryVariable) is { } bytes && (!long.TryParse(bytes, NumberStyles.None, CultureInfo.InvariantCulture, out memory) || memory == 0))
            problem = $"libcuda (emulated): {MemoryVariable} expected the bytes of each device's memory, got '{bytes}'; correct or unset it";
        var all = true;
        if (Variable(ChecksVariable) is { } checks)
        {
            all = checks == "all";
            if (!all && checks != "addresses") problem = $"libcuda (emulated): {ChecksVariable} expected all or addresses, got '{checks}'; correct or unset it";
        }

        var options = new EmulatorOptions { CheckRaces = all, CheckUninitialised = all, CountBankConflicts = false };
        return problem.Length == 0 ? new Settings(targets, memory, options, Variable(LogVariable)) : null;
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
