using ILGPU;
using ILGPU.Runtime;
using SRKernels.Intrinsics;

namespace SRKernels.Kernels.Attention;

/// <summary>
/// Softmax over keys that come tile by tile, between the two products of attention on tensor cores. A group of eight warps has 64 queries: warp w the scores of queries
/// 32 (w / 4) .. and of a quarter of a tile's keys, in fragments of 16 queries and 8 keys, [2, eights of keys].
/// </summary>
/// <remarks>
/// In shared memory: maxima [4, 64] of each quarter of the keys in this tile; totals [4, 64], sums of weights so far; tops [64], largest scores so far; factors [64], by which
/// this tile lowers what was summed before it. Source: Milakov and Gimelshein 2018, "Online normalizer calculation for softmax".
/// </remarks>
internal static class StreamedSoftmax
{
    /// <summary>Below every score.</summary>
    internal const float NoScore = -1e30f;

    private const int Queries = SelfAttentionTensorKernels.Queries;

    /// <summary>Scores of keys from <paramref name="positions"/> on take no part. The lane's first key, and the first one after the tile.</summary>
    internal static void LeaveOut(ArrayView<Accumulator4> scores, int eights, int key, int end, int positions)
    {
        if (end <= positions) return;
        for (int m = 0; m < 2; m++)
        {
            for (int n = 0; n < eights; n++)
            {
                Accumulator4 score = scores[(m * eights) + n];
                if (key + (n * 8) >= positions)
                {
                    score.C0 = NoScore;
                    score.C2 = NoScore;
                }

                if (key + (n * 8) + 1 >= positions)
                {
                    score.C1 = NoScore;
                    score.C3 = NoScore;
                }

                scores[(m * eights) + n] = score;
            }
        }
    }

    /// <summary>The largest score of each query among the warp's keys: of a lane, of a quad.</summary>
    internal static void StoreMaxima(ArrayView<Accumulator4> scores, int eights, ArrayView<float> maxima, int to, int lane)
    {
        for (int m = 0; m < 2; m++)
        {
            float upper = NoScore;
            float lower = NoScore;
            for (int n = 0; n < eights; n++)
            {
                Accumulator4 score = scores[(m * eights) + n];
                upper = FastMath.MaxNumber(upper, FastMath.MaxNumber(score.C0, score.C1));
                lower = FastMath.MaxNumber(lower, FastMath.MaxNumber(score.C2, score.C3));
            }

            upper = OfQuad(upper);
            lower = OfQuad(lower);
            if (lane % 4 == 0)
            {
                maxima[to + (m * 16)] = upper;
                maxima[to + (m * 16) + 8] = lower;
            }
        }
    }

    /// <summary>
    /// Scores become weights, powers of two under the largest score so far; the sums of weights are brought under it too. What remains to be brought under it are the
    /// sums of values, by <paramref name="factors"/>, and the largest scores, which <paramref name="raised"/> holds until all warps have read the old ones.
    /// </summary>
    internal static void Weigh(
        ArrayView<Accumulator4> scores, int eights, ArrayView<float> maxima, ArrayView<float> totals, ArrayView<float> tops, ArrayView<float> factors,
        ArrayView<float> raised, int query, int quarter, int lane, int warp)
    {
        for (int m = 0; m < 2; m++)
        {
            int row = query + (m * 16);
            float upper = NewTop(maxima, row, tops[row]);
            float lower = NewTop(maxima, row + 8, tops[row + 8]);
            float keptUpper = FastMath.Exp2(tops[row] - upper);
            float keptLower = FastMath.Exp2(tops[row + 8] - lower);
            raised[2 * m] = upper;
            raised[(2 * m) + 1] = lower;
            float totalUpper = 0;
            float totalLower = 0;
            for (int n = 0; n < eights; n++)
            {
                Accumulator4 score = scores[(m * eights) + n];
                score.C0 = FastMath.Exp2(score.C0 - upper);
                score.C1 = FastMath.Exp2(score.C1 - upper);
                score.C2 = FastMath.Exp2(score.C2 - lower);
                score.C3 = FastMath.Exp2(score.C3 - lower);
                totalUpper += score.C0 + score.C1;
                totalLower += score.C2 + score.C3;
                scores[(m * eights) + n] = score;
            }

            totalUpper = SumOfQuad(totalUpper);
            totalLower = SumOfQuad(totalLower);
            if (lane % 4 == 0)
            {
                totals[quarter + row] = (totals[quarter + row] * keptUpper) + totalUpper;
                totals[quarter + row + 8] = (totals[quarter + row + 8] * keptLower) + totalLower;
                if (warp % 4 == 0)
                {
                    factors[row] = keptUpper;
                    factors[row + 8] = keptLower;
                }
            }
        }
    }

    /// <summary>Brings the sums of values under the new largest scores, and takes these down.</summary>
    internal static void Rescale(
        ArrayView<Accumulator4> sums, int eights, ArrayView<float> factors, ArrayView<float> tops, ArrayView<float> raised, int query, int lane, int warp)
    {
        if (lane % 4 == 0 && warp % 4 == 0)
            for (int i = 0; i < 4; i++) tops[query + (i * 8)] = raised[i];
        for (int m = 0; m < 4; m++)
        {
            float upper = factors[(m * 16) + (lane / 4)];
            float lower = factors[(m * 16) + (lane / 4) + 8];
            for (int n = 0; n < eights; n++)
            {
                Accumulator4 sum = sums[(n * 4) + m];
                sum.C0 *= upper;
                sum.C1 *= upper;
                sum.C2 *= lower;
                sum.C3 *= lower;
                sums[(n * 4) + m] = sum;
            }
        }
    }

    /// <summary>Writes the largest scores and the sums of weights of a tile of queries.</summary>
    internal static void StoreStatistics(ArrayView<float> statistics, int to, ArrayView<float> tops, ArrayView<float> totals, int thread)
    {
        if (thread >= Queries) return;
        statistics[to + thread] = tops[thread];
        statistics[to + Queries + thread] = (totals[thread] + totals[Queries + thread]) + (totals[(2 * Queries) + thread] + totals[(3 * Queries) + thread]);
    }

    private static float OfQuad(float value)
    {
        value = FastMath.MaxNumber(value, Warp.ShuffleXor(value, 1));
        return FastMath.MaxNumber(value, Warp.ShuffleXor(value, 2));
    }

    private static float SumOfQuad(float value)
    {
        value += Warp.ShuffleXor(value, 1);
        return value + Warp.ShuffleXor(value, 2);
    }

    private static float NewTop(ArrayView<float> maxima, int row, float top)
    {
        for (int i = 0; i < 4; i++) top = FastMath.MaxNumber(top, maxima[(i * Queries) + row]);
        return top;
    }
}
