using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;
using SRKernels.Tests.Models;
using Xunit;

namespace SRKernels.Tests.Kernels;

public class PixelShuffleTests : OpTest
{
    private static readonly GoldenFile s_golden = new("rivals_misc_ops.safetensors");

    [Theory]
    [InlineData(2, 3, 5, 3, 4, true)]
    [InlineData(1, 4, 3, 7, 2, false)]
    [InlineData(1, 2, 2, 1, 3, true)]
    [InlineData(2, 2, 3, 2, 1, false)]
    public void SameBytesAsReference(int n, int h, int w, int c, int factor, bool adds) => CheckBytes($"PixelShuffle x{factor}", cx =>
    {
        using var x = Random(cx, new Shape(n, h, w, c * factor * factor), 1);
        using var residual = adds ? Random(cx, new Shape(n, h, w, c), 2) : null;
        return PixelShuffle.Apply(cx, x, factor, residual);
    }, Devices.All);

    [Theory]
    [InlineData(2, 4, 8, 3, 4)]
    [InlineData(1, 6, 4, 5, 2)]
    [InlineData(1, 3, 2, 2, 1)]
    public void UndoneTheSameBytesAsReference(int n, int h, int w, int c, int factor) =>
        CheckBytes($"PixelShuffle /{factor}", cx => PixelShuffle.Undo(cx, Random(cx, new Shape(n, h, w, c), 3), factor), Devices.All);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void MatchesPyTorch(int factor) => Compare($"shuffle.x{factor}", cx => PixelShuffle.Apply(cx, GoldenTensors.Rent(cx, s_golden, "shuffle.in"), factor));

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void UndoneMatchesPyTorch(int factor) => Compare($"unshuffle.{factor}", cx => PixelShuffle.Undo(cx, GoldenTensors.Rent(cx, s_golden, "unshuffle.in"), factor));

    [Fact]
    public void RefusesWhatDoesNotDivide()
    {
        Refuses("square divides the channels", cx => PixelShuffle.Apply(cx, cx.Rent(1, 2, 2, 6), 2));
        Refuses("divides rows", cx => PixelShuffle.Undo(cx, cx.Rent(1, 3, 2, 6), 2));
        Refuses("residual", cx => PixelShuffle.Apply(cx, cx.Rent(1, 2, 2, 8), 2, cx.Rent(1, 2, 2, 3)));
    }

    private static void Compare(string key, Func<SRKernels.Kernels.KernelContext, Tensor> run) => OnEveryDevice((device, cx) =>
    {
        using var y = run(cx);
        TensorAssert.SameBytes($"golden {key} on {device}", s_golden.Floats(key), GoldenTensors.ToNchw(y.Shape, cx.Read(y)));
    }, Devices.All);
}
