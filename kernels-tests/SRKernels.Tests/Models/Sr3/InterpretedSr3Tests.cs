using SRKernels.Compilation;
using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using Xunit;

namespace SRKernels.Tests.Models.Sr3;

/// <summary>The end of the smallest chain in the interpreter; on one of its own, so that it runs beside other tests.</summary>
public sealed class InterpretedSr3Tests
{
    [Fact]
    public void MatchesUpstream_TensorByTensor()
    {
        using var engine = new GpuEngine(new InterpretedDevice());
        using var cx = new KernelContext(new GpuRecorder(engine.Device.Info, Precision.Fp32), engine);
        Sr3ModelTests.Compare(Sr3ModelTests.SmallestChain, cx, "the interpreter", fromStep: 1);
    }
}
