using ILGPU;
using ILGPU.Runtime;
using SRKernels.Intrinsics;

namespace SRKernels.Kernels.Attention;

/// <summary>
/// Attention inside windows on a device in fp32: a group has a window and a head, reads q, k and v where the rolled map would have them and writes
/// the result back there. Grid: windows of an image, heads, images.
/// </summary>
/// <remarks>
/// bias: [heads, key, query], times log2(e), as scale is d^-1/2 log2(e): powers of two take the place of exponentials. Source: spec §3.4, §3.5.
/// </remarks>
internal static class WindowAttentionKernels
{
    /// <summary>Tokens of a window that <see cref="KeyQuarters"/> takes at most.</summary>
    internal const int Tokens = 64;

    /// <summary>Threads of a group of <see cref="KeyQuarters"/>.</summary>
    internal const int QuarterThreads = 4 * Tokens;

    /// <summary>Threads of a group of <see cref="OneGroupPerQuery"/>.</summary>
    internal const int QueryThreads = 64;

    /// <summary>Tokens of a window that <see cref="OneGroupPerQuery"/> takes at most: the largest of <see cref="RelativePositionBias"/>.</summary>
    internal const int MostTokens = 64 * 64;

    /// <summary>The mask's value, times log2(e).</summary>
    internal const float Masked = -100 * 1.44269504f;

    private const float NoScore = -1e30f;
    private const int Abreast = 8;

    /// <summary>
    /// Thread (query, quarter) holds its query and a quarter of the keys' sums in registers; k and v are in shared memory, of which all lanes of a warp
    /// read the same row, four floats at once. Then quarters 2 and 3 hand their sums to 0 and 1, and 1 to 0. Heads of up to <paramref name="width"/>
    /// channels; of fewer the rest counts as 0.
    /// </summary>
    [Kernel(MaxThreads = QuarterThreads, MinGroups = 1)]
    [Specialize(Values = [16])]
    [Specialize(Values = [32])]
    [Specialize(Values = [64])]
    public static void KeyQuarters(
        ArrayView<float> qkv, ArrayView<float> bias, ArrayView<float> y, int h, int w, int embedding, int dim, int window, int shift, float scale, SpecializedValue<int> width)
    {
        ArrayView<float> keys = SharedMemory.Allocate<float>(2 * Tokens * width).AsAligned(16); // keys, then values; at last the sums that are handed on
        ArrayView<float> tops = SharedMemory.Allocate<float>(QuarterThreads);
        ArrayView<float> totals = SharedMemory.Allocate<float>(QuarterThreads);
        ArrayView<float> q = LocalMemory.Allocate<float>(width);
        ArrayView<float> sums = LocalMemory.Allocate<float>(width);
        ArrayView<float> scores = LocalMemory.Allocate<float>(Abreast);
        int values = Tokens * width;
        int thread = Group.IdxX;
        int query = thread % Tokens;
        int quarter = thread / Tokens;
        int tokens = window * window;
        int windowColumns = w / window;
        int windowRow = Grid.IdxX / windowColumns;
        int firstRow = (windowRow * window) + shift;
        int firstColumn = ((Grid.IdxX % windowColumns) * window) + shift;
        int image = Grid.IdxZ * h * w;
        int channel = Grid.IdxY * dim;

        // Queries by way of shared memory, so that neighbours read neighbours; their parts of four exchanged by the row's number.
        if (dim == width)
        {
            for (int i = 0; i < width / 16; i++)
            {
                int piece = thread + (i * QuarterThreads);
                int token = piece / (width / 4);
                int part = piece % (width / 4) * 4;
                int from = ((image + Pixel(token < tokens ? token : 0, window, firstRow, firstColumn, h, w)) * 3 * embedding) + channel + part;
                VectorAccess.Store4(ref keys[Place(token, part, width)], VectorAccess.Load4(ref qkv[from]));
            }
        }
        else
        {
            for (int at = thread; at < Tokens * width; at += QuarterThreads)
            {
                int token = at / width;
                int d = at % width;
                int from = ((image + Pixel(token < tokens ? token : 0, window, firstRow, firstColumn, h, w)) * 3 * embedding) + channel + d;
                keys[Place(token, d, width) + (d % 4)] = d < dim ? qkv[from] : 0;
            }
        }

        Group.Barrier();
        for (int d = 0; d < width; d += 4)
        {
            Float4 four = VectorAccess.Load4(ref keys[Place(query, d, width)]);
            q[d] = four.X;
            q[d + 1] = four.Y;
            q[d + 2] = four.Z;
            q[d + 3] = four.W;
            sums[d] = 0;
            sums[d + 1] = 0;
            sums[d + 2] = 0;
            sums[d + 3] = 0;
        }

        Group.Barrier();
        if (dim == width)
        {
            for (int i = 0; i < width / 16; i++)
            {
                int piece = thread + (i * QuarterThreads);
                int token = piece / (width / 4);
                int part = piece % (width / 4) * 4;
                int from = ((image + Pixel(token < tokens ? token : 0, window, firstRow, firstColumn, h, w)) * 3 * embedding) + channel + part;
                VectorAccess.Store4(ref keys[(token * width) + part], VectorAccess.Load4(ref qkv[from + embedding]));
                VectorAccess.Store4(ref keys[values + (token * width) + part], VectorAccess.Load4(ref qkv[from + (2 * embedding)]));
            }
        }
        else
        {
            for (int at = thread; at < Tokens * width; at += QuarterThreads)
            {
                int token = at / width;
                int d = at % width;
                int from = ((image + Pixel(token < tokens ? token : 0, window, firstRow, firstColumn, h, w)) * 3 * embedding) + channel + d;
                keys[at] = d < dim ? qkv[from + embedding] : 0;
                keys[values + at] = d < dim ? qkv[from + (2 * embedding)] : 0;
            }
        }

        Group.Barrier();
        bool isMasked = shift > 0 && windowRow == (h / window) - 1;
        bool isLeft = query % window < window - shift;
        int biasRow = Grid.IdxY * tokens * tokens;
        int end = (quarter + 1) * (Tokens / 4);
        end = end < tokens ? end : tokens;
        float top = NoScore;
        float total = 0;
        for (int first = quarter * (Tokens / 4); first < end; first += Abreast)
        {
            for (int j = 0; j < Abreast; j++)
            {
                // Four short chains round less than a long one, and wait less.
                float score0 = 0;
                float score1 = 0;
                float score2 = 0;
                float score3 = 0;
                for (int d = 0; d < width; d += 4)
                {
                    Float4 four = VectorAccess.Load4(ref keys[((first + j) * width) + d]);
                    score0 += q[d] * four.X;
                    score1 += q[d + 1] * four.Y;
                    score2 += q[d + 2] * four.Z;
                    score3 += q[d + 3] * four.W;
                }

                scores[j] = (score0 + score1) + (score2 + score3);
            }

            float newTop = top;
            for (int j = 0; j < Abreast; j++)
            {
                int key = first + j;
                float score = NoScore;
                if (key < end)
                {
                    score = (scores[j] * scale) + bias[biasRow + (key * tokens) + (query < tokens ? query : 0)];
                    if (isMasked && isLeft != (key % window < window - shift)) score += Masked;
                }

                scores[j] = score;
                newTop = FastMath.MaxNumber(newTop, score);
            }

            float kept = FastMath.Exp2(top - newTop);
            top = newTop;
            total *= kept;
            for (int d = 0; d < width; d++) sums[d] *= kept;
            for (int j = 0; j < Abreast; j++)
            {
                float weight = FastMath.Exp2(scores[j] - top);
                total += weight;
                for (int d = 0; d < width; d += 4)
                {
                    Float4 four = VectorAccess.Load4(ref keys[values + ((first + j) * width) + d]);
                    sums[d] += weight * four.X;
                    sums[d + 1] += weight * four.Y;
                    sums[d + 2] += weight * four.Z;
                    sums[d + 3] += weight * four.W;
                }
            }
        }

        for (int half = 2; half > 0; half /= 2)
        {
            Group.Barrier();
            if (quarter >= half && quarter < 2 * half)
            {
                tops[thread] = top;
                totals[thread] = total;
                for (int d = 0; d < width; d++) keys[((((quarter - half) * width) + d) * Tokens) + query] = sums[d];
            }

            Group.Barrier();
            if (quarter < half)
            {
                float otherTop = tops[thread + (half * Tokens)];
                float newTop = FastMath.MaxNumber(top, otherTop);
                float kept = FastMath.Exp2(top - newTop);
                float taken = FastMath.Exp2(otherTop - newTop);
                top = newTop;
                total = (total * kept) + (totals[thread + (half * Tokens)] * taken);
                for (int d = 0; d < width; d++) sums[d] = (sums[d] * kept) + (keys[(((quarter * width) + d) * Tokens) + query] * taken);
            }
        }

        if (quarter != 0 || query >= tokens) return;
        float share = 1 / total;
        int pixel = image + Pixel(query, window, firstRow, firstColumn, h, w);
        int to = (pixel * embedding) + channel;
        if (dim == width)
        {
            for (int d = 0; d < width; d += 4)
                VectorAccess.Store4(ref y[to + d], new Float4 { X = sums[d] * share, Y = sums[d + 1] * share, Z = sums[d + 2] * share, W = sums[d + 3] * share });
        }
        else
        {
            for (int d = 0; d < width; d++)
                if (d < dim) y[to + d] = sums[d] * share;
        }
    }

    /// <summary>
    /// Any window, any head: a group has one query of a window; its threads, however few, share out the keys, then the channels. Grid: windows x tokens,
    /// heads, images.
    /// </summary>
    [Kernel(MaxThreads = QueryThreads)]
    public static void OneGroupPerQuery(
        ArrayView<float> qkv, ArrayView<float> bias, ArrayView<float> y, int h, int w, int embedding, int dim, int window, int shift, float scale)
    {
        ArrayView<float> scores = SharedMemory.Allocate<float>(MostTokens);
        int thread = Group.IdxX;
        int tokens = window * window;
        int query = Grid.IdxX % tokens;
        int windowColumns = w / window;
        int windowRow = Grid.IdxX / tokens / windowColumns;
        int firstRow = (windowRow * window) + shift;
        int firstColumn = ((Grid.IdxX / tokens % windowColumns) * window) + shift;
        int image = Grid.IdxZ * h * w;
        int channel = Grid.IdxY * dim;
        int pixel = image + Pixel(query, window, firstRow, firstColumn, h, w);
        bool isMasked = shift > 0 && windowRow == (h / window) - 1;
        bool isLeft = query % window < window - shift;
        int biasRow = Grid.IdxY * tokens * tokens;
        for (int key = thread; key < tokens; key += Group.DimX)
        {
            int from = ((image + Pixel(key, window, firstRow, firstColumn, h, w)) * 3 * embedding) + channel + embedding;
            float score = 0;
            for (int d = 0; d < dim; d++) score += qkv[(pixel * 3 * embedding) + channel + d] * qkv[from + d];
            score = (score * scale) + bias[biasRow + (key * tokens) + query];
            if (isMasked && isLeft != (key % window < window - shift)) score += Masked;
            scores[key] = score;
        }

        Group.Barrier();
        float top = scores[0];
        for (int key = 1; key < tokens; key++) top = FastMath.MaxNumber(top, scores[key]);
        Group.Barrier();
        for (int key = thread; key < tokens; key += Group.DimX) scores[key] = FastMath.Exp2(scores[key] - top);
        Group.Barrier();
        for (int d = thread; d < dim; d += Group.DimX)
        {
            float total = 0;
            float sum = 0;
            for (int key = 0; key < tokens; key++)
            {
                total += scores[key];
                sum += scores[key] * qkv[((image + Pixel(key, window, firstRow, firstColumn, h, w)) * 3 * embedding) + channel + (2 * embedding) + d];
            }

            y[(pixel * embedding) + channel + d] = sum / total;
        }
    }

    /// <summary>Where the four channels around <paramref name="d"/> of a query lie: eight rows that are read together meet every bank once.</summary>
    private static int Place(int token, int d, int width)
    {
        int turn = width == 16 ? token / 2 % 4 : token % 8;
        return (token * width) + (((d / 4) ^ turn) * 4);
    }

    /// <summary>Where a token of the window that begins there lies in the map that was not rolled; the window begins inside it or one shift beyond.</summary>
    internal static int Pixel(int token, int window, int firstRow, int firstColumn, int h, int w)
    {
        int row = firstRow + (token / window);
        int column = firstColumn + (token % window);
        return ((row >= h ? row - h : row) * w) + (column >= w ? column - w : column);
    }
}
