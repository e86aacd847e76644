using SRKernels.Kernels;
using SRKernels.Kernels.Attention;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using Xunit;

namespace SRKernels.Tests.Kernels;

public class WindowAttentionTests : OpTest
{
    public static TheoryData<int, int, int, int, int, int, int> Shapes() => new()
    {
        // n, h, w, heads, channels of a head, window, shift
        { 1, 8, 8, 1, 32, 8, 0 }, { 2, 16, 24, 2, 16, 8, 4 }, { 1, 16, 16, 6, 32, 8, 4 }, { 1, 8, 12, 2, 32, 4, 0 }, { 1, 8, 12, 2, 8, 4, 2 },
        { 1, 6, 9, 3, 5, 3, 1 }, { 1, 7, 14, 1, 33, 7, 3 }, { 1, 5, 5, 2, 40, 5, 4 }, { 1, 4, 3, 2, 7, 1, 0 }, { 1, 2, 6, 1, 1, 2, 1 },
        { 1, 12, 12, 1, 24, 12, 0 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void MatchesReference(int n, int h, int w, int heads, int dim, int window, int shift) =>
        Check($"WindowAttention({heads} heads of {dim}, window {window}, shift {shift})", cx => Apply(cx, new Shape(n, h, w, 3 * heads * dim), heads, window, shift), devices: Devices.All);

    public static TheoryData<Precision, int, int, int, int, int, int, int> TensorShapes() => new()
    {
        { Precision.Bf16, 1, 8, 8, 1, 32, 8, 0 }, { Precision.Fp16, 2, 16, 24, 2, 16, 8, 4 }, { Precision.Bf16, 1, 16, 16, 3, 32, 8, 4 }, { Precision.Fp16, 1, 8, 8, 1, 64, 8, 3 },
        { Precision.Bf16, 1, 8, 12, 2, 32, 4, 2 }, { Precision.Fp16, 1, 7, 14, 2, 16, 7, 3 }, { Precision.Fp16, 1, 7, 14, 1, 33, 7, 3 }, { Precision.Bf16, 1, 10, 5, 1, 64, 5, 2 },
    };

    [Theory]
    [MemberData(nameof(TensorShapes))]
    public void OnTensorCoresAsPreciseAsItsOperands(Precision precision, int n, int h, int w, int heads, int dim, int window, int shift) =>
        CheckPrecision($"WindowAttention({heads} heads of {dim}, window {window}, shift {shift})", precision, cx => Apply(cx, new Shape(n, h, w, 3 * heads * dim), heads, window, shift));

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    public void NoTwoLanesMeetAtABank(Precision precision) =>
        Assert.Equal(0, TestDevices.BankConflicts(engine =>
        {
            using var cx = new KernelContext(new GpuRecorder(engine.Device.Info, precision), engine);
            foreach (var dim in (int[])[16, 32, 64])
            {
                using var y = Apply(cx, new Shape(1, 8, 8, 3 * dim), 1, 8, 4);
                cx.Read(y);
            }
        }));

    [Fact]
    public void LargeScoresStayFinite() =>
        // A score is a sum of products: unfused it has two roundings for each where it else has one, so twice the error, and the exponential of
        // scores in the hundreds hands that error on as it is.
        Check(
            "WindowAttention, scores of hundreds", cx => Apply(cx, new Shape(1, 8, 8, 96), 1, 8, 4, deviation: 12), devices: Devices.All,
            largestUnfused: 2 * TensorAssert.OpLargest);

    [Fact]
    public void MaskSplitsColumnsInTheLastRowOfWindowsOnly()
    {
        Assert.Equal(0, WindowAttention.MaskAt(0, 2, 0, 7, 8, 4));
        Assert.Equal(-100, WindowAttention.MaskAt(1, 2, 0, 7, 8, 4));
        Assert.Equal(-100, WindowAttention.MaskAt(1, 2, 5, 8, 8, 4));
        Assert.Equal(0, WindowAttention.MaskAt(1, 2, 0, 56, 8, 4));
        Assert.Equal(0, WindowAttention.MaskAt(1, 2, 0, 7, 8, 0));
    }

    [Fact]
    public void BiasFollowsTheOffsetOfQueryAndKey()
    {
        // A table whose rows are numbered: the entry of query (0,0) and key (0,0) is the middle one.
        var table = Enumerable.Range(0, 9).Select(i => (float)i).ToArray();
        var bias = RelativePositionBias.FromTable(table, 2, 1);
        Assert.Equal(4, bias.At(0, 0, 0));
        Assert.Equal(3, bias.At(0, 0, 1));
        Assert.Equal(5, bias.At(0, 1, 0));
        Assert.Equal(1, bias.At(0, 0, 2));
        Assert.Equal(8, bias.At(0, 3, 0));
    }

    [Fact]
    public void RefusesWhatDoesNotFit()
    {
        Refuses("multiples of 8", cx => Apply(cx, new Shape(1, 8, 12, 96), 1, 8, 0));
        Refuses("3 x heads x d", cx => Apply(cx, new Shape(1, 8, 8, 32), 1, 8, 0));
        Refuses("shift < window", cx => Apply(cx, new Shape(1, 8, 8, 96), 1, 8, 8));
        Refuses("bias of this window", cx => WindowAttention.Apply(cx, cx.Rent(1, 8, 8, 96), Bias(4, 1), 1, 8, 0));
        Refuses("table of 225", _ => RelativePositionBias.FromTable(new float[9], 8, 1));
    }

    private static RelativePositionBias Bias(int window, int heads) =>
        RelativePositionBias.FromTable(Random((2 * window - 1) * (2 * window - 1) * heads, 5, 0.5f), window, heads);

    private static Tensor Apply(KernelContext cx, Shape shape, int heads, int window, int shift, float deviation = 1)
    {
        using var qkv = Random(cx, shape, 21, deviation);
        return WindowAttention.Apply(cx, qkv, Bias(window, heads), heads, window, shift);
    }
}
