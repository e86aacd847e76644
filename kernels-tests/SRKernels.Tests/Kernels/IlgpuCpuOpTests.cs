using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Arithmetic;
using SRKernels.Kernels.Attention;
using SRKernels.Kernels.Convolution;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Normalization;
using SRKernels.Kernels.Quantization;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;
using Xunit;

namespace SRKernels.Tests.Kernels;

/// <summary>
/// Ops on ILGPU's CPU accelerator, a meaning of our kernels that we did not write: C# as the JIT compiles it, which fuses nothing. One small shape for each
/// family; as a GPU takes its kernels, and as <c>ilgpu:cpu</c> does, without barriers where there are some.
/// </summary>
public sealed class IlgpuCpuOpTests : OpTest
{
    private const Devices Both = Devices.IlgpuCpu | Devices.IlgpuCpuAlone;

    [Fact]
    public void ElementwiseOpsGiveTheReferencesBytes()
    {
        var shape = new Shape(1, 3, 37, 1);
        CheckBytes("Step", cx => ResidualShift.Step(cx, Random(cx, shape, 1), Random(cx, shape, 2), Random(cx, shape, 3), 0.37f, 0.63f, 0.21f), Devices.IlgpuCpu);
        CheckBytes("Clamp", cx => Clamp.Apply(cx, Random(cx, shape, 1, 3), -1, 1), Devices.IlgpuCpu);
        CheckBytes("Scale", cx => Scale.Divide(cx, Random(cx, shape, 1), 1.7f), Devices.IlgpuCpu);
    }

    [Fact]
    public void ResamplingGivesTheReferencesBytes()
    {
        CheckBytes("Concat", cx => Concat.Apply(cx, Random(cx, new Shape(1, 3, 5, 8), 1), Random(cx, new Shape(1, 3, 5, 6), 2)), Devices.IlgpuCpu);
        CheckBytes("ReflectPad", cx => ReflectPad.Apply(cx, Random(cx, new Shape(1, 2, 20, 3), 5), 5, 4), Devices.IlgpuCpu);
        CheckBytes("NearestResize", cx => NearestResize.Apply(cx, Random(cx, new Shape(1, 5, 6, 3), 3), 2), Devices.IlgpuCpu);
        Check("BicubicResize", cx => BicubicResize.Apply(cx, Random(cx, new Shape(1, 6, 5, 3), 4), 2), devices: Devices.IlgpuCpu);
    }

    [Fact]
    public void ActivationsMatchReference()
    {
        Check("Silu", cx => Silu.Apply(cx, Random(cx, new Shape(1, 1, 1, 301), 1, deviation: 4)), devices: Devices.IlgpuCpu);
        Check("Gelu", cx => Gelu.Apply(cx, Random(cx, new Shape(1, 1, 1, 301), 2, deviation: 3)), devices: Devices.IlgpuCpu);
    }

    /// <summary>The third is one of slabs on GPUs: half a minute of barriers, so here it is taken without them alone.</summary>
    [Theory]
    [InlineData(1, 5, 3, 6, 3, Activation.None, 0f, Both | Devices.InterpreterAlone)]
    [InlineData(2, 4, 5, 8, 2, Activation.Silu, 1000f, Both | Devices.InterpreterAlone)]
    [InlineData(1, 33, 32, 40, 4, Activation.GeluErf, 5f, Devices.IlgpuCpuAlone | Devices.InterpreterAlone)]
    internal void GroupNormMatchesReference(int n, int h, int w, int c, int groups, Activation activation, float mean, Devices devices) => Check(
        $"GroupNorm({groups}) {activation}", cx =>
        {
            using var x = Random(cx, new Shape(n, h, w, c), 11, mean: mean);
            using var scaleShift = n == 1 ? null : Random(cx, new Shape(n, 1, 1, 2 * c), 12, 0.3f);
            return GroupNorm.Apply(cx, x, Random(c, 13), Random(c, 14), groups, 1e-6f, activation, scaleShift);
        }, devices: devices);

    [Theory]
    [InlineData(1, 8, 8, 1, 32, 8, 4)]
    [InlineData(1, 6, 6, 2, 5, 3, 1)]
    public void WindowAttentionMatchesReference(int n, int h, int w, int heads, int dim, int window, int shift) => Check(
        $"WindowAttention({heads} heads of {dim}, window {window}, shift {shift})", cx => Windows(cx, n, h, w, heads, dim, window, shift),
        devices: Both | Devices.InterpreterAlone | Devices.EmulatedCuda | Devices.OpenCl);

    [Theory]
    [InlineData(1, 5, 6, 8)]
    [InlineData(1, 3, 3, 12)]
    public void SelfAttentionMatchesReference(int n, int h, int w, int c) => Check("SelfAttention", cx =>
    {
        var shape = new Shape(n, h, w, c);
        using var q = Random(cx, shape, 31);
        using var k = Random(cx, shape, 32);
        using var v = Random(cx, shape, 33, mean: 0.5f);
        return SelfAttention.Apply(cx, q, k, v);
    }, devices: Devices.IlgpuCpuAlone | Devices.InterpreterAlone | (c == 12 ? Devices.IlgpuCpu : Devices.None));

    [Fact]
    public void NearestCodeGivesTheReferencesBytes()
    {
        int[]? expected = null;
        CheckBytes("NearestCode", cx =>
        {
            using var book = CodeBook.Pack(Random(33 * 3, 41), 33, 3);
            using var z = Random(cx, new Shape(1, 4, 5, 3), 42);
            var indices = new int[20];
            var y = NearestCode.Apply(cx, z, book, indices);
            cx.Read(y);
            expected ??= indices;
            Assert.Equal(expected, indices);
            return y;
        }, Both | Devices.InterpreterAlone);
    }

    /// <summary>Half panels without barriers; a tile in shared memory.</summary>
    [Theory]
    [InlineData(16, 20, 3)]
    [InlineData(12, 9, 1)]
    public void Conv2dMatchesReference(int ci, int co, int kernel)
    {
        using var weights = Convolution.ConvolutionCase.Weights(5, co, ci, kernel);
        Check($"Conv2d {ci} -> {co}, {kernel}x{kernel}", cx =>
        {
            using var x = Random(cx, new Shape(1, 4, 5, ci), 6);
            return Conv2d.Apply(cx, x, weights, new Conv2dOptions { Activation = Activation.Silu });
        }, devices: Both);
    }

    [Fact]
    public void TensorCoresAreAsPreciseAsTheirOperands()
    {
        CheckPrecision("WindowAttention", Precision.Bf16, cx => Windows(cx, 1, 4, 4, 1, 16, 4, 2), Devices.IlgpuCpu);
        using var weights = Convolution.ConvolutionCase.Weights(5, 32, 32, 1);
        CheckPrecision("Conv2d", Precision.Fp16, cx =>
        {
            using var x = Random(cx, new Shape(1, 2, 3, 32), 6);
            return Conv2d.Apply(cx, x, weights, default);
        }, Devices.IlgpuCpu);
    }

    private static Tensor Windows(KernelContext cx, int n, int h, int w, int heads, int dim, int window, int shift)
    {
        using var qkv = Random(cx, new Shape(n, h, w, 3 * heads * dim), 21);
        var side = (2 * window) - 1;
        return WindowAttention.Apply(cx, qkv, RelativePositionBias.FromTable(Random(side * side * heads, 22, 0.5f), window, heads), heads, window, shift);
    }
}
