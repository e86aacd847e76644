using SRKernels.Kernels;
using SRKernels.Kernels.Attention;
using SRKernels.Kernels.Tensors;
using Xunit;

namespace SRKernels.Tests.Kernels;

public class SelfAttentionTests : OpTest
{
    public static TheoryData<int, int, int, int> Shapes() => new()
    {
        { 1, 1, 1, 1 }, { 1, 1, 2, 3 }, { 1, 8, 12, 32 }, { 2, 8, 12, 32 }, { 1, 8, 16, 40 }, { 1, 11, 13, 65 }, { 2, 16, 17, 7 }, { 1, 9, 64, 300 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void MatchesReference(int n, int h, int w, int c) =>
        Check("SelfAttention", cx => Apply(cx, new Shape(n, h, w, c), 1), devices: n * h * w * h * w * c < 1_500_000 ? Devices.All : Devices.Fast);

    // Scores of up to a hundred, the largest in another block of keys for each query: the running maximum has to move.
    [Fact]
    public void LargeScoresStayFinite() => Check("SelfAttention, large scores", cx => Apply(cx, new Shape(1, 20, 20, 16), 5));

    [Fact]
    public void RefusesOtherShapes()
    {
        Refuses("keys", cx => SelfAttention.Apply(cx, cx.Rent(1, 2, 2, 4), cx.Rent(1, 2, 3, 4), cx.Rent(1, 2, 2, 4)));
        Refuses("values", cx => SelfAttention.Apply(cx, cx.Rent(1, 2, 2, 4), cx.Rent(1, 2, 2, 4), cx.Rent(1, 2, 2, 5)));
    }

    private static Tensor Apply(KernelContext cx, Shape shape, float deviation)
    {
        using var q = Random(cx, shape, 31, deviation);
        using var k = Random(cx, shape, 32, deviation);
        using var v = Random(cx, shape, 33, mean: 0.5f);
        return SelfAttention.Apply(cx, q, k, v);
    }
}
