using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Arithmetic;
using SRKernels.Kernels.Attention;
using SRKernels.Kernels.Convolution;
using SRKernels.Kernels.Embedding;
using SRKernels.Kernels.Normalization;
using SRKernels.Kernels.Quantization;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;
using Xunit;

namespace SRKernels.Tests.Kernels;

/// <summary>A network that runs allocates nothing after its first step: no garbage, no native memory.</summary>
public class AllocationTests : OpTest
{
    [Fact]
    public void NoOpAllocatesOnceWarm()
    {
        using var cx = new KernelContext(ExecutionKind.Cpu, 2);
        using var x = Random(cx, new Shape(2, 16, 16, 96), 1);
        using var z = Random(cx, new Shape(1, 16, 16, 3), 2);
        using var y = Random(cx, new Shape(2, 16, 16, 96), 8);
        using var grown = Conv2dWeights.Pack(Random(32 * 64 * 9, 9), Random(32, 10), 32, 64, 3, Random(32, 11));
        using var scaleShift = Random(cx, new Shape(2, 1, 1, 192), 3);
        using var channelBias = Random(cx, new Shape(2, 1, 1, 96), 8);
        using var book = CodeBook.Pack(Random(300, 4), 100, 3);
        var bias = RelativePositionBias.FromTable(Random(225, 5), 8, 1);
        var (gamma, beta, indices, gaps) = (Random(96, 6), Random(96, 7), new int[256], new float[256]);
        var (_, weight) = TileBlend.Begin(cx, z.Shape);
        var ops = new (string Name, Func<Tensor?> Run)[]
        {
            ("Silu", () => Silu.Apply(cx, x)),
            ("Gelu", () => Gelu.Apply(cx, x)),
            ("GroupNorm", () => GroupNorm.Apply(cx, x, gamma, beta, 32, 1e-5f, Activation.Silu, scaleShift)),
            ("GroupNorm.Affine", () => GroupNorm.Affine(cx, x, gamma, beta, 32, 1e-5f, scaleShift)),
            ("ChannelBias", () => ChannelBias.Apply(cx, x, channelBias)),
            ("Clamp", () => Clamp.Apply(cx, x, -1, 1)),
            ("WindowAttention", () => WindowAttention.Apply(cx, x, bias, 1, 8, 4)),
            ("SelfAttention", () => SelfAttention.Apply(cx, x, x, x)),
            ("NearestCode", () => NearestCode.Apply(cx, z, book, indices, gaps)),
            ("TimestepEmbedding", () => TimestepEmbedding.Apply(cx, gaps.AsSpan(0, 2), 32)),
            ("Concat", () => Concat.Apply(cx, x, x)),
            ("NearestResize", () => NearestResize.Apply(cx, x)),
            ("BicubicResize", () => BicubicResize.Apply(cx, z, 4)),
            ("ReflectPad", () => ReflectPad.Apply(cx, x, 3, 5)),
            ("Crop", () => Crop.Apply(cx, x, 1, 2, 3, 4)),
            ("ResidualShift", () => ResidualShift.Step(cx, x, x, x, 0.1f, 0.2f, 0.3f)),
            ("Scale", () => Scale.Divide(cx, x, 3)),
            ("ScaledSum", () =>
            {
                ScaledSum.Into(cx, x, 0.2f, x, y, 64);
                return null;
            }),
            ("PixelShuffle", () => PixelShuffle.Apply(cx, x, 4)),
            ("PixelShuffle.Undo", () => PixelShuffle.Undo(cx, z, 4)),
            ("Conv2d into a map", () =>
            {
                Conv2d.ApplyInto(cx, x, grown, y, 64, new Conv2dOptions { ReadsPrefix = true, Activation = Activation.LeakyRelu });
                return null;
            }),
            ("FiniteCheck", () =>
            {
                FiniteCheck.Check(cx, x, "x");
                return null;
            }),
            ("TileBlend", () =>
            {
                TileBlend.Accumulate(cx, z, weight, z, 0, 0);
                return null;
            }),
        };
        foreach (var (name, run) in ops)
        {
            for (var warm = 0; warm < 3; warm++) run()?.Dispose();
            var (held, before) = (cx.Pool.HeldBytes, GC.GetAllocatedBytesForCurrentThread());
            run()?.Dispose();
            var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(bytes == 0, $"{name} made {bytes} bytes of garbage");
            Assert.True(cx.Pool.HeldBytes == held, $"{name} took {cx.Pool.HeldBytes - held} bytes of native memory");
        }
    }
}
