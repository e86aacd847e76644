using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.ResShift;
using SRKernels.Models.Weights;
using SRKernels.Tests.Kernels;
using SRKernels.Tests.Models.Weights;
using Xunit;

namespace SRKernels.Tests.Models.Swin;

/// <summary>On devices no map is normalised by itself: the linear layer and the convolution behind the norms do it while they load.</summary>
public sealed class SwinBlockTests
{
    private const int Channels = 32;
    private const int Window = 8;

    // Two images with statistics of their own, windows beyond the edge.
    private static readonly Shape s_shape = new(2, 16, 8, Channels);

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    [InlineData(Precision.Fp16)]
    public void LayersBehindNormsNormaliseWhatTheyLoad(Precision precision)
    {
        using var block = Block();
        float[] expected;
        using (var reference = new KernelContext(ExecutionKind.Reference, 1))
        using (var y = Run(block, reference))
            expected = reference.Read(y);
        var (nmse, largest) = precision switch { Precision.Fp32 => (1e-9, 1e-5), Precision.Bf16 => (1e-4, 2e-2), _ => (1e-5, 4e-3) };
        TestDevices.Run(precision == Precision.Fp32 ? Devices.All | Devices.IlgpuCpuAlone : Devices.All, precision, (device, cx) =>
        {
            using var y = Run(block, cx);
            TensorAssert.Close($"Swin block in {precision} on {device}", expected, cx.Read(y), nmse, largest);
            Assert.DoesNotContain(cx.Gpu.Launches, l => l.Kernel.MethodName is "FourPixelsPerThread" or "OneElementPerThread");
        });
    }

    /// <summary>Who asks for the norm or the linear layer sees what a framework's module would give.</summary>
    [Theory]
    [InlineData("b.norm1", Channels)]
    [InlineData("b.attn.qkv", 3 * Channels)]
    public void LayersThatAreWantedAreShown(string layer, int channels)
    {
        using var block = Block();
        using var reference = new KernelContext(ExecutionKind.Reference, 1);
        var expected = Shown(reference);
        TestDevices.Run(Devices.Fast | Devices.EmulatedCuda, Precision.Fp32, (device, cx) => TensorAssert.Close($"{layer} on {device}", expected, Shown(cx)));

        float[] Shown(KernelContext cx)
        {
            var trace = new OneLayerTrace(layer);
            cx.Trace = trace;
            using var y = Run(block, cx);
            cx.Read(y);
            Assert.Equal(s_shape.WithChannels(channels), trace.Shape);
            return trace.Values;
        }
    }

    private static SwinBlock Block() => new(
        new WeightScope(new FormulaWeights { Seed = 9, Gain = 1.2 })["b"],
        new SwinShape(Channels, Channels, Heads: 2, Window, Depth: 2, Shifted: true, MlpHidden: 2 * Channels, PatchNorm: false, Groups: 8, NormEps: 1e-5f),
        shift: Window / 2);

    private static Tensor Run(SwinBlock block, KernelContext cx)
    {
        var values = OpTest.Random((int)s_shape.Count, 43);
        for (var i = values.Length / 2; i < values.Length; i++) values[i] = (3 * values[i]) + 1;
        using var x = cx.Upload(values, s_shape);
        return block.Forward(cx, x);
    }
}
