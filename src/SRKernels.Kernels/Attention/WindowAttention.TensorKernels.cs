using ILGPU;
using ILGPU.Runtime;
using SRKernels.Intrinsics;

namespace SRKernels.Kernels.Attention;

/// <summary>Attention inside windows on tensor cores: operands in 16 bits, scores, softmax and sums in fp32 registers.</summary>
internal static class WindowAttentionTensorKernels
{
    /// <summary>Tokens of a window at most.</summary>
    internal const int Tokens = 64;

    /// <summary>Threads of a group: four warps.</summary>
    internal const int Threads = 128;

    /// <summary>
    /// A group has a window and a head, a warp sixteen of its queries, all keys and all channels; nothing passes between warps but k and v, which lie in
    /// shared memory in 16 bits. Scores start at what bias and mask say, and become the left operand of the second product where they are. Grid: heads,
    /// windows of an image, images. <paramref name="side"/>: rows and columns of a window, compiled in; 0: as <paramref name="window"/> says.
    /// </summary>
    /// <remarks>
    /// bias: [2, heads, 4 warps, 8 eights of keys, 32 lanes, 4], as the lanes hold scores, without and with the mask, times log2(e); keys beyond the last at
    /// a score that takes no part. scale: d^-1/2 log2(e). Source: spec §3.4, §3.5.
    /// </remarks>
    [Kernel(MaxThreads = Threads, MinGroups = 4, Sm = 80)]
    [Specialize(Values = [16, 8, false])]
    [Specialize(Values = [16, 8, true])]
    [Specialize(Values = [16, 0, false])]
    [Specialize(Values = [16, 0, true])]
    [Specialize(Values = [32, 8, false])]
    [Specialize(Values = [32, 8, true])]
    [Specialize(Values = [32, 0, false])]
    [Specialize(Values = [32, 0, true])]
    [Specialize(Values = [64, 8, false])]
    [Specialize(Values = [64, 8, true])]
    public static void SixteenQueriesPerWarp(
        ArrayView<float> qkv, ArrayView<float> bias, ArrayView<float> y, int h, int w, int window, int shift, float scale,
        SpecializedValue<int> dim, SpecializedValue<int> side, SpecializedValue<bool> half)
    {
        ArrayView<short> shared = SharedMemory.Allocate<short>(2 * Tokens * dim).AsAligned(16); // keys, then values
        ArrayView<Accumulator4> scores = LocalMemory.Allocate<Accumulator4>(8);
        ArrayView<Accumulator4> sums = LocalMemory.Allocate<Accumulator4>(dim / 8);
        ArrayView<Registers4> q = LocalMemory.Allocate<Registers4>(dim / 16);
        int values = Tokens * dim;
        int thread = Group.IdxX;
        int lane = thread % 32;
        int warp = thread / 32;
        int size = side == 0 ? window : side;
        int tokens = size * size;
        int heads = Grid.DimX;
        int embedding = heads * dim;
        int windowColumns = w / size;
        int windowRow = Grid.IdxY / windowColumns;
        int firstRow = (windowRow * size) + shift;
        int firstColumn = ((Grid.IdxY - (windowRow * windowColumns)) * size) + shift;
        int image = Grid.IdxZ * h * w;
        int channel = Grid.IdxX * dim;

        // Four channels of k and of v a thread and time.
        int part = thread % (dim / 4) * 4;
        int first = thread / (dim / 4);
        for (int i = 0; i < dim / 8; i++)
        {
            int token = first + (i * (4 * Threads / dim));
            int pixel = image + WindowAttentionKernels.Pixel(token < tokens ? token : 0, size, firstRow, firstColumn, h, w);
            int from = (pixel * 3 * embedding) + channel + part;
            Float4 k = VectorAccess.Load4(ref qkv[from + embedding]);
            Float4 v = VectorAccess.Load4(ref qkv[from + (2 * embedding)]);
            int to = Place(token, part / 8, dim) + (part % 8);
            VectorAccess.StoreBits2(ref shared[to], new Registers2 { R0 = Pack(k.X, k.Y, half), R1 = Pack(k.Z, k.W, half) });
            VectorAccess.StoreBits2(ref shared[values + to], new Registers2 { R0 = Pack(v.X, v.Y, half), R1 = Pack(v.Z, v.W, half) });
        }

        // The lane's two queries, as the left operand.
        int upper = (warp * 16) + (lane / 4);
        int lower = upper + 8;
        int upperPixel = image + WindowAttentionKernels.Pixel(upper < tokens ? upper : 0, size, firstRow, firstColumn, h, w);
        int lowerPixel = image + WindowAttentionKernels.Pixel(lower < tokens ? lower : 0, size, firstRow, firstColumn, h, w);
        int column = channel + (lane % 4 * 2);
        for (int step = 0; step < dim / 16; step++)
        {
            int fromUpper = (upperPixel * 3 * embedding) + column + (step * 16);
            int fromLower = (lowerPixel * 3 * embedding) + column + (step * 16);
            q[step] = new Registers4
            {
                R0 = Scaled(qkv, fromUpper, scale, half), R1 = Scaled(qkv, fromLower, scale, half),
                R2 = Scaled(qkv, fromUpper + 8, scale, half), R3 = Scaled(qkv, fromLower + 8, scale, half),
            };
        }

        bool isMasked = shift > 0 && windowRow == (h / size) - 1;
        int fromBias = ((((((isMasked ? heads : 0) + Grid.IdxX) * 4) + warp) * 8 * 32) + lane) * 4;
        for (int n = 0; n < 8; n++)
        {
            Float4 start = VectorAccess.Load4(ref bias[fromBias + (n * 32 * 4)]);
            scores[n] = new Accumulator4 { C0 = start.X, C1 = start.Y, C2 = start.Z, C3 = start.W };
        }

        Group.Barrier();
        int keyRow = (lane % 8) + (lane / 16 * 8);
        for (int step = 0; step < dim / 16; step++)
        {
            int at = Place(keyRow, (step * 2) + (lane / 8 % 2), dim);
            for (int pair = 0; pair < 4; pair++)
            {
                Registers4 b = TensorCore.LoadMatrix4(ref shared[at + (pair * 16 * dim)]);
                scores[2 * pair] = MultiplyAdd(q[step], new Registers2 { R0 = b.R0, R1 = b.R1 }, scores[2 * pair], half);
                scores[(2 * pair) + 1] = MultiplyAdd(q[step], new Registers2 { R0 = b.R2, R1 = b.R3 }, scores[(2 * pair) + 1], half);
            }
        }

        float topUpper = scores[0].C0;
        float topLower = scores[0].C2;
        for (int n = 0; n < 8; n++)
        {
            topUpper = FastMath.MaxNumber(topUpper, FastMath.MaxNumber(scores[n].C0, scores[n].C1));
            topLower = FastMath.MaxNumber(topLower, FastMath.MaxNumber(scores[n].C2, scores[n].C3));
        }

        topUpper = FastMath.MaxNumber(topUpper, Warp.ShuffleXor(topUpper, 1));
        topLower = FastMath.MaxNumber(topLower, Warp.ShuffleXor(topLower, 1));
        topUpper = FastMath.MaxNumber(topUpper, Warp.ShuffleXor(topUpper, 2));
        topLower = FastMath.MaxNumber(topLower, Warp.ShuffleXor(topLower, 2));
        float totalUpper = 0;
        float totalLower = 0;
        for (int n = 0; n < 8; n++)
        {
            Accumulator4 weight = scores[n];
            weight.C0 = FastMath.Exp2(weight.C0 - topUpper);
            weight.C1 = FastMath.Exp2(weight.C1 - topUpper);
            weight.C2 = FastMath.Exp2(weight.C2 - topLower);
            weight.C3 = FastMath.Exp2(weight.C3 - topLower);
            totalUpper += weight.C0 + weight.C1;
            totalLower += weight.C2 + weight.C3;
            scores[n] = weight;
        }

        for (int n = 0; n < dim / 8; n++) sums[n] = default;
        int valueRow = lane % 16;
        for (int step = 0; step < 4; step++)
        {
            Accumulator4 left = scores[2 * step];
            Accumulator4 right = scores[(2 * step) + 1];
            Registers4 a = new Registers4
            {
                R0 = Pack(left.C0, left.C1, half), R1 = Pack(left.C2, left.C3, half), R2 = Pack(right.C0, right.C1, half), R3 = Pack(right.C2, right.C3, half),
            };
            for (int pair = 0; pair < dim / 16; pair++)
            {
                int at = values + Place(valueRow, (pair * 2) + (lane / 16), dim) + (step * 16 * dim);
                Registers4 b = TensorCore.LoadMatrix4Transposed(ref shared[at]);
                sums[2 * pair] = MultiplyAdd(a, new Registers2 { R0 = b.R0, R1 = b.R1 }, sums[2 * pair], half);
                sums[(2 * pair) + 1] = MultiplyAdd(a, new Registers2 { R0 = b.R2, R1 = b.R3 }, sums[(2 * pair) + 1], half);
            }
        }

        totalUpper += Warp.ShuffleXor(totalUpper, 1);
        totalLower += Warp.ShuffleXor(totalLower, 1);
        totalUpper += Warp.ShuffleXor(totalUpper, 2);
        totalLower += Warp.ShuffleXor(totalLower, 2);
        float shareUpper = 1 / totalUpper;
        float shareLower = 1 / totalLower;
        for (int n = 0; n < dim / 8; n++)
        {
            Accumulator4 sum = sums[n];
            if (upper < tokens)
                VectorAccess.Store2(ref y[(upperPixel * embedding) + column + (n * 8)], new Float2 { X = sum.C0 * shareUpper, Y = sum.C1 * shareUpper });
            if (lower < tokens)
                VectorAccess.Store2(ref y[(lowerPixel * embedding) + column + (n * 8)], new Float2 { X = sum.C2 * shareLower, Y = sum.C3 * shareLower });
        }
    }

    /// <summary>
    /// Where eight channels of a token lie: parts of a row are exchanged by the row's number so that eight rows of a matrix load meet every bank once.
    /// </summary>
    private static int Place(int token, int part, int dim)
    {
        int parts = dim / 8;
        return (token * dim) + ((part ^ (token / (8 / parts) % parts)) * 8);
    }

    private static uint Scaled(ArrayView<float> qkv, int from, float scale, bool half)
    {
        Float2 two = VectorAccess.Load2(ref qkv[from]);
        return Pack(two.X * scale, two.Y * scale, half);
    }

    private static Accumulator4 MultiplyAdd(Registers4 a, Registers2 b, Accumulator4 c, bool half) =>
        half ? TensorCore.MultiplyAddHalf(a, b, c) : TensorCore.MultiplyAddBFloat16(a, b, c);

    private static uint Pack(float low, float high, bool half) => half ? TensorCore.PackHalf(low, high) : TensorCore.PackBFloat16(low, high);
}
