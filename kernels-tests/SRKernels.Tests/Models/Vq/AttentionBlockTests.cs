using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Vq;
using SRKernels.Models.Weights;
using SRKernels.Tests.Kernels;
using SRKernels.Tests.Models.Weights;
using Xunit;

namespace SRKernels.Tests.Models.Vq;

/// <summary>On tensor cores the block's four products are one: another order of the same arithmetic.</summary>
public sealed class AttentionBlockTests
{
    private const int Channels = 64;
    private static readonly Shape s_shape = new(2, 9, 16, Channels);

    /// <summary>In fp32 the layers run one by one; both ways are as near to the definition as DESIGN.md §3 asks.</summary>
    [Theory]
    [InlineData(Precision.Fp32, 4)]
    [InlineData(Precision.Bf16, 1)]
    [InlineData(Precision.Fp16, 1)]
    [InlineData(Precision.Tf32, 1)]
    public void JoinedProductsGiveWhatTheLayersGive(Precision precision, int convolutions)
    {
        using var block = Block();
        float[] expected;
        using (var reference = new KernelContext(ExecutionKind.Reference, 1))
        using (var y = Run(block, reference))
            expected = reference.Read(y);
        var (nmse, largest) = precision switch { Precision.Fp32 => (1e-9, 1e-5), Precision.Bf16 => (1e-4, 2e-2), _ => (1e-5, 4e-3) };
        TestDevices.Run(Devices.All, precision, (device, cx) =>
        {
            using var y = Run(block, cx);
            TensorAssert.Close($"attention block in {precision} on {device}", expected, cx.Read(y), nmse, largest);
            // A convolution is one launch that a second may follow, which adds up its parts.
            var launched = cx.Gpu.Launches.Count(l => l.Kernel.TypeName.Contains("Conv", StringComparison.Ordinal) && !l.Kernel.MethodName.Contains("Sum", StringComparison.Ordinal));
            if (device != nameof(Devices.OpenCl)) Assert.Equal(convolutions, launched);
        });
    }

    /// <summary>Who asks for one of the layers sees it, at every precision.</summary>
    [Theory]
    [InlineData("attn.norm")]
    [InlineData("attn.v")]
    [InlineData("attn.proj_out")]
    public void LayersThatAreWantedRunByThemselves(string layer)
    {
        using var block = Block();
        TestDevices.Run(Devices.EmulatedCuda, Precision.Bf16, (_, cx) =>
        {
            var trace = new OneLayerTrace(layer);
            cx.Trace = trace;
            using var y = Run(block, cx);
            cx.Read(y);
            Assert.Equal(s_shape, trace.Shape);
        });
    }

    private static AttentionBlock Block() =>
        new(new WeightScope(new FormulaWeights { Seed = 5, Gain = 1.2 })["attn"], new AutoencoderConfiguration(), Channels);

    private static Tensor Run(AttentionBlock block, KernelContext cx)
    {
        using var x = OpTest.Random(cx, s_shape, 41);
        return block.Forward(cx, x);
    }
}
