using ILGPU;
using ILGPU.Runtime;
using SRKernels.Language;

namespace SRKernels.Kernels.Attention;

/// <summary>
/// Attention over all positions of an image on tensor cores: operands in 16 bits, scores, softmax and sums in fp32. Three launches: <see cref="Round"/>
/// writes q, k and v once in 16 bits, <see cref="Attend"/> goes over the keys under a running maximum and sum, <see cref="Merge"/> adds up what the
/// groups found for parts of the keys.
/// </summary>
/// <remarks>
/// Work is counted in pairs of 64 queries and 128 keys, and each group takes the same number of pairs in a row: they may end one tile of queries and
/// begin the next, so a device is full whatever the map. Source: Dao 2023, "FlashAttention-2"; spec §5.2. 255 registers without a spill at 512 channels,
/// 32 products in 143 and 133 instructions of the two inner loops; predicted at 64x64x512, not validated on hardware: 75 % of an A100's tensor peak, all of
/// an RTX 4090's (which pays more for products). Long for one kernel with the copies that feed it: apart they would not be understood.
/// </remarks>
internal static class SelfAttentionTensorKernels
{
    /// <summary>Threads of a group of <see cref="Attend"/>: eight warps.</summary>
    internal const int Threads = 256;

    /// <summary>Queries of a tile.</summary>
    internal const int Queries = 64;

    /// <summary>Keys of a tile.</summary>
    internal const int Keys = 128;

    /// <summary>Threads of a group of <see cref="Round"/> and <see cref="Merge"/>.</summary>
    internal const int RowThreads = 256;

    private const float NoScore = -1e30f;

    /// <summary>
    /// q, k and v as 16-bit rows of <paramref name="width"/> channels, filled up with zeros to whole tiles; q times <paramref name="scale"/>. A thread
    /// rounds eight channels of each; rows of the three come <paramref name="pitch"/> elements apart. Images along y.
    /// </summary>
    [Kernel(MaxThreads = RowThreads, Sm = 80)]
    [Specialize(Values = [false])]
    [Specialize(Values = [true])]
    public static void Round(
        ArrayView<float> q, ArrayView<float> k, ArrayView<float> v, ArrayView<short> q16, ArrayView<short> k16, ArrayView<short> v16,
        int positions, int rows, int channels, int pitch, int width, float scale, SpecializedValue<bool> half)
    {
        int piece = (Grid.IdxX * RowThreads) + Group.IdxX;
        int row = piece / (width / 8);
        if (row >= rows) return;
        int channel = piece % (width / 8) * 8;
        int to = (((Grid.IdxY * rows) + row) * width) + channel;
        int from = (((Grid.IdxY * positions) + row) * pitch) + channel;
        int present = row < positions ? channels - channel : 0;
        RoundEight(q, q16, from, to, present, channels, scale, half);
        RoundEight(k, k16, from, to, present, channels, 1, half);
        RoundEight(v, v16, from, to, present, channels, 1, half);
    }

    /// <summary>
    /// Warps w: of the scores of 64 queries and 128 keys, w has queries 32 (w / 4) .. and keys 32 (w % 4) ..; of the sums all 64 queries and an eighth of
    /// the channels, in registers. q stays in shared memory; k and v come through a ring of <paramref name="stages"/> pieces by asynchronous copies,
    /// first the keys' pieces of <paramref name="piece"/> channels, then as large pieces of values. Rows lie in shared memory with their 16-byte parts
    /// exchanged by the row's number, so that matrix loads meet no bank twice.
    /// </summary>
    /// <remarks>partial: [groups + tiles - 1, 64, width] sums, not yet divided; statistics: [groups + tiles - 1, 2, 64] maxima (of powers of two) and sums of weights.</remarks>
    [Kernel(MaxThreads = Threads, MinGroups = 1, Sm = 80)]
    [Specialize(Values = [512, 64, 4, false])]
    [Specialize(Values = [512, 64, 4, true])]
    [Specialize(Values = [512, 32, 2, false])]
    [Specialize(Values = [512, 32, 2, true])]
    [Specialize(Values = [256, 64, 3, false])]
    [Specialize(Values = [256, 64, 3, true])]
    [Specialize(Values = [128, 64, 3, false])]
    [Specialize(Values = [128, 64, 3, true])]
    public static void Attend(
        ArrayView<short> q, ArrayView<short> k, ArrayView<short> v, ArrayView<float> partial, ArrayView<float> statistics,
        int positions, int rows, int tiles, int pairsOfGroup,
        SpecializedValue<int> width, SpecializedValue<int> piece, SpecializedValue<int> stages, SpecializedValue<bool> half)
    {
        ArrayView<short> shared = SharedMemory.GetDynamic<short>(); // q, weights, ring
        ArrayView<float> maxima = SharedMemory.Allocate<float>(4 * Queries);
        ArrayView<float> factors = SharedMemory.Allocate<float>(Queries);
        ArrayView<Accumulator4> sums = LocalMemory.Allocate<Accumulator4>(4 * (width / 64));
        ArrayView<Accumulator4> scores = LocalMemory.Allocate<Accumulator4>(8);
        ArrayView<Registers4> a = LocalMemory.Allocate<Registers4>(4);
        ArrayView<float> tops = LocalMemory.Allocate<float>(4);
        ArrayView<float> totals = LocalMemory.Allocate<float>(4);
        int weights = Queries * width;
        int ring = weights + (Queries * Keys);
        int pieces = width / piece; // of the keys of a tile, and of its values
        int thread = Group.IdxX;
        int lane = thread % 32;
        int warp = thread / 32;
        int firstQuery = warp / 4 * 32;
        int firstKey = warp % 4 * 32;
        int blocks = rows / Keys;
        int work = Grid.IdxX * pairsOfGroup;
        int end = work + pairsOfGroup;
        end = end < tiles * blocks ? end : tiles * blocks;

        // The lane's row of a matrix load: of A, 16 rows by two parts; of B from keys, 16 keys by two parts; of B from values, 16 keys by two parts.
        int rowA = lane % 16;
        int partA = lane / 16;
        int rowB = (lane % 8) + (lane / 16 * 8);
        int partB = lane / 8 % 2;
        int turn = lane % 8;

        while (work < end)
        {
            int tile = work / blocks;
            int firstBlock = work - (tile * blocks);
            int count = blocks - firstBlock;
            count = count < end - work ? count : end - work;
            int tilesOfImage = (positions + Queries - 1) / Queries;
            int image = tile / tilesOfImage * rows * width;
            int fromQ = image + (tile % tilesOfImage * Queries * width);
            Copy(q, fromQ, shared, 0, width, width, width / 32);

            int next = 0; // the piece that is brought next, over all tiles of keys
            int last = count * 2 * pieces;
            int fill = 0; // its stage
            for (int i = 0; i < stages - 1; i++)
            {
                Bring(k, v, shared, image + (firstBlock * Keys * width), next, ring + (fill * Keys * piece), width, piece);
                AsyncCopy.Commit();
                next++;
                fill++;
            }

            int stage = 0;
            for (int i = 0; i < 4 * (width / 64); i++) sums[i] = default;
            for (int i = 0; i < 4; i++)
            {
                tops[i] = NoScore;
                totals[i] = 0;
            }

            for (int block = 0; block < count; block++)
            {
                int fromK = image + ((firstBlock + block) * Keys * width);
                for (int i = 0; i < 8; i++) scores[i] = default;
                for (int channels = 0; channels < pieces; channels++)
                {
                    AsyncCopy.Wait(stages - 2);
                    Group.Barrier();
                    int keys = ring + (stage * Keys * piece);
                    int turnedQ = ((firstQuery + rowA) * width) + ((((channels * (piece / 8)) + partA) ^ turn) * 8);
                    int turnedK = keys + ((firstKey + rowB) * piece) + ((partB ^ (piece == 64 ? turn : turn / 2)) * 8);
                    for (int step = 0; step < piece / 16; step++)
                    {
                        int atQ = turnedQ ^ (step * 16);
                        int atK = turnedK ^ (step * 16);
                        a[0] = TensorCore.LoadMatrix4(ref shared[atQ]);
                        a[1] = TensorCore.LoadMatrix4(ref shared[atQ + (16 * width)]);
                        a[2] = TensorCore.LoadMatrix4(ref shared[atK]);
                        a[3] = TensorCore.LoadMatrix4(ref shared[atK + (16 * piece)]);

                        // While the first matrices are on their way, the copies that fill the stage left last are started.
                        if (step == 0)
                        {
                            if (next < last) Bring(k, v, shared, image + (firstBlock * Keys * width), next, ring + (fill * Keys * piece), width, piece);
                            AsyncCopy.Commit();
                            next++;
                            fill = fill + 1 == stages ? 0 : fill + 1;
                        }

                        for (int pair = 0; pair < 2; pair++)
                        {
                            Registers2 low = new Registers2 { R0 = a[2 + pair].R0, R1 = a[2 + pair].R1 };
                            Registers2 high = new Registers2 { R0 = a[2 + pair].R2, R1 = a[2 + pair].R3 };
                            for (int m = 0; m < 2; m++)
                            {
                                scores[(m * 4) + (pair * 2)] = MultiplyAdd(a[m], low, scores[(m * 4) + (pair * 2)], half);
                                scores[(m * 4) + (pair * 2) + 1] = MultiplyAdd(a[m], high, scores[(m * 4) + (pair * 2) + 1], half);
                            }
                        }
                    }

                    stage = stage + 1 == stages ? 0 : stage + 1;
                }

                // Scores of keys beyond the last take no part. Then the largest of each query: of a lane, of a quad, of the four warps.
                int key = ((firstBlock + block) * Keys) + firstKey + (lane % 4 * 2);
                if (fromK + (Keys * width) > image + (positions * width))
                {
                    for (int m = 0; m < 2; m++)
                    {
                        for (int n = 0; n < 4; n++)
                        {
                            Accumulator4 score = scores[(m * 4) + n];
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

                            scores[(m * 4) + n] = score;
                        }
                    }
                }

                int query = firstQuery + (lane / 4);
                for (int m = 0; m < 2; m++)
                {
                    float upper = NoScore;
                    float lower = NoScore;
                    for (int n = 0; n < 4; n++)
                    {
                        Accumulator4 score = scores[(m * 4) + n];
                        upper = FastMath.MaxNumber(upper, FastMath.MaxNumber(score.C0, score.C1));
                        lower = FastMath.MaxNumber(lower, FastMath.MaxNumber(score.C2, score.C3));
                    }

                    upper = OfQuad(upper);
                    lower = OfQuad(lower);
                    if (lane % 4 == 0)
                    {
                        maxima[(warp % 4 * Queries) + query + (m * 16)] = upper;
                        maxima[(warp % 4 * Queries) + query + (m * 16) + 8] = lower;
                    }
                }

                Group.Barrier();
                int turnedP = weights + (query * Keys) + (((firstKey / 8) ^ (lane / 4)) * 8) + (lane % 4 * 2);
                for (int m = 0; m < 2; m++)
                {
                    int row = query + (m * 16);
                    float upper = NewTop(maxima, row, tops[2 * m]);
                    float lower = NewTop(maxima, row + 8, tops[(2 * m) + 1]);
                    float keptUpper = FastMath.Exp2(tops[2 * m] - upper);
                    float keptLower = FastMath.Exp2(tops[(2 * m) + 1] - lower);
                    tops[2 * m] = upper;
                    tops[(2 * m) + 1] = lower;
                    if (lane % 4 == 0 && warp % 4 == 0)
                    {
                        factors[row] = keptUpper;
                        factors[row + 8] = keptLower;
                    }

                    float totalUpper = totals[2 * m] * keptUpper;
                    float totalLower = totals[(2 * m) + 1] * keptLower;
                    for (int n = 0; n < 4; n++)
                    {
                        Accumulator4 score = scores[(m * 4) + n];
                        score.C0 = FastMath.Exp2(score.C0 - upper);
                        score.C1 = FastMath.Exp2(score.C1 - upper);
                        score.C2 = FastMath.Exp2(score.C2 - lower);
                        score.C3 = FastMath.Exp2(score.C3 - lower);
                        totalUpper += score.C0 + score.C1;
                        totalLower += score.C2 + score.C3;
                        int at = (turnedP ^ (n * 8)) + (m * 16 * Keys);
                        StorePair(shared, at, Pack(score.C0, score.C1, half));
                        StorePair(shared, at + (8 * Keys), Pack(score.C2, score.C3, half));
                    }

                    totals[2 * m] = totalUpper;
                    totals[(2 * m) + 1] = totalLower;
                }

                Group.Barrier();
                for (int m = 0; m < 4; m++)
                {
                    float upper = factors[(m * 16) + (lane / 4)];
                    float lower = factors[(m * 16) + (lane / 4) + 8];
                    for (int n = 0; n < width / 64; n++)
                    {
                        Accumulator4 sum = sums[(n * 4) + m];
                        sum.C0 *= upper;
                        sum.C1 *= upper;
                        sum.C2 *= lower;
                        sum.C3 *= lower;
                        sums[(n * 4) + m] = sum;
                    }
                }

                int halves = width > 8 * piece ? 2 : 1; // pieces that the channels of the same values come in
                for (int keys = 0; keys < Keys; keys += Keys / pieces * halves)
                {
                    AsyncCopy.Wait(stages - 2);
                    Group.Barrier();
                    if (next < last) Bring(k, v, shared, image + (firstBlock * Keys * width), next, ring + (fill * Keys * piece), width, piece);
                    AsyncCopy.Commit();
                    next++;
                    fill = fill + 1 == stages ? 0 : fill + 1;
                    AddValues(shared, sums, a, weights, ring + (stage * Keys * piece), keys, rowA, partA, turn, warp, width, piece, 0, half);
                    stage = stage + 1 == stages ? 0 : stage + 1;
                    if (halves == 1) continue;

                    AsyncCopy.Wait(stages - 2);
                    Group.Barrier();
                    if (next < last) Bring(k, v, shared, image + (firstBlock * Keys * width), next, ring + (fill * Keys * piece), width, piece);
                    AsyncCopy.Commit();
                    next++;
                    fill = fill + 1 == stages ? 0 : fill + 1;
                    AddValues(shared, sums, a, weights, ring + (stage * Keys * piece), keys, rowA, partA, turn, warp, width, piece, 1, half);
                    stage = stage + 1 == stages ? 0 : stage + 1;
                }
            }

            int slot = Grid.IdxX + tile; // one or the other is greater than those of the slot before
            for (int i = 0; i < 4; i++)
            {
                float total = totals[i];
                total += Warp.ShuffleXor(total, 1);
                total += Warp.ShuffleXor(total, 2);
                int row = firstQuery + (lane / 4) + (i * 8);
                if (lane % 4 == 0) maxima[(warp % 4 * Queries) + row] = total;
                if (lane % 4 == 0 && warp % 4 == 0) factors[row] = tops[i];
            }

            Group.Barrier();
            if (thread < Queries)
            {
                statistics[(slot * 2 * Queries) + thread] = factors[thread];
                statistics[(slot * 2 * Queries) + Queries + thread] =
                    (maxima[thread] + maxima[Queries + thread]) + (maxima[(2 * Queries) + thread] + maxima[(3 * Queries) + thread]);
            }

            int perPiece = width > 8 * piece ? piece / 8 : width / 64; // eights of channels that a warp has in a piece
            for (int n = 0; n < width / 64; n++)
            {
                int channel = (n / perPiece * 8 * piece) + (warp * perPiece * 8) + (n % perPiece * 8) + (lane % 4 * 2);
                for (int m = 0; m < 4; m++)
                {
                    Accumulator4 sum = sums[(n * 4) + m];
                    int to = (((slot * Queries) + (m * 16) + (lane / 4)) * width) + channel;
                    VectorAccess.Store2(ref partial[to], new Float2 { X = sum.C0, Y = sum.C1 });
                    VectorAccess.Store2(ref partial[to + (8 * width)], new Float2 { X = sum.C2, Y = sum.C3 });
                }
            }

            work += count;
            Group.Barrier(); // before q is overwritten
        }
    }

    /// <summary>
    /// Adds up the parts of each query, in their order, under their common maximum, and divides by the sum of the weights; where <paramref name="adds"/> is not 0
    /// it adds a constant of each channel and a residual. A thread has four channels of a query. Images along y.
    /// </summary>
    [Kernel(MaxThreads = RowThreads)]
    public static void Merge(
        ArrayView<float> partial, ArrayView<float> statistics, ArrayView<float> residual, ArrayView<float> constant, ArrayView<float> y,
        int positions, int channels, int width, int blocks, int pairsOfGroup, int adds)
    {
        int piece = (Grid.IdxX * RowThreads) + Group.IdxX;
        int query = piece / (width / 4);
        int channel = piece % (width / 4) * 4;
        if (query >= positions || channel >= channels) return;
        int to = (((Grid.IdxY * positions) + query) * channels) + channel;
        Float4 added = default;
        if (adds != 0) added = Sum(FourOf(residual, to, channels - channel, channels), FourOf(constant, channel, channels - channel, channels));
        int tile = (Grid.IdxY * ((positions + Queries - 1) / Queries)) + (query / Queries);
        int row = query % Queries;
        int first = tile * blocks / pairsOfGroup; // group that has a share of the tile
        int count = ((((tile + 1) * blocks) - 1) / pairsOfGroup) - first + 1;
        int slot = tile + first;
        float top = NoScore;
        for (int part = 0; part < count; part++) top = FastMath.MaxNumber(top, statistics[((slot + part) * 2 * Queries) + row]);
        float total = 0;
        Float4 sum = default;
        for (int part = 0; part < count; part++)
        {
            int at = (slot + part) * Queries;
            float weight = FastMath.Exp2(statistics[(at * 2) + row] - top);
            total += weight * statistics[(at * 2) + Queries + row];
            Float4 four = VectorAccess.Load4(ref partial[((at + row) * width) + channel]);
            sum.X += weight * four.X;
            sum.Y += weight * four.Y;
            sum.Z += weight * four.Z;
            sum.W += weight * four.W;
        }

        float share = 1 / total;
        if (channels % 4 == 0)
        {
            VectorAccess.Store4(
                ref y[to],
                new Float4 { X = (sum.X * share) + added.X, Y = (sum.Y * share) + added.Y, Z = (sum.Z * share) + added.Z, W = (sum.W * share) + added.W });
            return;
        }

        y[to] = (sum.X * share) + added.X;
        if (channel + 1 < channels) y[to + 1] = (sum.Y * share) + added.Y;
        if (channel + 2 < channels) y[to + 2] = (sum.Z * share) + added.Z;
        if (channel + 3 < channels) y[to + 3] = (sum.W * share) + added.W;
    }

    private static void RoundEight(ArrayView<float> x, ArrayView<short> x16, int from, int to, int present, int channels, float scale, bool half)
    {
        Registers4 eight = default;
        if (channels % 4 == 0)
        {
            // Pieces of eight that begin inside the row have four channels or eight.
            Float4 low = default;
            Float4 high = default;
            if (present > 0) low = VectorAccess.Load4(ref x[from]);
            if (present > 4) high = VectorAccess.Load4(ref x[from + 4]);
            eight.R0 = Pack(low.X * scale, low.Y * scale, half);
            eight.R1 = Pack(low.Z * scale, low.W * scale, half);
            eight.R2 = Pack(high.X * scale, high.Y * scale, half);
            eight.R3 = Pack(high.Z * scale, high.W * scale, half);
        }
        else
        {
            eight.R0 = Pack(At(x, from, 0, present) * scale, At(x, from, 1, present) * scale, half);
            eight.R1 = Pack(At(x, from, 2, present) * scale, At(x, from, 3, present) * scale, half);
            eight.R2 = Pack(At(x, from, 4, present) * scale, At(x, from, 5, present) * scale, half);
            eight.R3 = Pack(At(x, from, 6, present) * scale, At(x, from, 7, present) * scale, half);
        }

        VectorAccess.StoreBits4(ref x16[to], eight);
    }

    /// <summary>Up to four channels.</summary>
    private static Float4 FourOf(ArrayView<float> x, int from, int present, int channels)
    {
        if (channels % 4 == 0) return VectorAccess.Load4(ref x[from]);
        return new Float4 { X = x[from], Y = At(x, from, 1, present), Z = At(x, from, 2, present), W = At(x, from, 3, present) };
    }

    private static Float4 Sum(Float4 a, Float4 b) => new Float4 { X = a.X + b.X, Y = a.Y + b.Y, Z = a.Z + b.Z, W = a.W + b.W };

    private static float At(ArrayView<float> x, int from, int i, int present) => i < present ? x[from + i] : 0;

    /// <summary>
    /// Starts the copy of a piece of keys (128 keys of some channels) or of values (some keys of all channels, or of 8 piece channels where there are more).
    /// </summary>
    private static void Bring(ArrayView<short> k, ArrayView<short> v, ArrayView<short> shared, int from, int number, int to, int width, int piece)
    {
        int pieces = width / piece;
        int block = number / (2 * pieces);
        int inBlock = number % (2 * pieces);
        from += block * Keys * width;
        if (inBlock < pieces)
        {
            Copy(k, from + (inBlock * piece), shared, to, width, piece, piece / 16);
        }
        else
        {
            int wide = width < 8 * piece ? width : 8 * piece;
            int halves = width / wide;
            int section = inBlock - pieces;
            Copy(v, from + (section / halves * (Keys * piece / wide) * width) + (section % halves * wide), shared, to, width, wide, piece / 16);
        }
    }

    /// <summary>
    /// Starts the copy of rows of <paramref name="wide"/> values, <paramref name="stride"/> apart, eight values a thread and time. Part p of row r goes to
    /// place p ^ (r mod 8) of the row; in rows of four parts to p ^ (r / 2 mod 4).
    /// </summary>
    private static void Copy(ArrayView<short> x, int from, ArrayView<short> shared, int to, int stride, int wide, int times)
    {
        int parts = wide / 8;
        int row = Group.IdxX / parts;
        int part = Group.IdxX % parts;
        int step = Threads / parts; // rows of all threads together
        from += (row * stride) + (part * 8);
        int place = (row * wide) + ((part ^ (parts == 4 ? row / 2 % 4 : row % 8)) * 8);
        for (int i = 0; i < times; i++)
        {
            int turned = step == 4 && i % 2 == 1 ? place ^ 32 : place; // four rows on: the other half of eight parts
            AsyncCopy.Copy16(ref shared[to + turned + (i * step * wide)], ref x[from + (i * step * stride)]);
        }
    }

    /// <summary>Adds weights times values of one piece to the sums of the warp's channels.</summary>
    private static void AddValues(
        ArrayView<short> shared, ArrayView<Accumulator4> sums, ArrayView<Registers4> a, int weights, int values, int firstKey,
        int row, int part, int turn, int warp, int width, int piece, int section, bool half)
    {
        int wide = width < 8 * piece ? width : 8 * piece;
        int columns = wide / 64; // eights of channels that a warp has in a piece
        int turnedP = weights + (row * Keys) + ((((firstKey / 8) + part) ^ turn) * 8);
        int turnedV = values + (row * wide) + ((((warp * columns) + part) ^ turn) * 8);
        for (int step = 0; step < Keys * piece / wide / 16; step++)
        {
            int atP = turnedP ^ (step * 16);
            for (int m = 0; m < 4; m++) a[m] = TensorCore.LoadMatrix4(ref shared[atP + (m * 16 * Keys)]);
            for (int pair = 0; pair < columns / 2; pair++)
            {
                Registers4 b = TensorCore.LoadMatrix4Transposed(ref shared[(turnedV ^ (pair * 16)) + (step * 16 * wide)]);
                Registers2 low = new Registers2 { R0 = b.R0, R1 = b.R1 };
                Registers2 high = new Registers2 { R0 = b.R2, R1 = b.R3 };
                int n = ((section * columns) + (pair * 2)) * 4;
                for (int m = 0; m < 4; m++)
                {
                    sums[n + m] = MultiplyAdd(a[m], low, sums[n + m], half);
                    sums[n + 4 + m] = MultiplyAdd(a[m], high, sums[n + 4 + m], half);
                }
            }
        }
    }

    private static Accumulator4 MultiplyAdd(Registers4 a, Registers2 b, Accumulator4 c, bool half) =>
        half ? TensorCore.MultiplyAddHalf(a, b, c) : TensorCore.MultiplyAddBFloat16(a, b, c);

    private static uint Pack(float low, float high, bool half) => half ? TensorCore.PackHalf(low, high) : TensorCore.PackBFloat16(low, high);

    private static void StorePair(ArrayView<short> shared, int at, uint pair) => shared.Cast<uint>()[at / 2] = pair;

    private static float OfQuad(float value)
    {
        value = FastMath.MaxNumber(value, Warp.ShuffleXor(value, 1));
        return FastMath.MaxNumber(value, Warp.ShuffleXor(value, 2));
    }

    private static float NewTop(ArrayView<float> maxima, int row, float top)
    {
        for (int i = 0; i < 4; i++) top = FastMath.MaxNumber(top, maxima[(i * Queries) + row]);
        return top;
    }
}
