using ILGPU;
using ILGPU.Runtime;
using SRKernels.Intrinsics;

namespace SRKernels.Kernels.Attention;

/// <summary>Attention over all positions of an image: what runs on a device in fp32.</summary>
internal static class SelfAttentionKernels
{
    /// <summary>What a score that takes no part stands at: finite, so that differences of two are no NaN.</summary>
    internal const float NoScore = -1e30f;

    /// <summary>Threads of a group of <see cref="OneThreadPerQuery"/>.</summary>
    internal const int QueryThreads = 64;

    private const int Abreast = 8;

    /// <summary>
    /// As <see cref="OneThreadPerQuery"/> with four neighbouring queries a thread, so that every key and value that is read serves four: the form for
    /// processors behind OpenCL. Queries beyond the last four are left out.
    /// </summary>
    [Kernel(MaxThreads = QueryThreads)]
    public static void FourQueriesPerThread(ArrayView<float> q, ArrayView<float> k, ArrayView<float> v, ArrayView<float> y, int positions, int channels, float scale)
    {
        ArrayView<float> scores = LocalMemory.Allocate<float>(4 * Abreast);
        ArrayView<float> tops = LocalMemory.Allocate<float>(4);
        ArrayView<float> totals = LocalMemory.Allocate<float>(4);
        ArrayView<float> kept = LocalMemory.Allocate<float>(4);
        ArrayView<int> keys = LocalMemory.Allocate<int>(Abreast);
        int query = ((Grid.IdxX * Group.DimX) + Group.IdxX) * 4;
        if (query + 4 > positions) return;
        int image = Grid.IdxY * positions * channels;
        int row = image + (query * channels);
        for (int d = 0; d < 4 * channels; d++) y[row + d] = 0;
        for (int i = 0; i < 4; i++)
        {
            tops[i] = NoScore;
            totals[i] = 0;
        }

        for (int first = 0; first < positions; first += Abreast)
        {
            for (int j = 0; j < Abreast; j++) keys[j] = image + ((first + j < positions ? first + j : positions - 1) * channels);
            for (int i = 0; i < 4 * Abreast; i++) scores[i] = 0;
            for (int d = 0; d < channels; d++)
                for (int j = 0; j < Abreast; j++)
                    for (int i = 0; i < 4; i++) scores[(i * Abreast) + j] += q[row + (i * channels) + d] * k[keys[j] + d];

            for (int i = 0; i < 4; i++)
            {
                float top = tops[i];
                for (int j = 0; j < Abreast; j++)
                {
                    float score = first + j < positions ? scores[(i * Abreast) + j] * scale : NoScore;
                    scores[(i * Abreast) + j] = score;
                    top = FastMath.MaxNumber(top, score);
                }

                kept[i] = FastMath.Exp2(tops[i] - top);
                tops[i] = top;
                totals[i] *= kept[i];
                for (int j = 0; j < Abreast; j++)
                {
                    float weight = FastMath.Exp2(scores[(i * Abreast) + j] - top);
                    scores[(i * Abreast) + j] = weight;
                    totals[i] += weight;
                }
            }

            for (int i = 0; i < 4; i++)
            {
                for (int d = 0; d < channels; d++)
                {
                    float sum = y[row + (i * channels) + d] * kept[i];
                    for (int j = 0; j < Abreast; j++) sum += scores[(i * Abreast) + j] * v[keys[j] + d];
                    y[row + (i * channels) + d] = sum;
                }
            }
        }

        for (int i = 0; i < 4; i++)
        {
            float share = 1 / totals[i];
            for (int d = 0; d < channels; d++) y[row + (i * channels) + d] *= share;
        }
    }

    /// <summary>
    /// One thread a query; its sums live in its row of y. Neither barriers nor shared memory: the form for processors behind OpenCL and for any number
    /// of channels. Images along y. scale: c^-1/2 log2(e).
    /// </summary>
    [Kernel(MaxThreads = QueryThreads)]
    public static void OneThreadPerQuery(ArrayView<float> q, ArrayView<float> k, ArrayView<float> v, ArrayView<float> y, int positions, int channels, int firstQuery, float scale)
    {
        ArrayView<float> scores = LocalMemory.Allocate<float>(Abreast);
        int query = firstQuery + (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (query >= positions) return;
        int image = Grid.IdxY * positions * channels;
        int row = image + (query * channels);
        for (int d = 0; d < channels; d++) y[row + d] = 0;
        float top = NoScore;
        float total = 0;
        for (int first = 0; first < positions; first += Abreast)
        {
            int keys = image + (first * channels);
            for (int j = 0; j < Abreast; j++) scores[j] = 0;
            if (first + Abreast <= positions)
            {
                for (int d = 0; d < channels; d++)
                {
                    float value = q[row + d];
                    for (int j = 0; j < Abreast; j++) scores[j] += value * k[keys + (j * channels) + d];
                }

                for (int j = 0; j < Abreast; j++) scores[j] *= scale;
            }
            else
            {
                for (int d = 0; d < channels; d++)
                {
                    float value = q[row + d];
                    for (int j = 0; j < Abreast; j++)
                        if (first + j < positions) scores[j] += value * k[keys + (j * channels) + d];
                }

                for (int j = 0; j < Abreast; j++) scores[j] = first + j < positions ? scores[j] * scale : NoScore;
            }

            float newTop = top;
            for (int j = 0; j < Abreast; j++) newTop = FastMath.MaxNumber(newTop, scores[j]);
            float kept = FastMath.Exp2(top - newTop);
            top = newTop;
            total *= kept;
            for (int j = 0; j < Abreast; j++)
            {
                scores[j] = FastMath.Exp2(scores[j] - top);
                total += scores[j];
            }

            if (first + Abreast <= positions)
            {
                for (int d = 0; d < channels; d++)
                {
                    float sum = y[row + d] * kept;
                    for (int j = 0; j < Abreast; j++) sum += scores[j] * v[keys + (j * channels) + d];
                    y[row + d] = sum;
                }
            }
            else
            {
                for (int d = 0; d < channels; d++)
                {
                    float sum = y[row + d] * kept;
                    for (int j = 0; j < Abreast; j++)
                        if (first + j < positions) sum += scores[j] * v[keys + (j * channels) + d];
                    y[row + d] = sum;
                }
            }
        }

        for (int d = 0; d < channels; d++) y[row + d] /= total;
    }
}
