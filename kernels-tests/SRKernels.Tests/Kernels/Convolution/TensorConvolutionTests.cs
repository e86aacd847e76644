using System.Globalization;
using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Convolution;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Kernels.Convolution;

/// <summary>The convolution on tensor cores against plain loops whose operands are not rounded; bounds: DESIGN.md §3.</summary>
public sealed class TensorConvolutionTests
{
    /// <summary>The choice's own tiles, with everything that a convolution may do. PoCL takes seconds to build each: it gets each product, and one of the 1x1.</summary>
    [Theory]
    [InlineData("Bf16", 3, 1, true)]
    [InlineData("Fp16", 3, 1, true)]
    [InlineData("Tf32", 3, 1, true)]
    [InlineData("Bf16", 3, 2, false)]
    [InlineData("Bf16", 1, 1, false)]
    [InlineData("Tf32", 1, 1, true)]
    public void MatchesReference_AllOptions(string precision, int kernel, int stride, bool onOpenCl)
    {
        var devices = onOpenCl ? Devices.All : Devices.All & ~Devices.OpenCl;
        foreach (var test in Cases(kernel, stride))
        {
            // PoCL builds another kernel for an input that is not normalised: in one precision.
            Check(Enum.Parse<Precision>(precision), test, test.HasAffine || precision == "Bf16" ? devices : devices & ~Devices.OpenCl, null);
        }
    }

    /// <summary>Each compiled tile in each precision, and sums that several groups share, where CUDA's own text runs.</summary>
    [Theory]
    [InlineData(TensorTile.Large3x3, 1)]
    [InlineData(TensorTile.Large3x3, 2)]
    [InlineData(TensorTile.Small3x3, 3)]
    [InlineData(TensorTile.Strided3x3, 1)]
    [InlineData(TensorTile.Strided3x3, 2)]
    [InlineData(TensorTile.Wide1x1, 1)]
    [InlineData(TensorTile.Large1x1, 1)]
    [InlineData(TensorTile.Half1x1, 3)]
    [InlineData(TensorTile.Small1x1, 2)]
    public void MatchesReference_EveryTile(int code, int splits)
    {
        var tile = TensorTile.Of(code);
        foreach (var precision in new[] { Precision.Bf16, Precision.Fp16, Precision.Tf32 })
        {
            var channels = precision == Precision.Tf32 ? 48 : 96;
            var options = new Conv2dOptions { Stride = tile.Stride, Activation = Activation.GeluErf, InputActivation = Normalised(tile.KernelSize) };
            var test = new Case(new Shape(1, 9, 17, channels), tile.Channels, tile.KernelSize, options, HasResidual: true, HasAffine: true);
            Check(precision, test, Devices.EmulatedCuda, new TensorTilePlan(code, splits));
            var leaky = test with { Options = options with { Activation = Activation.LeakyRelu, InputActivation = Activation.None }, HasAffine = false };
            if (precision == Precision.Bf16) Check(precision, leaky, Devices.EmulatedCuda, new TensorTilePlan(code, splits));
        }
    }

    [Theory]
    [InlineData(TensorTile.Large3x3)]
    [InlineData(TensorTile.Small3x3)]
    [InlineData(TensorTile.Strided3x3)]
    [InlineData(TensorTile.Wide1x1)]
    [InlineData(TensorTile.Large1x1)]
    [InlineData(TensorTile.Small1x1)]
    public void SharedMemoryIsReadAndWrittenWithoutBankConflicts(int code)
    {
        var tile = TensorTile.Of(code);
        var test = new Case(new Shape(1, 16, 16, 64), tile.Channels, tile.KernelSize, new Conv2dOptions { Stride = tile.Stride }, HasResidual: false, HasAffine: false);
        foreach (var precision in new[] { Precision.Bf16, Precision.Tf32 })
        {
            var conflicts = TestDevices.BankConflicts(engine =>
            {
                using var cx = new KernelContext(new GpuRecorder(engine.Device.Info, precision), engine);
                using var weights = test.Weights();
                Run(cx, test, weights, new TensorTilePlan(code, 1));
            });
            Assert.True(conflicts == 0, $"{tile} in {precision}: {conflicts} passes over shared memory too many");
        }
    }

    [Theory]
    [InlineData(3, 64, 3, 1)]
    [InlineData(64, 3, 3, 1)]
    [InlineData(48, 64, 3, 1)]
    [InlineData(64, 70, 3, 1)]
    [InlineData(64, 64, 1, 2)]
    public void LeavesOddShapesToTheOtherKernel(int channelsIn, int channelsOut, int kernel, int stride) =>
        TestDevices.Run(Devices.Interpreter, Precision.Bf16, (device, cx) =>
        {
            var test = new Case(new Shape(1, 8, 8, channelsIn), channelsOut, kernel, new Conv2dOptions { Stride = stride }, HasResidual: false, HasAffine: false);
            using var weights = test.Weights();
            using var x = cx.Rent(test.Input);
            using var y = cx.Rent(Conv2d.OutputShape(test.Input, weights, test.Options));
            Assert.False(TensorConvolution.TryLaunch(cx, x, weights, test.Options, y), device);
        });

    private static Activation Normalised(int kernel) => kernel == 3 ? Activation.Silu : Activation.None;

    private static IEnumerable<Case> Cases(int kernel, int stride)
    {
        yield return new Case(new Shape(1, 7, 9, 64), 64, kernel, new Conv2dOptions { Stride = stride }, HasResidual: false, HasAffine: false);
        yield return new Case(
            new Shape(2, 10, 5, 32), 76, kernel, new Conv2dOptions { Stride = stride, InputActivation = Normalised(kernel), Activation = Activation.Silu }, HasResidual: true, HasAffine: true);
        yield return new Case(new Shape(1, 5, 9, 32), 20, kernel, new Conv2dOptions { Stride = stride, Activation = Activation.LeakyRelu }, HasResidual: true, HasAffine: false);
        if (kernel == 3 && stride == 1)
            yield return new Case(new Shape(1, 3, 5, 32), 12, kernel, new Conv2dOptions { UpsampleInput = true, InputActivation = Activation.Silu }, HasResidual: false, HasAffine: true);
        if (stride == 2)
            yield return new Case(new Shape(1, 8, 18, 32), 64, kernel, new Conv2dOptions { Stride = 2, Padding = Conv2dPadding.BottomRight }, HasResidual: false, HasAffine: false);
    }

    private static void Check(Precision precision, Case test, Devices devices, TensorTilePlan? plan)
    {
        using var weights = test.Weights();
        var expected = test.Expected(weights);
        var (nmse, largest) = precision == Precision.Bf16 ? (1e-4, 2e-2) : (1e-5, 4e-3);
        TestDevices.Run(devices, precision, (device, cx) =>
        {
            var actual = Run(cx, test, weights, plan);
            TensorAssert.Close(string.Create(CultureInfo.InvariantCulture, $"{test} in {precision} with {plan} on {device}"), expected, actual, nmse, largest);
        });
    }

    private static float[] Run(KernelContext cx, Case test, Conv2dWeights weights, TensorTilePlan? plan)
    {
        using var x = cx.Upload(test.X(), test.Input);
        using var affine = test.HasAffine ? cx.Upload(test.Factors(), new Shape(test.Input.N, 1, 1, 2 * test.Input.C)) : null;
        var shape = Conv2d.OutputShape(test.Input, weights, test.Options);
        using var residual = test.HasResidual ? cx.Upload(OpTest.Random((int)shape.Count, 4), shape) : null;
        using var y = cx.Rent(shape);
        Assert.True(TensorConvolution.TryLaunch(cx, x, weights, test.Options with { InputAffine = affine, Residual = residual }, y, plan));
        var first = cx.Read(y);
        TensorAssert.SameBytes($"{test}, run again", first, cx.Read(y));
        return first;
    }

    private sealed record Case(Shape Input, int Channels, int Kernel, Conv2dOptions Options, bool HasResidual, bool HasAffine)
    {
        public float[] X() => OpTest.Random((int)Input.Count, 1);

        public float[] Factors() => OpTest.Random(Input.N * 2 * Input.C, 2, deviation: 0.5f, mean: 0.7f);

        public Conv2dWeights Weights()
        {
            var inner = Input.C * Kernel * Kernel;
            return Conv2dWeights.Pack(OpTest.Random(Channels * inner, 3, 1 / MathF.Sqrt(inner)), OpTest.Random(Channels, 5), Channels, Input.C, Kernel, OpTest.Random(Channels, 6));
        }

        /// <summary>The op's definition; what is done to the input is done before, in double.</summary>
        public float[] Expected(Conv2dWeights weights)
        {
            using var cx = new KernelContext(ExecutionKind.Reference, 1);
            var u = X();
            var factors = Factors();
            for (var i = 0; HasAffine && i < u.Length; i++)
            {
                var at = (i / (Input.H * Input.W * Input.C) * 2 * Input.C) + (i % Input.C);
                var v = ((double)u[i] * factors[at]) + factors[at + Input.C];
                u[i] = (float)(Options.InputActivation == Activation.Silu ? v / (1 + Math.Exp(-v)) : v);
            }

            using var x = cx.Upload(u, Input);
            var shape = Conv2d.OutputShape(Input, weights, Options);
            using var residual = HasResidual ? cx.Upload(OpTest.Random((int)shape.Count, 4), shape) : null;
            using var y = Conv2d.Apply(cx, x, weights, Options with { InputActivation = Activation.None, Residual = residual });
            return cx.Read(y);
        }
    }
}
