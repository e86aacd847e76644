using ILGPU;
using ILGPU.Runtime;
using SRKernels.Intrinsics;
using static SRKernels.Kernels.Attention.StreamedSoftmax;

namespace SRKernels.Kernels.Attention;

/// <summary>
/// Attention over all positions of an image on tensor cores: operands in 16 bits, scores, softmax and sums in fp32. Three launches: <see cref="SelfAttentionRowKernels.Round"/>
/// writes q, k and v once in 16 bits, <see cref="Attend"/> goes over the keys under a running maximum and sum, <see cref="SelfAttentionRowKernels.Merge"/> adds up what the
/// groups found for parts of the keys.
/// </summary>
/// <remarks>
/// Work is counted in pairs of 64 queries and a tile of keys, and each group takes the same number of pairs in a row: they may end one tile of queries and
/// begin the next, so a device is full whatever the map. Source: Dao 2023, "FlashAttention-2"; spec §5.2. At 512 channels tiles of 256 keys, where shared memory has room for
/// their weights, read q from shared memory half as often as tiles of 128. 255 registers without a spill. Predicted at 64x64x512, not validated on hardware: bound by the tensor
/// cores of an A100 at 95 % of their peak (the rest is that 1024 pairs do not divide by 108) and of an RTX 4090 at all of it; of an H100 shared memory binds, at 51 %.
/// </remarks>
internal static class SelfAttentionTensorKernels
{
    /// <summary>Threads of a group of <see cref="Attend"/>: eight warps.</summary>
    internal const int Threads = 256;

    /// <summary>Queries of a tile.</summary>
    internal const int Queries = 64;

    /// <summary>
    /// Warps w: of the scores of 64 queries and a tile of keys, w has queries 32 (w / 4) .. and a quarter of the keys; of the sums all 64 queries and an eighth of
    /// the channels, in registers. q stays in shared memory; k and v come through a ring of <paramref name="stages"/> pieces by asynchronous copies,
    /// first the keys' pieces of <paramref name="piece"/> channels, then as large pieces of values, in the order in which
    /// <see cref="SelfAttentionRowKernels.Round"/> laid them down.
    /// </summary>
    /// <remarks>partial: [groups + tiles - 1, 64, width] sums, not yet divided; statistics: [groups + tiles - 1, 2, 64] maxima (of powers of two) and sums of weights.</remarks>
    [Kernel(MaxThreads = Threads, MinGroups = 1, Sm = 80)]
    [Specialize(Values = [512, 256, 32, 4, false])]
    [Specialize(Values = [512, 256, 32, 4, true])]
    [Specialize(Values = [512, 128, 32, 2, false])]
    [Specialize(Values = [512, 128, 32, 2, true])]
    [Specialize(Values = [256, 128, 64, 3, false])]
    [Specialize(Values = [256, 128, 64, 3, true])]
    [Specialize(Values = [128, 128, 64, 3, false])]
    [Specialize(Values = [128, 128, 64, 3, true])]
    public static void Attend(
        ArrayView<short> q, ArrayView<short> stream, ArrayView<float> partial, ArrayView<float> statistics,
        int positions, int rows, int tiles, int pairsOfGroup,
        SpecializedValue<int> width, SpecializedValue<int> keys, SpecializedValue<int> piece, SpecializedValue<int> stages, SpecializedValue<bool> half)
    {
        ArrayView<short> shared = SharedMemory.GetDynamic<short>().AsAligned(16); // q, weights, ring
        ArrayView<float> maxima = SharedMemory.Allocate<float>(4 * Queries);
        ArrayView<float> totals = SharedMemory.Allocate<float>(4 * Queries); // of each quarter of the keys
        ArrayView<float> tops = SharedMemory.Allocate<float>(Queries);
        ArrayView<float> factors = SharedMemory.Allocate<float>(Queries);
        ArrayView<Accumulator4> sums = LocalMemory.Allocate<Accumulator4>(4 * (width / 64));
        ArrayView<Accumulator4> scores = LocalMemory.Allocate<Accumulator4>(keys / 16);
        ArrayView<Registers4> a = LocalMemory.Allocate<Registers4>(4);
        ArrayView<Registers4> b = LocalMemory.Allocate<Registers4>(keys / 64);
        ArrayView<float> raised = LocalMemory.Allocate<float>(4);
        int weights = Queries * width;
        int ring = weights + (Queries * keys);
        int size = keys * piece; // of a piece
        int pieces = width / piece; // of the keys of a tile, and of its values
        int thread = Group.IdxX;
        int blocks = rows / keys;
        int work = Grid.IdxX * pairsOfGroup;
        int end = work + pairsOfGroup;
        end = end < tiles * blocks ? end : tiles * blocks;

        // The lane's row of a matrix load: of A, 16 rows by two parts; of B from keys, 16 keys by two parts.
        int turn = thread % 8;
        int rowA = (thread / 128 * 32) + (thread % 16);
        int rowB = (thread / 32 % 4 * (keys / 4)) + turn + (thread % 32 / 16 * 8);
        int turnedQ = (rowA * width) + (((thread % 32 / 16) ^ turn) * 8);
        int turnedK = (rowB * piece) + (((thread / 8 % 2) ^ (piece == 64 ? turn : turn / 2)) * 8);

        while (work < end)
        {
            int tile = work / blocks;
            int firstBlock = work - (tile * blocks);
            int count = blocks - firstBlock;
            count = count < end - work ? count : end - work;
            int tilesOfImage = (positions + Queries - 1) / Queries;
            int image = tile / tilesOfImage * rows * width;
            Copy(q, image + (tile % tilesOfImage * Queries * width) + (thread * 8), shared, thread * 8, Queries * width);

            // Copies run ahead of what is used, also past the end: what they bring then is not looked at.
            int next = (2 * image) + (firstBlock * 2 * keys * width) + (thread * 8);
            int stage = ring;
            for (int i = 0; i < stages - 1; i++)
            {
                Copy(stream, next, shared, ring + (i * size) + (thread * 8), size);
                AsyncCopy.Commit();
                next += size;
            }

            for (int i = 0; i < 4 * (width / 64); i++) sums[i] = default;
            totals[thread] = 0;
            if (thread < Queries) tops[thread] = NoScore;

            for (int block = 0; block < count; block++)
            {
                for (int i = 0; i < keys / 16; i++) scores[i] = default;
                for (int channel = 0; channel < width; channel += piece)
                {
                    AsyncCopy.Wait(stages - 2);
                    Group.Barrier();
                    int fill = LeftLast(stage, ring, stages, size) + (thread * 8);
                    for (int step = 0; step < piece / 16; step++)
                    {
                        int atQ = turnedQ ^ (channel + (step * 16));
                        int atK = stage + (turnedK ^ (step * 16));
                        a[0] = TensorCore.LoadMatrix4(ref shared[atQ]);
                        a[1] = TensorCore.LoadMatrix4(ref shared[atQ + (16 * width)]);
                        for (int pair = 0; pair < keys / 64; pair++) b[pair] = TensorCore.LoadMatrix4(ref shared[atK + (pair * 16 * piece)]);

                        // While the first matrices are on their way, the copies that fill the stage left last are started.
                        if (step == 0)
                        {
                            Copy(stream, next, shared, fill, size);
                            AsyncCopy.Commit();
                            next += size;
                        }

                        for (int pair = 0; pair < keys / 64; pair++)
                        {
                            Registers2 low = new Registers2 { R0 = b[pair].R0, R1 = b[pair].R1 };
                            Registers2 high = new Registers2 { R0 = b[pair].R2, R1 = b[pair].R3 };
                            for (int m = 0; m < 2; m++)
                            {
                                int at = (m * (keys / 32)) + (pair * 2);
                                scores[at] = MultiplyAdd(a[m], low, scores[at], half);
                                scores[at + 1] = MultiplyAdd(a[m], high, scores[at + 1], half);
                            }
                        }
                    }

                    stage = Following(stage, ring, stages, size);
                }

                // The thread's number once more, which no compiler sees: Grid.IdxY is 0. What follows from it is computed anew for each tile of keys, instead of
                // staying in registers while scores and sums need all of them.
                int same = thread + (block * Grid.IdxY);
                int lane = same % 32;
                int warp = same / 32;

                int firstKey = warp % 4 * (keys / 4);
                int query = (warp / 4 * 32) + (lane / 4);
                int quarter = warp % 4 * Queries;
                LeaveOut(scores, keys / 32, ((firstBlock + block) * keys) + firstKey + (lane % 4 * 2), (firstBlock + block + 1) * keys, positions);
                StoreMaxima(scores, keys / 32, maxima, quarter + query, lane);
                Group.Barrier();
                Weigh(scores, keys / 32, maxima, totals, tops, factors, raised, query, quarter, lane, warp);
                int turnedP = weights + (query * keys) + (((firstKey / 8) ^ (lane / 4)) * 8) + (lane % 4 * 2);
                for (int m = 0; m < 2; m++)
                {
                    for (int n = 0; n < keys / 32; n++)
                    {
                        Accumulator4 weight = scores[(m * (keys / 32)) + n];
                        int at = (turnedP ^ (n * 8)) + (m * 16 * keys);
                        StorePair(shared, at, Pack(weight.C0, weight.C1, half));
                        StorePair(shared, at + (8 * keys), Pack(weight.C2, weight.C3, half));
                    }
                }

                Group.Barrier();
                Rescale(sums, width / 64, factors, tops, raised, query, lane, warp);
                int halves = width / WideOf(width, keys, piece); // pieces that the channels of the same values come in
                int keysOfPiece = keys / pieces * halves;
                int fromP = weights + (lane % 16 * keys) + (((lane / 16) ^ (lane % 8)) * 8);
                for (int first = 0; first < keys; first += keysOfPiece)
                {
                    AsyncCopy.Wait(stages - 2);
                    Group.Barrier();
                    Copy(stream, next, shared, LeftLast(stage, ring, stages, size) + (thread * 8), size);
                    AsyncCopy.Commit();
                    next += size;
                    AddValues(shared, sums, a, fromP ^ first, stage, lane, warp, width, keys, piece, 0, half);
                    stage = Following(stage, ring, stages, size);
                    if (halves == 1) continue;
                    AsyncCopy.Wait(stages - 2);
                    Group.Barrier();
                    Copy(stream, next, shared, LeftLast(stage, ring, stages, size) + (thread * 8), size);
                    AsyncCopy.Commit();
                    next += size;
                    AddValues(shared, sums, a, fromP ^ first, stage, lane, warp, width, keys, piece, 1, half);
                    stage = Following(stage, ring, stages, size);
                }
            }

            int again = thread + (work * Grid.IdxY);
            int slot = Grid.IdxX + tile; // one or the other is greater than those of the slot before
            StoreStatistics(statistics, slot * 2 * Queries, tops, totals, again);
            int wide = WideOf(width, keys, piece);
            int perPiece = wide / 64; // eights of channels that a warp has in a piece
            int to = (((slot * Queries) + (again % 32 / 4)) * width) + (again / 32 * perPiece * 8) + (again % 4 * 2);
            for (int n = 0; n < width / 64; n++)
            {
                for (int m = 0; m < 4; m++)
                {
                    Accumulator4 sum = sums[(n * 4) + m];
                    int at = to + (m * 16 * width) + (n / perPiece * wide) + (n % perPiece * 8);
                    VectorAccess.Store2(ref partial[at], new Float2 { X = sum.C0, Y = sum.C1 });
                    VectorAccess.Store2(ref partial[at + (8 * width)], new Float2 { X = sum.C2, Y = sum.C3 });
                }
            }

            work += count;
            AsyncCopy.Wait(0);
            Group.Barrier(); // before q and the ring are overwritten
        }
    }

    /// <summary>Channels of the values in a piece: all of them where a piece has room for sixteen keys.</summary>
    internal static int WideOf(int width, int keys, int piece) => width < keys * piece / 16 ? width : keys * piece / 16;

    internal static uint Pack(float low, float high, bool half) => half ? TensorCore.PackHalf(low, high) : TensorCore.PackBFloat16(low, high);

    /// <summary>Starts the copy of elements that lie alike in both memories, eight a thread and time; both places are the thread's.</summary>
    private static void Copy(ArrayView<short> x, int from, ArrayView<short> shared, int to, int count)
    {
        for (int i = 0; i < count; i += 8 * Threads) AsyncCopy.Copy16(ref shared[to + i], ref x[from + i]);
    }

    /// <summary>Adds weights times values of one piece to the sums of the warp's channels.</summary>
    private static void AddValues(
        ArrayView<short> shared, ArrayView<Accumulator4> sums, ArrayView<Registers4> a, int turnedP, int stage,
        int lane, int warp, int width, int keys, int piece, int section, bool half)
    {
        int wide = WideOf(width, keys, piece);
        int columns = wide / 64; // eights of channels that a warp has in a piece
        int turnedV = (lane % 16 * wide) + ((((warp * columns) + (lane / 16)) ^ (lane % 8)) * 8);
        for (int step = 0; step < keys * piece / wide / 16; step++)
        {
            int atP = turnedP ^ (step * 16);
            for (int m = 0; m < 4; m++) a[m] = TensorCore.LoadMatrix4(ref shared[atP + (m * 16 * keys)]);
            for (int pair = 0; pair < columns / 2; pair++)
            {
                Registers4 b = TensorCore.LoadMatrix4Transposed(ref shared[stage + (turnedV ^ (pair * 16)) + (step * 16 * wide)]);
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

    private static void StorePair(ArrayView<short> shared, int at, uint pair) => shared.Cast<uint>()[at / 2] = pair;

    /// <summary>The stage of the ring before this one: the piece in it has been used up.</summary>
    internal static int LeftLast(int stage, int ring, int stages, int size) => stage == ring ? ring + ((stages - 1) * size) : stage - size;

    internal static int Following(int stage, int ring, int stages, int size) => stage == ring + ((stages - 1) * size) ? ring : stage + size;
}
