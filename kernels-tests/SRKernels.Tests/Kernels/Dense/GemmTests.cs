using SRKernels.Kernels.Dense;
using SRKernels.Kernels.Simd;
using SRKernels.Tests.Kernels.Convolution;
using Xunit;

namespace SRKernels.Tests.Kernels.Dense;

/// <summary>The one-thread product that attention uses, with every width, tails, strides, transposition, scale and accumulation.</summary>
public sealed class GemmTests
{
    public static TheoryData<string> Widths()
    {
        var data = new TheoryData<string>();
        foreach (var width in Enum.GetValues<SimdWidth>())
            if (width <= SimdWidths.Best) data.Add(width.ToString());
        return data;
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public unsafe void MatchesPlainLoops(string widthName)
    {
        var width = Enum.Parse<SimdWidth>(widthName);
        var seed = 0;
        foreach (var m in new[] { 1, 3, 4, 11, 12, 13, 29 })
            foreach (var n in new[] { 1, 7, 16, 31, 32, 33, 70 })
                foreach (var k in new[] { 1, 2, 5, 32, 67 })
                {
                    seed++;
                    var (transposed, accumulate, scale) = (seed % 2 == 0, seed % 3 == 0, seed % 5 == 0 ? 0.5f : 1f);
                    var (aStride, bStride, cStride) = (k + 3, (transposed ? k : n) + 2, n + 5);
                    var a = ConvolutionCase.Random(seed, m * aStride);
                    var b = ConvolutionCase.Random(seed + 1, (transposed ? n : k) * bStride);
                    var c = ConvolutionCase.Random(seed + 2, m * cStride);
                    var expected = (float[])c.Clone();
                    for (var i = 0; i < m; i++)
                        for (var j = 0; j < n; j++)
                        {
                            double sum = accumulate ? c[(i * cStride) + j] : 0;
                            for (var p = 0; p < k; p++)
                                sum += a[(i * aStride) + p] * (double)scale * (transposed ? b[(j * bStride) + p] : b[(p * bStride) + j]);
                            expected[(i * cStride) + j] = (float)sum;
                        }

                    var packed = new float[Gemm.PackedLength(k, n)];
                    fixed (float* pa = a, pb = b, pc = c, pp = packed)
                    {
                        Gemm.Pack(pb, bStride, k, n, transposed, pp, scale);
                        Gemm.Multiply(width, pa, aStride, pp, pc, cStride, m, n, k, accumulate);
                    }

                    ConvolutionCase.AssertClose($"Gemm {width} m {m} n {n} k {k} transposed {transposed} accumulate {accumulate}", expected, c, cStride);
                }
    }
}
