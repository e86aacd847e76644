using SRKernels.Kernels;
using SRKernels.Kernels.Arithmetic;
using SRKernels.Kernels.Gpu;
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
        CheckBytes("PriorSample", cx => ResidualShift.PriorSample(cx, Random(cx, shape, 1), Random(cx, shape, 2), 1.98f), Devices.All);
        CheckBytes("Step", cx => ResidualShift.Step(cx, Random(cx, shape, 1), Random(cx, shape, 2), Random(cx, shape, 3), 0.37f, 0.63f, 0.21f), Devices.All);
        CheckBytes("last Step", cx => ResidualShift.Step(cx, Random(cx, shape, 1), Random(cx, shape, 2), null, 0, 1, 0), Devices.All);
    }

    [Fact]
    public void LastStepReturnsThePrediction() => OnEveryDevice((device, cx) =>
    {
        var shape = new Shape(2, 9, 9, 3);
        using var x0 = Random(cx, shape, 2);
        using var y = ResidualShift.Step(cx, Random(cx, shape, 1), x0, null, 0, 1, 0);
        Assert.True(cx.Read(y).AsSpan().SequenceEqual(cx.Read(x0)), device);
    }, Devices.All);

    [Fact]
    public void RefusesOtherShapes()
    {
        Refuses("noise", cx => ResidualShift.PriorSample(cx, cx.Rent(1, 2, 2, 3), cx.Rent(1, 2, 3, 3), 1));
        Refuses("prediction", cx => ResidualShift.Step(cx, cx.Rent(1, 2, 2, 3), cx.Rent(1, 2, 3, 3), null, 0, 1, 0));
    }
}

public class ChannelBiasTests : OpTest
{
    [Theory]
    [MemberData(nameof(Lengths.AroundVectors), MemberType = typeof(Lengths))]
    public void SameBytesAsReference_EveryTail(int channels) => CheckBytes(
        "ChannelBias", cx => ChannelBias.Apply(cx, Random(cx, new Shape(2, 3, 5, channels), 1), Random(cx, new Shape(2, 1, 1, channels), 2)), Devices.All);

    [Fact]
    public void EachImageGetsItsOwn() => OnEveryDevice((device, cx) =>
    {
        using var y = ChannelBias.Apply(cx, cx.Upload([1, 2, 3, 4, 5, 6, 7, 8], new Shape(2, 1, 2, 2)), cx.Upload([10, 20, 30, 40], new Shape(2, 1, 1, 2)));
        Assert.True(cx.Read(y).SequenceEqual([11f, 22, 13, 24, 35, 46, 37, 48]), device);
    }, Devices.All);

    [Fact]
    public void RefusesOtherShapes()
    {
        Refuses("one number a channel and image", cx => ChannelBias.Apply(cx, cx.Rent(2, 2, 2, 3), cx.Rent(1, 1, 1, 3)));
        Refuses("one number a channel and image", cx => ChannelBias.Apply(cx, cx.Rent(1, 2, 2, 3), cx.Rent(1, 1, 1, 4)));
    }
}

public class ScaleTests : OpTest
{
    [Theory]
    [MemberData(nameof(Lengths.AroundVectors), MemberType = typeof(Lengths))]
    public void SameBytesAsReference_EveryTail(int length)
    {
        CheckBytes("Scale.Multiply", cx => Scale.Multiply(cx, Random(cx, new Shape(1, 1, 1, length), 1), 1.7f), Devices.All);
        CheckBytes("Scale.MultiplyAdd", cx => Scale.MultiplyAdd(cx, Random(cx, new Shape(1, 1, 1, length), 1), 1.7f, -0.3f), Devices.All);
        CheckBytes("Scale.Divide", cx => Scale.Divide(cx, Random(cx, new Shape(1, 1, 1, length), 1), 1.7f), Devices.All);
    }
}

public class ClampTests : OpTest
{
    [Theory]
    [MemberData(nameof(Lengths.AroundVectors), MemberType = typeof(Lengths))]
    public void SameBytesAsReference_EveryTail(int length) =>
        CheckBytes("Clamp", cx => Clamp.Apply(cx, Random(cx, new Shape(1, 1, 1, length), 1, 3), -1, 1), Devices.All);

    [Fact]
    public void KeepsNaNAndTheSignOfZero() => CheckBytes("Clamp", cx => Clamp.Apply(
        cx, cx.Upload([float.NaN, -0f, 0, float.NegativeInfinity, float.PositiveInfinity, 1e-42f, -1e-42f, 2, -2], new Shape(1, 1, 3, 3)), 0, 1), Devices.All);

    [Fact]
    public void RefusesBoundsTheWrongWayRound()
    {
        Refuses("lower bound", cx => Clamp.Apply(cx, cx.Rent(1, 1, 1, 1), 1, 0));
        Refuses("lower bound", cx => Clamp.Apply(cx, cx.Rent(1, 1, 1, 1), 0, float.NaN));
    }
}

public class FiniteCheckTests : OpTest
{
    [Theory]
    [InlineData(float.NaN, 0)]
    [InlineData(float.PositiveInfinity, 17)]
    [InlineData(float.NegativeInfinity, 100_000)]
    [InlineData(float.NaN, (2 * 130 * 130 * 4) - 1)]
    public void NamesTheLayerAndThePlace(float broken, int at) => NamesThePlace(new Shape(2, 130, 130, 4), broken, at, Devices.Fast);

    [Theory]
    [InlineData(7, 0)]
    [InlineData(7, 6)]
    [InlineData(1030, 1029)]
    [InlineData(5000, 1027)]
    public void NamesTheLayerAndThePlace_EveryTail(int width, int at) => NamesThePlace(new Shape(1, 1, width, 1), float.NaN, at, Devices.All);

    [Fact]
    public void TheFirstOfManyChecksIsNamed() => TestDevices.Run(Devices.All, Precision.Fp32, (device, cx) =>
    {
        float[] values = [1, 2, 3, 4, 5];
        using var x = cx.Upload(values, new Shape(1, 1, 1, 5));
        values[2] = float.NaN;
        using var y = cx.Upload(values, new Shape(1, 1, 1, 5));
        for (var i = 0; i < 70; i++) FiniteCheck.Check(cx, i is 37 or 66 ? y : x, $"layer {i}");
        Assert.True(cx.Gpu.Fetches.Count == 3, $"{device}: {cx.Gpu.Fetches.Count} copies for 70 checks");
        var error = Assert.Throws<SrkException>(() => cx.Read(x));
        Assert.Contains("layer 37", error.Message, StringComparison.Ordinal);
        Assert.Contains("[0,0,0,2]", error.Message, StringComparison.Ordinal);
    });

    private static void NamesThePlace(Shape shape, float broken, int at, Devices devices) => OnEveryDevice((device, cx) =>
    {
        var values = Random((int)shape.Count, 1, 1e30f);
        using var finite = cx.Upload(values, shape);
        values[at] = broken;
        if (at + 5 < values.Length) values[at + 5] = -broken; // not the first
        using var x = cx.Upload(values, shape);
        FiniteCheck.Check(cx, finite, "output_blocks.2");
        var error = Assert.Throws<SrkException>(() =>
        {
            FiniteCheck.Check(cx, x, "output_blocks.3");
            cx.Read(x); // a device looks when it runs
        });
        Assert.Contains("output_blocks.3", error.Message, StringComparison.Ordinal);
        var (pixel, channel) = (at / shape.C, at % shape.C);
        var place = $"{broken} at [{pixel / shape.Pixels},{pixel / shape.W % shape.H},{pixel % shape.W},{channel}]";
        Assert.True(error.Message.Contains(place, StringComparison.Ordinal), $"{device}: expected {place}, got {error.Message}");
    }, devices);
}
