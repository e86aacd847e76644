using System.Runtime.CompilerServices;
using SRKernels.Compiler.Codegen.Ptx;
using SRKernels.Compiler.Tests.Conformance;
using SRKernels.Emulation;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;
using Xunit;

namespace SRKernels.Compiler.Tests.Runtime;

/// <summary>The first CUDA device, where SRKERNELS_CUDA=1 asks for it and there is one: a back end beside the emulated driver.</summary>
internal static class RealCuda
{
    public const string Name = "CUDA";

    /// <summary>The same device with the texts that ILGPU's compiler makes.</summary>
    public const string IlgpuName = "ILGPU PTX on CUDA";

    /// <summary>Held open to the end: the driver keeps its context, which takes long to make, while tests open and close the device.</summary>
    private static readonly Lazy<CudaDevice> s_held = new(() => CudaDevice.Open(0));

    /// <summary>Whether SRKERNELS_CUDA=1 says that there is a device.</summary>
    public static bool IsAskedFor { get; } = AloneDevice.IsCuda || Environment.GetEnvironmentVariable("SRKERNELS_CUDA") == "1";

    /// <summary>Why it is not among the back ends though it was asked for.</summary>
    public static string? MissingReason { get; } = IsAskedFor && CudaDevice.List().Count == 0 ? WhyNot() : null;

    public static bool IsHere { get; } = IsAskedFor && MissingReason is null;

    /// <summary>The newest target that we emit and the device runs.</summary>
    public static int Target
    {
        get
        {
            var newest = 0;
            foreach (var target in PtxGenerator.Targets)
                if (target <= s_held.Value.Info.Target) newest = Math.Max(newest, target);
            return newest;
        }
    }

    public static CudaDevice Open()
    {
        _ = s_held.Value;
        return CudaDevice.Open(0);
    }

    private static string WhyNot()
    {
        try
        {
            using var device = CudaDevice.Open(0);
            return "the CUDA driver lists no device, yet opens one";
        }
        catch (SrkException e)
        {
            return $"SRKERNELS_CUDA=1, but {e.Message}";
        }
    }
}

/// <summary>The drivers that CUDA's host code and kernels for sm_80 are tested on: the emulated one, and the real one where it is.</summary>
internal static class CudaDrivers
{
    private const string Emulated = "emulated";

    public static TheoryData<string> Names() => RealCuda.IsHere && RealCuda.Target >= 80 ? [Emulated, RealCuda.Name] : [Emulated];

    /// <summary>A device; the emulated one is of target 80 and its driver comes with it, to ask what it saw.</summary>
    public static CudaDevice Open(string name, out EmulatedCudaDriver? emulated)
    {
        emulated = name == Emulated ? new EmulatedCudaDriver(80) : null;
        return emulated is null ? RealCuda.Open() : new CudaDevice(emulated, 0);
    }
}

/// <summary>A test that is skipped, with the reason, where SRKERNELS_CUDA=1 asks for a CUDA device and there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CudaAskedForFactAttribute : FactAttribute
{
    public CudaAskedForFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) =>
        Skip = RealCuda.MissingReason;
}

public sealed class RealCudaTests
{
    [CudaAskedForFact]
    public void IsAmongTheBackEndsWhereItIsAskedFor() =>
        Assert.Equal(RealCuda.IsAskedFor, ConformanceTests.Rows().Any(row => row.Data.Item2 == RealCuda.Name));
}
