using SRKernels.Compilation;
using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Tests.Rules;
using Xunit;

namespace SRKernels.Tests.Models;

/// <summary>
/// A whole chain in the interpreter. It takes about a minute: apart from the other chains, and on an interpreter of its own, so that it runs beside
/// other tests (<see cref="LongestFirst"/> starts it early).
/// </summary>
public sealed class InterpretedChainTests
{
    [Fact]
    public void MatchesUpstream_TensorByTensor()
    {
        using var engine = new GpuEngine(new InterpretedDevice());
        using var cx = new KernelContext(new GpuRecorder(engine.Device.Info, Precision.Fp32), engine);
        ResidualShiftModelTests.Compare(ResidualShiftModelTests.SmallestChain, cx, "the interpreter");
    }
}
