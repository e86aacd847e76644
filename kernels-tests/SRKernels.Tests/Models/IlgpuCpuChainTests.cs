using System.Runtime.CompilerServices;
using SRKernels.Ilgpu;
using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Tests.Kernels;
using Xunit;

namespace SRKernels.Tests.Models;

/// <summary>A whole chain on ILGPU's CPU accelerator. A block of it (<see cref="Swin.SwinBlockTests"/>) and each op are part of every run.</summary>
public sealed class IlgpuCpuChainTests
{
    [LongFact]
    public void MatchesUpstream_TensorByTensor() => TestDevices.WithLimit(
        () =>
        {
            using var engine = new GpuEngine(IlgpuDevice.OpenCpu());
            using var cx = new KernelContext(new GpuRecorder(engine.Device.Info, Precision.Fp32), engine);
            ResidualShiftModelTests.Compare(ResidualShiftModelTests.SmallestChain, cx, "ilgpu:cpu");
        }, TimeSpan.FromMinutes(15));

    private sealed class LongFactAttribute : FactAttribute
    {
        public LongFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) =>
            Skip = string.Equals(Environment.GetEnvironmentVariable("SRKERNELS_LONG"), "1", StringComparison.Ordinal)
                ? null : "minutes long; SRKERNELS_LONG=1 runs it";
    }
}
