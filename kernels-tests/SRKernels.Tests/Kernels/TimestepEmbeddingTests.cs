using SRKernels.Kernels.Embedding;
using Xunit;

namespace SRKernels.Tests.Kernels;

public class TimestepEmbeddingTests : OpTest
{
    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(32)]
    [InlineData(160)]
    public void CosinesComeFirst(int dim) => OnEveryDevice((device, cx) =>
    {
        float[] t = [0, 3, 999];
        using var y = TimestepEmbedding.Apply(cx, t, dim);
        Assert.Equal(dim, y.Shape.C);
        var values = cx.Read(y);
        var half = dim / 2;
        for (var n = 0; n < t.Length; n++)
            for (var i = 0; i < half; i++)
            {
                var angle = t[n] * Math.Pow(10000, -(double)i / half);
                // An angle of up to 999 in fp32 is off by up to 3e-5, its frequency's rounding by as much.
                Assert.True(Math.Abs(Math.Cos(angle) - values[(n * dim) + i]) < 1e-4, $"{device}: cos {i} of step {t[n]}");
                Assert.True(Math.Abs(Math.Sin(angle) - values[(n * dim) + half + i]) < 1e-4, $"{device}: sin {i} of step {t[n]}");
            }

        if (dim % 2 == 1) Assert.Equal(0, values[dim - 1]);
    }, Devices.All);

    [Fact]
    public void SinesComeFirstWhereAsked() => OnEveryDevice((device, cx) =>
    {
        const int half = 16;
        float[] levels = [0.9999995f, 0.31f];
        using var y = TimestepEmbedding.Apply(cx, levels, 2 * half, sinesFirst: true);
        var values = cx.Read(y);
        for (var n = 0; n < levels.Length; n++)
            for (var i = 0; i < half; i++)
            {
                var angle = levels[n] * Math.Pow(10000, -(double)i / half);
                Assert.True(Math.Abs(Math.Sin(angle) - values[(2 * n * half) + i]) < 1e-6, $"{device}: sin {i} of {levels[n]}");
                Assert.True(Math.Abs(Math.Cos(angle) - values[(2 * n * half) + half + i]) < 1e-6, $"{device}: cos {i} of {levels[n]}");
            }
    }, Devices.All);

    [Fact]
    public void RefusesNothingToEmbed() => Refuses("at least one step", cx => TimestepEmbedding.Apply(cx, [], 32));
}
