using SRKernels.Compilation;
using SRKernels.Compiler.Tests.Runtime;
using SRKernels.Conformance;
using SRKernels.Emulation;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;
using SRKernels.Runtime.OpenCl;
using Xunit;

namespace SRKernels.Compiler.Tests.Conformance;

/// <summary>Every case on every back end against ILGPU's CPU accelerator.</summary>
public sealed class ConformanceTests
{
    private static readonly Dictionary<string, ConformanceCase> s_cases = Catalog.All.ToDictionary(c => c.Name, StringComparer.Ordinal);

    private static readonly Dictionary<string, byte[][]> s_truth = new(StringComparer.Ordinal);

    private static readonly IConformanceBackend[] s_backends =
    [
        new DeviceBackend("IR", null, () => new InterpretedDevice(), KernelImageMaker.Ir, optimize: false),
        new DeviceBackend("IR of debug code", null, () => new InterpretedDevice(), KernelImageMaker.Ir, optimize: false, "SRKernels.Conformance.Unoptimized"),
        new DeviceBackend("optimised IR", null, () => new InterpretedDevice(), KernelImageMaker.Ir),
        new DeviceBackend("PTX sm_70", null, () => new CudaDevice(new EmulatedCudaDriver(70), 0), f => KernelImageMaker.Ptx(f, 70)),
        new DeviceBackend("PTX sm_80", null, () => new CudaDevice(new EmulatedCudaDriver(80), 0), f => KernelImageMaker.Ptx(f, 80)),
        new IlgpuPtxBackend(80),
        new DeviceBackend("OpenCL", OpenClDevice.List().Count > 0 ? null : "no OpenCL device", () => OpenClDevice.Open(0), KernelImageMaker.OpenCl, forOpenCl: true),
        new DeviceBackend(RealCuda.Name, RealCuda.IsHere ? null : "no CUDA device, or SRKERNELS_CUDA=1 not set", RealCuda.Open, f => KernelImageMaker.Ptx(f, RealCuda.Target)),
        new DeviceBackend(
            RealCuda.IlgpuName, RealCuda.IsHere ? null : "no CUDA device, or SRKERNELS_CUDA=1 not set", RealCuda.Open, (test, _) => IlgpuPtxBackend.Compile(test, RealCuda.Target)),
    ];

    /// <summary>Names of the back ends that every machine can have, whether they are here or not.</summary>
    internal static IEnumerable<string> Backends => s_backends.Select(b => b.Name).Except([RealCuda.Name, RealCuda.IlgpuName]);

    /// <summary>Case and back end; what a back end does not run is left out here, with the reason in kernels-tests/BACKENDS.md.</summary>
    public static TheoryData<string, string> Rows()
    {
        var rows = new TheoryData<string, string>();
        foreach (var test in Catalog.All)
            foreach (var backend in s_backends)
                if (backend.Unavailable is null && IsAskedFor(backend.Name) && ReasonNotTo(test, backend.Name) is null) rows.Add(test.Name, backend.Name);
        return rows;
    }

    /// <summary>Whether a run that is about one device (SRKERNELS_ONLY) is about this one.</summary>
    internal static bool IsAskedFor(string backend) => AloneDevice.Name switch
    {
        null => true, AloneDevice.OpenCl => backend == "OpenCL", _ => backend is RealCuda.Name or RealCuda.IlgpuName,
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void AgreesWithIlgpusCpu(string name, string backend)
    {
        var test = s_cases[name];
        var expected = Truth(test);
        var got = test.NewMemory();
        Array.Find(s_backends, b => b.Name == backend)!.Run(test, got);
        var difference = Comparison.Difference(test, expected, got);
        Assert.True(difference is null, $"{name} on {backend}, grid {test.Grid}, group {test.Group}: {difference}");
    }

    internal static string? ReasonNotTo(ConformanceCase test, string backend)
    {
        if (test.Refusals.TryGetValue(backend, out var reason)) return reason;
        if (backend.StartsWith("ILGPU", StringComparison.Ordinal) && test.NotTakenByIlgpu is { } notTaken) return $"not taken by ILGPU: {notTaken}";
        if (backend.StartsWith("ILGPU PTX", StringComparison.Ordinal) && IlgpuPtxFaults.Of(test.Name) is { } wrong) return $"wrong in ILGPU's PTX: {wrong}";
        var target = backend is RealCuda.Name or RealCuda.IlgpuName ? RealCuda.Target : backend.StartsWith("PTX sm_", StringComparison.Ordinal) ? int.Parse(backend["PTX sm_".Length..]) : int.MaxValue;
        var lowest = DeviceBackend.Translate(test).Info.LowestTarget;
        return lowest > target ? $"needs sm_{lowest}" : null;
    }

    internal static byte[][] Truth(ConformanceCase test)
    {
        lock (s_truth)
        {
            if (s_truth.TryGetValue(test.Name, out var known)) return known;
            var memory = test.NewMemory();
            if (test.Expected is { } expected) expected(memory);
            else new IlgpuCpuBackend().Run(test, memory);
            s_truth.Add(test.Name, memory);
            return memory;
        }
    }
}
