using SRKernels.Kernels.Arithmetic;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Kernels;

public class ResidualShiftTests : OpTest
{
    [Theory]
    [MemberData(nameof(Lengths.AroundVectors), MemberType = typeof(Lengths))]
    public void SameBytesAsReference_EveryTail(int length)
    {
        var shape = new Shape(1, 1, 1, length);
        CheckBytes("PriorSample", cx => ResidualShift.PriorSample(cx, Random(cx, shape, 1), Random(cx, shape, 2), 1.98f));
        CheckBytes("Step", cx => ResidualShift.Step(cx, Random(cx, shape, 1), Random(cx, shape, 2), Random(cx, shape, 3), 0.37f, 0.63f, 0.21f));
        CheckBytes("last Step", cx => ResidualShift.Step(cx, Random(cx, shape, 1), Random(cx, shape, 2), null, 0, 1, 0));
    }

    [Fact]
    public void LastStepReturnsThePrediction() => OnEveryDevice((device, cx) =>
    {
        var shape = new Shape(2, 9, 9, 3);
        using var x0 = Random(cx, shape, 2);
        using var y = ResidualShift.Step(cx, Random(cx, shape, 1), x0, null, 0, 1, 0);
        Assert.True(y.Span.SequenceEqual(x0.Span), device);
    });

    [Fact]
    public void RefusesOtherShapes()
    {
        Refuses("noise", cx => ResidualShift.PriorSample(cx, cx.Rent(1, 2, 2, 3), cx.Rent(1, 2, 3, 3), 1));
        Refuses("prediction", cx => ResidualShift.Step(cx, cx.Rent(1, 2, 2, 3), cx.Rent(1, 2, 3, 3), null, 0, 1, 0));
    }
}

public class ScaleTests : OpTest
{
    [Theory]
    [MemberData(nameof(Lengths.AroundVectors), MemberType = typeof(Lengths))]
    public void SameBytesAsReference_EveryTail(int length)
    {
        CheckBytes("Scale.Multiply", cx => Scale.Multiply(cx, Random(cx, new Shape(1, 1, 1, length), 1), 1.7f));
        CheckBytes("Scale.Divide", cx => Scale.Divide(cx, Random(cx, new Shape(1, 1, 1, length), 1), 1.7f));
    }
}

public class FiniteCheckTests : OpTest
{
    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void NamesTheLayerAndThePlace(float broken) => OnEveryDevice((device, cx) =>
    {
        foreach (var at in new[] { 0, 17, 100_000, (2 * 130 * 130 * 4) - 1 })
        {
            using var x = Random(cx, new Shape(2, 130, 130, 4), 1, 1e30f);
            FiniteCheck.Check(cx, x, "output_blocks.3");
            x.Span[at] = broken;
            var error = Assert.Throws<SrkException>(() => FiniteCheck.Check(cx, x, "output_blocks.3"));
            var (image, pixel) = (at / 4 / (130 * 130), at / 4 % (130 * 130));
            Assert.Contains("output_blocks.3", error.Message, StringComparison.Ordinal);
            Assert.True(error.Message.Contains($"[{image},{pixel / 130},{pixel % 130},{at % 4}]", StringComparison.Ordinal), $"{device}: {error.Message}");
        }
    });
}
