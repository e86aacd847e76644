using ILGPU;
using ILGPU.Runtime;
using SRKernels.Intrinsics;

namespace SRKernels.Kernels.Attention;

/// <summary>Attention over all positions of an image in fp32, by tiles in shared memory: for GPUs.</summary>
/// <remarks>Work is shared out as in <see cref="SelfAttentionTensorKernels"/>, in pairs of 64 queries and 64 keys; its Merge adds up the parts.</remarks>
internal static class SelfAttentionTileKernels
{
    /// <summary>Threads of a group.</summary>
    internal const int Threads = 256;

    /// <summary>Queries of a tile.</summary>
    internal const int Queries = 64;

    /// <summary>Keys of a tile.</summary>
    internal const int Keys = 64;

    private const float NoScore = -1e30f;
    private const int Slice = 32; // channels of q and k in shared memory at a time
    private const int RowStride = Slice + 4; // rows that are read together begin at different banks
    private const int WeightStride = Queries + 4;

    /// <summary>
    /// Thread (x, y) of 16 x 16 has the scores of queries 4 y .. 4 y + 3 and keys x, x + 16, x + 32, x + 48; then lane l of warp w the sums of queries 8 w ..
    /// 8 w + 7 and channels 4 l .. 4 l + 3 of every 128. q and k come by slices of 32 channels, v by 4096 values, each read ahead into registers while
    /// the one before is used. scale: c^-1/2 log2(e). channels is a multiple of 4.
    /// </summary>
    /// <remarks>partial: [groups + tiles - 1, 64, width] sums, not yet divided; statistics: [groups + tiles - 1, 2, 64] maxima (of powers of two) and sums of weights.</remarks>
    [Kernel(MaxThreads = Threads, MinGroups = 1)]
    [Specialize(Values = [128])]
    [Specialize(Values = [256])]
    [Specialize(Values = [512])]
    public static void SharedTile64x64(
        ArrayView<float> q, ArrayView<float> k, ArrayView<float> v, ArrayView<float> partial, ArrayView<float> statistics,
        int positions, int channels, int tiles, int blocks, int pairsOfGroup, float scale, SpecializedValue<int> width)
    {
        ArrayView<float> slices = SharedMemory.Allocate<float>(2 * Queries * RowStride).AsAligned(16); // q and k; or v
        ArrayView<float> weights = SharedMemory.Allocate<float>(Keys * WeightStride).AsAligned(16); // [key, query]
        ArrayView<float> factors = SharedMemory.Allocate<float>(Queries);
        ArrayView<float> sums = LocalMemory.Allocate<float>(8 * (width / 32));
        ArrayView<float> scores = LocalMemory.Allocate<float>(16);
        ArrayView<float> tops = LocalMemory.Allocate<float>(4);
        ArrayView<float> totals = LocalMemory.Allocate<float>(4);
        ArrayView<Float4> ahead = LocalMemory.Allocate<Float4>(4);
        ArrayView<Float4> left = LocalMemory.Allocate<Float4>(4);
        int thread = Group.IdxX;
        int lane = thread % 32;
        int warp = thread / 32;
        int x = thread % 16;
        int y = thread / 16;
        int sliceRow = thread / 8;
        int slicePart = thread % 8 * 4;
        int valueRow = thread / (width / 4);
        int valuePart = thread % (width / 4) * 4;
        int valueStep = Threads * 4 / width;
        int tilesOfImage = (positions + Queries - 1) / Queries;
        int work = Grid.IdxX * pairsOfGroup;
        int end = work + pairsOfGroup;
        end = end < tiles * blocks ? end : tiles * blocks;
        while (work < end)
        {
            int tile = work / blocks;
            int firstBlock = work - (tile * blocks);
            int count = blocks - firstBlock;
            count = count < end - work ? count : end - work;
            int image = tile / tilesOfImage * positions * channels;
            int firstQuery = tile % tilesOfImage * Queries;
            for (int i = 0; i < 8 * (width / 32); i++) sums[i] = 0;
            for (int i = 0; i < 4; i++)
            {
                tops[i] = NoScore;
                totals[i] = 0;
            }

            for (int block = firstBlock; block < firstBlock + count; block++)
            {
                int firstKey = block * Keys;
                for (int i = 0; i < 16; i++) scores[i] = 0;
                for (int i = 0; i < 2; i++)
                {
                    ahead[i] = Four(q, image, firstQuery + sliceRow + (i * 32), positions, slicePart, channels);
                    ahead[2 + i] = Four(k, image, firstKey + sliceRow + (i * 32), positions, slicePart, channels);
                }

                for (int slice = 0; slice < channels; slice += Slice)
                {
                    Group.Barrier();
                    for (int i = 0; i < 2; i++)
                    {
                        VectorAccess.Store4(ref slices[((sliceRow + (i * 32)) * RowStride) + slicePart], ahead[i]);
                        VectorAccess.Store4(ref slices[((Queries + sliceRow + (i * 32)) * RowStride) + slicePart], ahead[2 + i]);
                    }

                    Group.Barrier();
                    for (int i = 0; i < 2; i++)
                    {
                        ahead[i] = Four(q, image, firstQuery + sliceRow + (i * 32), positions, slice + Slice + slicePart, channels);
                        ahead[2 + i] = Four(k, image, firstKey + sliceRow + (i * 32), positions, slice + Slice + slicePart, channels);
                    }

                    for (int d = 0; d < Slice; d += 4)
                    {
                        for (int i = 0; i < 4; i++) left[i] = VectorAccess.Load4(ref slices[(((4 * y) + i) * RowStride) + d]);
                        for (int j = 0; j < 4; j++)
                        {
                            Float4 right = VectorAccess.Load4(ref slices[((Queries + x + (16 * j)) * RowStride) + d]);
                            for (int i = 0; i < 4; i++)
                            {
                                float score = scores[(i * 4) + j];
                                score += left[i].X * right.X;
                                score += left[i].Y * right.Y;
                                score += left[i].Z * right.Z;
                                score += left[i].W * right.W;
                                scores[(i * 4) + j] = score;
                            }
                        }
                    }
                }

                for (int i = 0; i < 4; i++) ahead[i] = Four(v, image, firstKey + valueRow + (i * valueStep), positions, valuePart, channels);
                for (int i = 0; i < 4; i++)
                {
                    float top = tops[i];
                    for (int j = 0; j < 4; j++)
                    {
                        float score = scores[(i * 4) + j] * scale;
                        score = firstKey + x + (16 * j) < positions ? score : NoScore;
                        scores[(i * 4) + j] = score;
                        top = FastMath.MaxNumber(top, score);
                    }

                    for (int mask = 1; mask < 16; mask *= 2) top = FastMath.MaxNumber(top, Warp.ShuffleXor(top, mask));
                    float kept = FastMath.Exp2(tops[i] - top);
                    tops[i] = top;
                    float total = totals[i] * kept;
                    for (int j = 0; j < 4; j++)
                    {
                        scores[(i * 4) + j] = FastMath.Exp2(scores[(i * 4) + j] - top);
                        total += scores[(i * 4) + j];
                    }

                    totals[i] = total;
                    if (x == 0) factors[(4 * y) + i] = kept;
                }

                for (int j = 0; j < 4; j++)
                    VectorAccess.Store4(
                        ref weights[((x + (16 * j)) * WeightStride) + (4 * y)], new Float4 { X = scores[j], Y = scores[4 + j], Z = scores[8 + j], W = scores[12 + j] });
                Group.Barrier();
                for (int i = 0; i < 8; i++)
                {
                    float kept = factors[(8 * warp) + i];
                    for (int d = 0; d < width / 32; d++) sums[(i * (width / 32)) + d] *= kept;
                }

                for (int key = 0; key < Keys; key += 4 * valueStep)
                {
                    Group.Barrier();
                    for (int i = 0; i < 4; i++) VectorAccess.Store4(ref slices[((valueRow + (i * valueStep)) * width) + valuePart], ahead[i]);
                    Group.Barrier();
                    for (int i = 0; i < 4; i++)
                    {
                        int row = key + (4 * valueStep) + valueRow + (i * valueStep);
                        ahead[i] = Four(v, image, row < Keys ? firstKey + row : positions, positions, valuePart, channels);
                    }

                    for (int step = 0; step < 4 * valueStep; step++)
                    {
                        left[0] = VectorAccess.Load4(ref weights[((key + step) * WeightStride) + (8 * warp)]);
                        left[1] = VectorAccess.Load4(ref weights[((key + step) * WeightStride) + (8 * warp) + 4]);
                        for (int part = 0; part < width / 128; part++)
                        {
                            Float4 value = VectorAccess.Load4(ref slices[(step * width) + (part * 128) + (lane * 4)]);
                            for (int i = 0; i < 8; i++)
                            {
                                float weight = i % 4 == 0 ? left[i / 4].X : i % 4 == 1 ? left[i / 4].Y : i % 4 == 2 ? left[i / 4].Z : left[i / 4].W;
                                int at = (i * (width / 32)) + (part * 4);
                                sums[at] += weight * value.X;
                                sums[at + 1] += weight * value.Y;
                                sums[at + 2] += weight * value.Z;
                                sums[at + 3] += weight * value.W;
                            }
                        }
                    }
                }
            }

            int slot = Grid.IdxX + tile; // one or the other is greater than those of the slot before
            for (int i = 0; i < 4; i++)
            {
                float total = totals[i];
                for (int mask = 1; mask < 16; mask *= 2) total += Warp.ShuffleXor(total, mask);
                if (x == 0) statistics[(slot * 2 * Queries) + (4 * y) + i] = tops[i];
                if (x == 0) statistics[(slot * 2 * Queries) + Queries + (4 * y) + i] = total;
            }

            for (int i = 0; i < 8; i++)
            {
                for (int part = 0; part < width / 128; part++)
                {
                    int at = (i * (width / 32)) + (part * 4);
                    VectorAccess.Store4(
                        ref partial[(((slot * Queries) + (8 * warp) + i) * width) + (part * 128) + (lane * 4)],
                        new Float4 { X = sums[at], Y = sums[at + 1], Z = sums[at + 2], W = sums[at + 3] });
                }
            }

            work += count;
        }
    }

    /// <summary>Four channels of a row; zeros beyond the last row and channel.</summary>
    private static Float4 Four(ArrayView<float> x, int image, int row, int rows, int channel, int channels)
    {
        Float4 four = default;
        if (row < rows && channel < channels) four = VectorAccess.Load4(ref x[image + (row * channels) + channel]);
        return four;
    }
}
