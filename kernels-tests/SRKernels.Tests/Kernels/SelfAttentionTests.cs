using SRKernels.Emulation;
using SRKernels.Kernels;
using SRKernels.Kernels.Attention;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime.Cuda;
using Xunit;

namespace SRKernels.Tests.Kernels;

public class SelfAttentionTests : OpTest
{
    public static TheoryData<int, int, int, int> Shapes() => new()
    {
        { 1, 1, 1, 1 }, { 1, 1, 2, 3 }, { 1, 8, 12, 32 }, { 2, 8, 12, 32 }, { 1, 8, 16, 40 }, { 1, 11, 13, 65 }, { 2, 16, 17, 7 }, { 1, 9, 64, 300 },
        { 2, 9, 8, 200 }, { 1, 5, 5, 516 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void MatchesReference(int n, int h, int w, int c) =>
        Check("SelfAttention", cx => Apply(cx, new Shape(n, h, w, c), 1), devices: n * h * w * h * w * c < 1_500_000 ? Devices.All : Devices.Fast);

    // Scores of up to a hundred, the largest in another block of keys for each query: the running maximum has to move.
    [Fact]
    public void LargeScoresStayFinite() => Check("SelfAttention, large scores", cx => Apply(cx, new Shape(1, 20, 20, 16), 5), devices: Devices.Fast);

    /// <summary>Tiles of 64 queries and 128 keys (256 of 500 channels): one of each, more, unfilled ones; two images; channels that fill a tile, and odd ones.</summary>
    public static TheoryData<Precision, int, int, int, int> TensorShapes() => new()
    {
        { Precision.Bf16, 1, 1, 1, 1 }, { Precision.Fp16, 1, 5, 7, 33 }, { Precision.Bf16, 2, 10, 13, 64 }, { Precision.Fp16, 1, 16, 16, 128 }, { Precision.Bf16, 1, 10, 11, 200 },
        { Precision.Tf32, 1, 1, 1, 1 }, { Precision.Tf32, 1, 5, 7, 33 }, { Precision.Tf32, 2, 10, 13, 64 }, { Precision.Tf32, 1, 10, 11, 202 },
    };

    [Fact]
    public void NoTwoLanesMeetAtABankInFp32() =>
        Assert.Equal(0, TestDevices.BankConflicts(engine =>
        {
            using var cx = new KernelContext(new GpuRecorder(engine.Device.Info, Precision.Fp32), engine);
            using var y = Apply(cx, new Shape(1, 10, 7, 512), 1);
            cx.Read(y);
        }));

    [Theory]
    [MemberData(nameof(TensorShapes))]
    public void OnTensorCoresAsPreciseAsItsOperands(Precision precision, int n, int h, int w, int c) =>
        CheckPrecision("SelfAttention", precision, cx => Apply(cx, new Shape(n, h, w, c), 1));

    /// <summary>From one map, with a constant and a residual; the residual is small, so that what is attended to counts.</summary>
    [Theory]
    [InlineData(Precision.Bf16, 2, 10, 13, 64)]
    [InlineData(Precision.Fp16, 1, 9, 11, 36)]
    [InlineData(Precision.Bf16, 1, 5, 7, 33)]
    [InlineData(Precision.Tf32, 2, 7, 9, 38)]
    public void JoinedOnTensorCoresAsPreciseAsItsOperands(Precision precision, int n, int h, int w, int c) =>
        CheckPrecision("SelfAttention, joined", precision, cx => Joined(cx, new Shape(n, h, w, c)), Devices.Interpreter | Devices.EmulatedCuda | Devices.Cuda);

    [Fact]
    public void JoinedOnTheProcessorIsAttentionPlusBoth() => Check("SelfAttention, joined", cx =>
    {
        if (cx.Kind != ExecutionKind.Reference) return Joined(cx, new Shape(2, 3, 5, 6));
        using var q = cx.Rent(2, 3, 5, 6);
        using var qkv = Random(cx, new Shape(2, 3, 5, 18), 34);
        using var k = cx.Rent(q.Shape);
        using var v = cx.Rent(q.Shape);
        for (var i = 0; i < 30 * 6; i++)
        {
            var at = (i / 6 * 18) + (i % 6);
            (q.Span[i], k.Span[i], v.Span[i]) = (qkv.Span[at], qkv.Span[at + 6], qkv.Span[at + 12]);
        }

        var y = SelfAttention.Apply(cx, q, k, v);
        var constant = Random(6, 35);
        using var residual = Random(cx, y.Shape, 36, deviation: 0.1f);
        for (var i = 0; i < 30 * 6; i++) y.Span[i] += constant[i % 6] + residual.Span[i];
        return y;
    });

    /// <summary>The widest tiles, with the shared memory of sm_80 and the little of sm_86; no two lanes meet at a bank.</summary>
    [Theory]
    [InlineData(80, Precision.Bf16)]
    [InlineData(86, Precision.Fp16)]
    [InlineData(80, Precision.Tf32)]
    [InlineData(86, Precision.Tf32)]
    public void FiveHundredChannelsOnTensorCores(int target, Precision precision)
    {
        float[] expected;
        using (var reference = new KernelContext(ExecutionKind.Reference, 1))
        using (var y = Apply(reference, new Shape(1, 10, 14, 500), 1))
            expected = reference.Read(y);
        var driver = new EmulatedCudaDriver(target);
        using var engine = new GpuEngine(new CudaDevice(driver, 0));
        using var cx = new KernelContext(new GpuRecorder(engine.Device.Info, precision), engine);
        using var actual = Apply(cx, new Shape(1, 10, 14, 500), 1);
        TensorAssert.Close($"SelfAttention, 500 channels, sm_{target}", expected, cx.Read(actual), 1e-5, 4e-3);
        Assert.Empty(driver.Findings);
        Assert.Equal(0, driver.BankConflicts);
    }

    [Fact]
    public void RefusesOtherShapes()
    {
        Refuses("keys", cx => SelfAttention.Apply(cx, cx.Rent(1, 2, 2, 4), cx.Rent(1, 2, 3, 4), cx.Rent(1, 2, 2, 4)));
        Refuses("three times", cx => SelfAttention.ApplyJoined(cx, cx.Rent(1, 2, 2, 4), [], cx.Rent(1, 2, 2, 2)));
        Refuses("values", cx => SelfAttention.Apply(cx, cx.Rent(1, 2, 2, 4), cx.Rent(1, 2, 2, 4), cx.Rent(1, 2, 2, 5)));
    }

    private static Tensor Joined(KernelContext cx, Shape shape)
    {
        using var qkv = Random(cx, shape with { C = 3 * shape.C }, 34);
        using var residual = Random(cx, shape, 36, deviation: 0.1f);
        return SelfAttention.ApplyJoined(cx, qkv, Random(shape.C, 35), residual);
    }

    private static Tensor Apply(KernelContext cx, Shape shape, float deviation)
    {
        using var q = Random(cx, shape, 31, deviation);
        using var k = Random(cx, shape, 32, deviation);
        using var v = Random(cx, shape, 33, mean: 0.5f);
        return SelfAttention.Apply(cx, q, k, v);
    }
}
