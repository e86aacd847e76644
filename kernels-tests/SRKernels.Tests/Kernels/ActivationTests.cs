using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Tensors;
using Xunit;

namespace SRKernels.Tests.Kernels;

public class SiluTests : OpTest
{
    [Theory]
    [MemberData(nameof(Lengths.AroundVectors), MemberType = typeof(Lengths))]
    public void MatchesReference_EveryTail(int length) =>
        Check("Silu", cx => Silu.Apply(cx, Random(cx, new Shape(1, 1, 1, length), length, deviation: 4)), devices: Devices.All);

    [Fact]
    public void MatchesReference_SeveralBlocks() =>
        Check("Silu", cx => Silu.Apply(cx, Random(cx, new Shape(2, 61, 67, 9), 1, deviation: 4)), devices: Devices.All);

    [Fact]
    public void ExtremesKeepTheirLimits() => Extremes.Check("Silu", (cx, x) => Silu.Apply(cx, x));
}

public class GeluTests : OpTest
{
    [Theory]
    [MemberData(nameof(Lengths.AroundVectors), MemberType = typeof(Lengths))]
    public void MatchesReference_EveryTail(int length) =>
        Check("Gelu", cx => Gelu.Apply(cx, Random(cx, new Shape(1, 1, 1, length), length, deviation: 3)), devices: Devices.All);

    [Fact]
    public void MatchesReference_SeveralBlocks() =>
        Check("Gelu", cx => Gelu.Apply(cx, Random(cx, new Shape(2, 61, 67, 9), 1, deviation: 3)), devices: Devices.All);

    [Fact]
    public void ExtremesKeepTheirLimits() => Extremes.Check("Gelu", (cx, x) => Gelu.Apply(cx, x));
}

/// <summary>Lengths from one element to two of the widest vectors and one more.</summary>
internal static class Lengths
{
    public static TheoryData<int> AroundVectors()
    {
        var data = new TheoryData<int>();
        for (var length = 1; length <= 33; length++) data.Add(length);
        return data;
    }
}

/// <summary>Both activations are about 0 far left, x far right, 0 at 0, and NaN stays NaN.</summary>
internal static class Extremes
{
    private static readonly float[] Inputs = [-3e38f, -1000, -100, -88.5f, -20, -0f, 0, 20, 88.5f, 100, 1000, 3e38f, float.NaN, float.PositiveInfinity, 1e-30f, -1e-30f, 1];

    public static void Check(string op, Func<KernelContext, Tensor, Tensor> run) => OpTest.OnEveryDevice((device, cx) =>
    {
        using var x = cx.Upload(Inputs, new Shape(1, 1, 1, Inputs.Length));
        using var y = run(cx, x);
        var outputs = cx.Read(y);
        for (var i = 0; i < Inputs.Length; i++)
        {
            var (input, got) = (Inputs[i], outputs[i]);
            var right = input switch
            {
                float.NaN => float.IsNaN(got),
                <= -20 => Math.Abs(got) <= 1e-7,
                >= 20 => got == input || Math.Abs(got - input) <= 1e-6 * input,
                1 => got is > 0.7f and < 0.9f,
                _ => Math.Abs(got - (input / 2)) <= 1e-36,
            };
            Assert.True(right, $"{op} on {device}: {input} became {got}");
        }
    }, Devices.All);
}
