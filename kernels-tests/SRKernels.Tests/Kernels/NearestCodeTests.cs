using SRKernels.Kernels;
using SRKernels.Kernels.Quantization;
using SRKernels.Kernels.Tensors;
using Xunit;

namespace SRKernels.Tests.Kernels;

public class NearestCodeTests : OpTest
{
    public static TheoryData<int, int, int, int, int> Shapes() => new()
    {
        { 1, 1, 1, 1, 1 }, { 1, 1, 1, 3, 2 }, { 1, 3, 5, 3, 15 }, { 2, 5, 7, 3, 16 }, { 1, 5, 7, 4, 17 }, { 1, 9, 9, 8, 33 }, { 2, 8, 12, 3, 64 },
        { 1, 16, 17, 3, 1000 }, { 1, 13, 10, 5, 513 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void SameBytesAsReference_IndicesGapsAndValues(int n, int h, int w, int dim, int codes)
    {
        int[]? expected = null;
        float[]? expectedGaps = null;
        CheckBytes($"NearestCode({codes} codes)", cx =>
        {
            using var book = CodeBook.Pack(Random(codes * dim, 41), codes, dim);
            using var z = Random(cx, new Shape(n, h, w, dim), 42);
            var (indices, gaps, alone) = (new int[n * h * w], new float[n * h * w], new int[n * h * w]);
            using var withoutGaps = NearestCode.Apply(cx, z, book, alone);
            var y = NearestCode.Apply(cx, z, book, indices, gaps);
            using var silent = NearestCode.Apply(cx, z, book);
            TensorAssert.SameBytes("values where nobody asks for indices", cx.Read(y), cx.Read(silent));
            Assert.Equal(indices, alone);
            if (expected is not null) Assert.Equal(expected, indices);
            if (expectedGaps is not null) TensorAssert.SameBytes("gaps", expectedGaps, gaps);
            (expected, expectedGaps) = (indices, gaps);
            return y;
        }, Devices.All);
    }

    [Fact]
    public void TiesGoToTheLowestIndex_WhateverTheLane() => OnEveryDevice((device, cx) =>
    {
        // 40 codes, all equal but for numbers 0 .. 4: every pixel's best is number 5 and so is its second best.
        var codes = Enumerable.Repeat(1f, 40 * 3).ToArray();
        codes.AsSpan(0, 15).Fill(9);
        using var book = CodeBook.Pack(codes, 40, 3);
        using var z = Random(cx, new Shape(1, 1, 7, 3), 43, 0.1f, 1);
        var (indices, gaps) = (new int[7], new float[7]);
        using var y = NearestCode.Apply(cx, z, book, indices, gaps);
        cx.Read(y);
        Assert.All(indices, i => Assert.True(i == 5, $"{device}: {i}"));
        Assert.All(gaps, gap => Assert.Equal(0, gap));
    }, Devices.All);

    [Fact]
    public void OneCodeHasAnInfiniteGap() => OnEveryDevice((_, cx) =>
    {
        using var book = CodeBook.Pack([1, 2, 3], 1, 3);
        using var z = Random(cx, new Shape(1, 1, 1, 3), 44);
        var (indices, gaps) = (new int[1], new float[1]);
        using var y = NearestCode.Apply(cx, z, book, indices, gaps);
        // z + (e - z): one rounding away from e.
        TensorAssert.Close("the code itself", [1, 2, 3], cx.Read(y));
        Assert.Equal(float.PositiveInfinity, gaps[0]);
    }, Devices.All);

    [Fact]
    public void RefusesWhatDoesNotFit()
    {
        using var book = CodeBook.Pack(new float[12], 4, 3);
        Refuses("3 channels", cx => NearestCode.Apply(cx, cx.Rent(1, 1, 2, 4), book, new int[2]));
        Refuses("indices of 2", cx => NearestCode.Apply(cx, cx.Rent(1, 1, 2, 3), book, new int[3]));
        Refuses("gap of 2", cx => NearestCode.Apply(cx, cx.Rent(1, 1, 2, 3), book, new int[2], new float[1]));
        Refuses("codes of 12", _ => CodeBook.Pack(new float[11], 4, 3));
    }
}
