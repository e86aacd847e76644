using System.Runtime.CompilerServices;
using SRKernels.Emulation.Publishing;
using Xunit;

namespace SRKernels.Tests.Cli;

/// <summary>A test of a child process that finds the emulated libcuda.so.1; skipped, with the reason, where that cannot be compiled.</summary>
public sealed class EmulatedLibcudaFactAttribute : FactAttribute
{
    public EmulatedLibcudaFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) =>
        Skip = EmulatedLibcuda.MissingReason;
}

/// <summary>The command as built, on a machine that seems to have NVIDIA devices: kernels-tests/SRKernels.Emulation.Native on the loader's path.</summary>
public sealed class EmulatedLibcudaTests
{
    [EmulatedLibcudaFact]
    public void DevicesListsTheEmulatedOnes()
    {
        var (code, output, error) = EmulatedLibcuda.Run(
            new Dictionary<string, string> { ["SRKERNELS_EMULATED_CUDA_SM"] = "90,75", ["SRKERNELS_EMULATED_CUDA_MEMORY"] = "1073741824" }, "dotnet", "exec", Srk.Program, "devices");
        Assert.True(code == 0, error);
        Assert.Equal(
            ["cuda:0    PTX emulator sm_90 (no hardware), 1024 MiB, 1 units, sm_90, CUDA 12.4", "cuda:1    PTX emulator sm_75 (no hardware), 1024 MiB, 1 units, sm_75, CUDA 12.4"],
            output.Split('\n').Where(l => l.StartsWith("cuda:", StringComparison.Ordinal)));
    }
}
