using ILGPU;
using ILGPU.Runtime;
using SRKernels.Intrinsics;
using static SRKernels.Kernels.Attention.SelfAttentionTensorKernels;
using static SRKernels.Kernels.Attention.StreamedSoftmax;

namespace SRKernels.Kernels.Attention;

/// <summary>Attention over all positions of an image on tensor cores with operands in tf32, which are floats: <see cref="SelfAttentionTensorKernels"/> with twice the bytes.</summary>
/// <remarks>
/// A tile of queries would fill shared memory by itself, so its channels come through the ring beside those of the keys, for every tile of keys anew. No matrix load turns
/// 32-bit values round: keys t and t + 4 of eight lie side by side for each channel, so that a lane has the operands of two products with one read, those of every other channel.
/// Predicted at 64x64x512, not validated on hardware: an A100's second-level cache binds, at 87 % of its tensor peak; an RTX 4090's tensor cores at all of it.
/// </remarks>
internal static class SelfAttentionTf32Kernels
{
    /// <summary>Keys of a tile.</summary>
    internal const int Keys = 128;

    /// <summary>Channels of queries and keys in a piece.</summary>
    internal const int Channels = 32;

    /// <summary>Elements of a piece of keys or values.</summary>
    internal const int Piece = Keys * Channels;

    /// <summary>Elements of a piece of queries.</summary>
    internal const int QueryPiece = Queries * Channels;

    /// <summary>
    /// Warps share out scores and sums as in <see cref="SelfAttentionTensorKernels.Attend"/>. q: [image, tile, piece, 64 x 32]; stream: [image, tile of keys, piece, 4096], keys'
    /// pieces of 32 channels, then values'; the rest likewise.
    /// </summary>
    [Kernel(MaxThreads = Threads, MinGroups = 1, Sm = 80)]
    [Specialize(Values = [512, 4])]
    [Specialize(Values = [512, 2])]
    [Specialize(Values = [256, 4])]
    [Specialize(Values = [256, 2])]
    [Specialize(Values = [128, 4])]
    [Specialize(Values = [128, 2])]
    public static void AttendTf32(
        ArrayView<float> q, ArrayView<float> stream, ArrayView<float> partial, ArrayView<float> statistics,
        int positions, int rows, int tiles, int pairsOfGroup, SpecializedValue<int> width, SpecializedValue<int> stages)
    {
        ArrayView<float> shared = SharedMemory.GetDynamic<float>().AsAligned(16); // weights, ring of keys and values, ring of queries
        ArrayView<float> maxima = SharedMemory.Allocate<float>(4 * Queries);
        ArrayView<float> totals = SharedMemory.Allocate<float>(4 * Queries); // of each quarter of the keys
        ArrayView<float> tops = SharedMemory.Allocate<float>(Queries);
        ArrayView<float> factors = SharedMemory.Allocate<float>(Queries);
        ArrayView<Accumulator4> sums = LocalMemory.Allocate<Accumulator4>(4 * (width / 64));
        ArrayView<Accumulator4> scores = LocalMemory.Allocate<Accumulator4>(Keys / 16);
        ArrayView<Registers4> a = LocalMemory.Allocate<Registers4>(4);
        ArrayView<Registers4> b = LocalMemory.Allocate<Registers4>(2);
        ArrayView<float> raised = LocalMemory.Allocate<float>(4);
        int ring = Queries * Keys;
        int ringQ = ring + (stages * Piece);
        int pieces = width / Channels; // of the keys of a tile, and of its values
        int thread = Group.IdxX;
        int blocks = rows / Keys;
        int work = Grid.IdxX * pairsOfGroup;
        int end = work + pairsOfGroup;
        end = end < tiles * blocks ? end : tiles * blocks;

        // The lane's row of a matrix load: of A, 16 rows by two parts of four; of B from keys, 16 keys by two parts.
        int turn = thread % 8;
        int turnedQ = (((thread / 128 * 32) + (thread % 16)) * Channels) + (((thread % 32 / 16) ^ turn) * 4);
        int turnedK = (((thread / 32 % 4 * 32) + turn + (thread % 32 / 16 * 8)) * Channels) + (((thread / 8 % 2) ^ turn) * 4);

        while (work < end)
        {
            int tile = work / blocks;
            int firstBlock = work - (tile * blocks);
            int count = blocks - firstBlock;
            count = count < end - work ? count : end - work;
            int tilesOfImage = (positions + Queries - 1) / Queries;
            int image = tile / tilesOfImage * rows * width;
            int fromQ = image + (tile % tilesOfImage * Queries * width) + (thread * 4);

            // Copies run ahead of what is used, also past the end: what they bring then is not looked at.
            int next = (2 * image) + (firstBlock * 2 * Keys * width) + (thread * 4);
            int stage = ring;
            for (int i = 0; i < stages - 1; i++)
            {
                Copy(q, fromQ + (i * QueryPiece), shared, ringQ + (i * QueryPiece) + (thread * 4), QueryPiece);
                Copy(stream, next, shared, ring + (i * Piece) + (thread * 4), Piece);
                AsyncCopy.Commit();
                next += Piece;
            }

            for (int i = 0; i < 4 * (width / 64); i++) sums[i] = default;
            totals[thread] = 0;
            if (thread < Queries) tops[thread] = NoScore;

            for (int block = 0; block < count; block++)
            {
                for (int i = 0; i < Keys / 16; i++) scores[i] = default;
                for (int number = 0; number < pieces; number++)
                {
                    AsyncCopy.Wait(stages - 2);
                    Group.Barrier();
                    int stageQ = ringQ + ((stage - ring) / 2);
                    for (int step = 0; step < Channels / 8; step++)
                    {
                        int atQ = stageQ + (turnedQ ^ (step * 8));
                        int atK = stage + (turnedK ^ (step * 8));
                        a[0] = TensorCore.LoadMatrix4(ref shared[atQ]);
                        a[1] = TensorCore.LoadMatrix4(ref shared[atQ + (16 * Channels)]);
                        b[0] = TensorCore.LoadMatrix4(ref shared[atK]);
                        b[1] = TensorCore.LoadMatrix4(ref shared[atK + (16 * Channels)]);

                        // While the first matrices are on their way, the copies that fill the stage left last are started.
                        if (step == 0)
                        {
                            int ahead = number + stages - 1;
                            int fill = LeftLast(stage, ring, stages, Piece);
                            Copy(stream, next, shared, fill + (thread * 4), Piece);
                            if (ahead < pieces) Copy(q, fromQ + (ahead * QueryPiece), shared, ringQ + ((fill - ring) / 2) + (thread * 4), QueryPiece);
                            AsyncCopy.Commit();
                            next += Piece;
                        }

                        for (int pair = 0; pair < 2; pair++)
                        {
                            Registers2 low = new Registers2 { R0 = b[pair].R0, R1 = b[pair].R1 };
                            Registers2 high = new Registers2 { R0 = b[pair].R2, R1 = b[pair].R3 };
                            for (int m = 0; m < 2; m++)
                            {
                                int at = (m * 4) + (pair * 2);
                                scores[at] = TensorCore.MultiplyAddTf32(a[m], low, scores[at]);
                                scores[at + 1] = TensorCore.MultiplyAddTf32(a[m], high, scores[at + 1]);
                            }
                        }
                    }

                    stage = Following(stage, ring, stages, Piece);
                }

                // The thread's number once more, as in the kernel for 16 bits.
                int same = thread + (block * Grid.IdxY);
                int lane = same % 32;
                int warp = same / 32;
                int firstKey = warp % 4 * 32;
                int query = (warp / 4 * 32) + (lane / 4);
                int quarter = warp % 4 * Queries;
                LeaveOut(scores, 4, ((firstBlock + block) * Keys) + firstKey + (lane % 4 * 2), (firstBlock + block + 1) * Keys, positions);
                StoreMaxima(scores, 4, maxima, quarter + query, lane);
                Group.Barrier();
                Weigh(scores, 4, maxima, totals, tops, factors, raised, query, quarter, lane, warp);
                int turnedP = (query * Keys) + ((((firstKey / 4) + (lane % 4 / 2)) ^ TurnOfWeights(lane / 4)) * 4) + (lane % 2 * 2);
                for (int m = 0; m < 2; m++)
                {
                    for (int n = 0; n < 4; n++)
                    {
                        Accumulator4 weight = scores[(m * 4) + n];
                        int at = (turnedP ^ (n * 8)) + (m * 16 * Keys);
                        StorePair(shared, at, weight.C0, weight.C1);
                        StorePair(shared, at + (8 * Keys), weight.C2, weight.C3);
                    }
                }

                Group.Barrier();
                Rescale(sums, width / 64, factors, tops, raised, query, lane, warp);

                int fromP = (lane % 16 * Keys) + (((lane / 16) ^ TurnOfWeights(lane % 8)) * 4);
                int fromV = (lane % 4 * 2 * width) + ((((warp * (width / 16)) + (lane / 4)) ^ (lane % 4 * 2)) * 4);
                for (int number = 0; number < pieces; number++)
                {
                    AsyncCopy.Wait(stages - 2);
                    Group.Barrier();
                    int ahead = number + stages - 1 - pieces; // among the pieces of the next tile of keys
                    int fill = LeftLast(stage, ring, stages, Piece);
                    Copy(stream, next, shared, fill + (thread * 4), Piece);
                    if (ahead >= 0) Copy(q, fromQ + (ahead * QueryPiece), shared, ringQ + ((fill - ring) / 2) + (thread * 4), QueryPiece);
                    AsyncCopy.Commit();
                    next += Piece;
                    for (int step = 0; step < Piece / width / 8; step++)
                    {
                        int atP = fromP ^ ((number * (Piece / width)) + (step * 8));
                        for (int m = 0; m < 4; m++) a[m] = TensorCore.LoadMatrix4(ref shared[atP + (m * 16 * Keys)]);
                        for (int part = 0; part < width / 128; part++)
                        {
                            Registers4 values = VectorAccess.LoadBits4(ref shared[stage + fromV + (step * 8 * width) + (part * 32)]);
                            Registers2 low = new Registers2 { R0 = values.R0, R1 = values.R1 };
                            Registers2 high = new Registers2 { R0 = values.R2, R1 = values.R3 };
                            for (int m = 0; m < 4; m++)
                            {
                                int at = (part * 8) + m;
                                sums[at] = TensorCore.MultiplyAddTf32(a[m], low, sums[at]);
                                sums[at + 4] = TensorCore.MultiplyAddTf32(a[m], high, sums[at + 4]);
                            }
                        }
                    }

                    stage = Following(stage, ring, stages, Piece);
                }
            }

            int again = thread + (work * Grid.IdxY);
            int slot = Grid.IdxX + tile; // one or the other is greater than those of the slot before
            StoreStatistics(statistics, slot * 2 * Queries, tops, totals, again);
            int to = (((slot * Queries) + (again % 32 / 4)) * width) + (again / 32 * (width / 8)) + (again % 4 * 4);
            for (int part = 0; part < width / 128; part++)
            {
                for (int m = 0; m < 4; m++)
                {
                    Accumulator4 even = sums[(part * 8) + m];
                    Accumulator4 odd = sums[(part * 8) + 4 + m];
                    int at = to + (m * 16 * width) + (part * 16);
                    VectorAccess.Store4(ref partial[at], new Float4 { X = even.C0, Y = odd.C0, Z = even.C1, W = odd.C1 });
                    VectorAccess.Store4(ref partial[at + (8 * width)], new Float4 { X = even.C2, Y = odd.C2, Z = even.C3, W = odd.C3 });
                }
            }

            work += count;
            AsyncCopy.Wait(0);
            Group.Barrier(); // before the ring is overwritten
        }
    }

    /// <summary>
    /// What parts of a row of weights are exchanged by: different for the eight rows of a matrix load, and in all but the last bit for the four rows that half a warp writes
    /// two parts of each at a time.
    /// </summary>
    private static int TurnOfWeights(int row) => (row % 4 * 2) + (row / 4);

    private static void StorePair(ArrayView<float> shared, int at, float first, float second) =>
        VectorAccess.Store2(ref shared[at], new Float2 { X = TensorCore.RoundToTf32(first), Y = TensorCore.RoundToTf32(second) });

    /// <summary>Starts the copy of elements that lie alike in both memories, four a thread and time; both places are the thread's.</summary>
    private static void Copy(ArrayView<float> x, int from, ArrayView<float> shared, int to, int count)
    {
        for (int i = 0; i < count; i += 4 * Threads) AsyncCopy.Copy16(ref shared[to + i], ref x[from + i]);
    }
}
