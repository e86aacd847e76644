using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Normalization;
using SRKernels.Kernels.Tensors;
using Xunit;

namespace SRKernels.Tests.Kernels;

public class GroupNormTests : OpTest
{
    public static TheoryData<int, int, int, int, int> Shapes() => new()
    {
        { 1, 1, 1, 32, 32 }, { 1, 1, 7, 1, 1 }, { 1, 5, 3, 6, 3 }, { 2, 9, 7, 40, 8 }, { 1, 16, 16, 33, 3 }, { 3, 8, 8, 96, 32 },
        { 1, 37, 41, 64, 32 }, { 2, 16, 24, 47, 1 }, { 1, 64, 64, 160, 32 }, { 1, 13, 100, 130, 26 },
        { 1, 2, 3, 700, 1 }, { 1, 40, 48, 600, 2 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void MatchesReference(int n, int h, int w, int c, int groups) =>
        Check(
            $"GroupNorm({groups})", cx => Apply(cx, new Shape(n, h, w, c), groups, Activation.None, scaled: false),
            devices: (long)n * h * w * c > 60_000 ? Devices.Fast : Devices.All);

    [Theory]
    [InlineData(Activation.Silu, false)]
    [InlineData(Activation.Silu, true)]
    [InlineData(Activation.GeluErf, true)]
    [InlineData(Activation.None, true)]
    public void MatchesReference_ScaleShiftThenActivation(Activation activation, bool scaled) =>
        Check($"GroupNorm(8) {activation} scaled={scaled}", cx => Apply(cx, new Shape(2, 9, 11, 56), 8, activation, scaled), devices: Devices.All);

    // A mean a thousand deviations away: naive sums of squares lose everything, and so does x factor + offset.
    [Fact]
    public void LargeMeanKeepsItsDeviation() =>
        Check("GroupNorm(4), mean 1000", cx => Apply(cx, new Shape(1, 32, 32, 32), 4, Activation.None, false, deviation: 1, mean: 1000), devices: Devices.All);

    [Theory]
    [InlineData(1e-5f)]
    [InlineData(1e-6f)]
    public void TinyInputsFeelEps(float eps) =>
        Check($"GroupNorm(4) eps {eps}", cx => Apply(cx, new Shape(1, 16, 16, 32), 4, Activation.None, false, deviation: 1e-3f, eps: eps));

    // Slabs on a device: more than one pixel a thread, rows that do not divide the slab, a last slab with less than a row, two images.
    [Theory]
    [InlineData(2, 64, 64, 32, 4, Activation.Silu)]
    [InlineData(1, 53, 61, 160, 32, Activation.None)]
    [InlineData(1, 1, 10300, 4, 4, Activation.None)]
    [InlineData(1, 48, 48, 1024, 8, Activation.None)]
    [InlineData(1, 33, 32, 640, 32, Activation.GeluErf)]
    public void MatchesReference_Slabs(int n, int h, int w, int c, int groups, Activation activation) =>
        Check(
            $"GroupNorm({groups}) {activation}", cx => Apply(cx, new Shape(n, h, w, c), groups, activation, scaled: n == 2, mean: 5),
            devices: (long)n * h * w * c > 300_000 ? Devices.Fast : Devices.All);

    // Sums count from first values: one that lies far from all others must not cost the others their digits.
    [Theory]
    [InlineData(16, 16)]
    [InlineData(64, 80)]
    public void AFirstValueFarAwayCostsNothing(int h, int w) => Check("GroupNorm(4), first values far away", cx =>
    {
        var values = Random(h * w * 32, 11);
        for (var c = 0; c < 32; c++) values[c] = 300;
        using var x = cx.Upload(values, new Shape(1, h, w, 32));
        return GroupNorm.Apply(cx, x, Random(32, 13, 0.2f, 1), Random(32, 14, 0.1f), 4, 1e-5f);
    }, devices: Devices.All);

    [Theory]
    [InlineData(2, 9, 11, 56, 8, true)]
    [InlineData(1, 5, 3, 6, 3, false)]
    [InlineData(2, 64, 64, 32, 4, true)]
    public void Affine_MatchesReference(int n, int h, int w, int c, int groups, bool scaled) =>
        Check($"GroupNorm({groups}).Affine", cx => Affine(cx, new Shape(n, h, w, c), groups, scaled, 0.3f), devices: Devices.All);

    // x m + o is what Apply gives, in the bounds of fp32, also with a mean of a hundred deviations.
    [Theory]
    [InlineData(2, 9, 11, 56, 8, 0.3f)]
    [InlineData(1, 32, 32, 32, 4, 100)]
    [InlineData(1, 64, 80, 32, 4, 100)]
    public void Affine_AppliedIsTheNormalisedMap(int n, int h, int w, int c, int groups, float mean)
    {
        var shape = new Shape(n, h, w, c);
        float[] expected;
        using (var cx = new KernelContext(ExecutionKind.Reference, 1))
            expected = cx.Read(Apply(cx, shape, groups, Activation.None, scaled: true, mean: mean));
        var x = Random((int)shape.Count, 11, 1, mean);
        OnEveryDevice((device, cx) =>
        {
            using var affine = Affine(cx, shape, groups, scaled: true, mean);
            var numbers = cx.Read(affine);
            var actual = new float[x.Length];
            for (var i = 0; i < x.Length; i++)
            {
                var at = (i / (shape.Pixels * c) * 2 * c) + (i % c);
                actual[i] = MathF.FusedMultiplyAdd(x[i], numbers[at], numbers[at + c]);
            }

            TensorAssert.Close($"GroupNorm({groups}).Affine applied, {shape}, mean {mean}, on {device}", expected, actual);
        }, Devices.All);
    }

    [Fact]
    public void RefusesWhatDoesNotFit()
    {
        Refuses("divide the channels", cx => Apply(cx, new Shape(1, 2, 2, 10), 4, Activation.None, false));
        Refuses("eps", cx => Apply(cx, new Shape(1, 2, 2, 8), 4, Activation.None, false, eps: 0));
        Refuses("gamma of 8", cx => GroupNorm.Apply(cx, cx.Rent(1, 2, 2, 8), new float[7], new float[8], 4, 1e-5f));
        Refuses("beta of 8", cx => GroupNorm.Apply(cx, cx.Rent(1, 2, 2, 8), new float[8], new float[9], 4, 1e-5f));
        Refuses("[2,1,1,16]", cx => GroupNorm.Apply(
            cx, cx.Rent(2, 2, 2, 8), new float[8], new float[8], 4, 1e-5f, scaleShift: cx.Rent(1, 1, 1, 16)));
    }

    private static Tensor Apply(
        KernelContext cx, Shape shape, int groups, Activation activation, bool scaled, float deviation = 1, float mean = 0.3f, float eps = 1e-5f)
    {
        using var x = Random(cx, shape, 11, deviation, mean);
        using var scaleShift = scaled ? Random(cx, new Shape(shape.N, 1, 1, 2 * shape.C), 12, 0.5f) : null;
        return GroupNorm.Apply(cx, x, Random(shape.C, 13, 0.2f, 1), Random(shape.C, 14, 0.1f), groups, eps, activation, scaleShift);
    }

    private static Tensor Affine(KernelContext cx, Shape shape, int groups, bool scaled, float mean)
    {
        using var x = Random(cx, shape, 11, 1, mean);
        using var scaleShift = scaled ? Random(cx, new Shape(shape.N, 1, 1, 2 * shape.C), 12, 0.5f) : null;
        return GroupNorm.Affine(cx, x, Random(shape.C, 13, 0.2f, 1), Random(shape.C, 14, 0.1f), groups, 1e-5f, scaleShift);
    }
}
