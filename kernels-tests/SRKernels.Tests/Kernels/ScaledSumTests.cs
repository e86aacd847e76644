using SRKernels.Kernels.Arithmetic;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using Xunit;

namespace SRKernels.Tests.Kernels;

public class ScaledSumTests : OpTest
{
    [Theory]
    [InlineData(2, 5, 7, 8, 12, 16, 8)]
    [InlineData(1, 3, 4, 5, 3, 7, 3)]
    [InlineData(1, 1, 1, 1, 1, 1, 1)]
    [InlineData(1, 9, 8, 96, 64, 96, 64)]
    public void SameBytesAsReference(int n, int h, int w, int ca, int cb, int cy, int channels) => CheckBytes("ScaledSum", cx =>
    {
        using var a = Random(cx, new Shape(n, h, w, ca), 1);
        using var b = Random(cx, new Shape(n, h, w, cb), 2);
        var y = Random(cx, new Shape(n, h, w, cy), 3);
        ScaledSum.Into(cx, a, 0.2f, b, y, channels);
        return y;
    }, Devices.All);

    [Fact]
    public void TheTargetMayBeWhatIsAdded() => OnEveryDevice((device, cx) =>
    {
        using var a = Random(cx, new Shape(1, 3, 5, 8), 1);
        using var b = Random(cx, new Shape(1, 3, 5, 12), 2);
        ScaledSum.Into(cx, a, 0.5f, b, b, 8);
        var (expected, factors) = (Random(3 * 5 * 12, 2), Random(3 * 5 * 8, 1));
        for (var p = 0; p < 15; p++)
            for (var i = 0; i < 8; i++) expected[(p * 12) + i] = MathF.FusedMultiplyAdd(0.5f, factors[(p * 8) + i], expected[(p * 12) + i]);
        TensorAssert.SameBytes(device, expected, cx.Read(b));
    }, Devices.All);

    [Theory]
    [InlineData(3, 2, 4, "second map")]
    [InlineData(2, 3, 4, "target")]
    [InlineData(2, 2, 5, "channels")]
    public void RefusesOtherExtents(int rowsOfB, int rowsOfY, int channels, string noun) =>
        Refuses(noun, cx => ScaledSum.Into(cx, cx.Rent(1, 2, 3, 4), 1, cx.Rent(1, rowsOfB, 3, 4), cx.Rent(1, rowsOfY, 3, 4), channels));
}
