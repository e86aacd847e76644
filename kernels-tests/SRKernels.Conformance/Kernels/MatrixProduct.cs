using ILGPU;
using ILGPU.Runtime;
using SRKernels.Intrinsics;

namespace SRKernels.Conformance.Kernels;

/// <summary>C = A B, row-major: what the compiler must be good at.</summary>
public static class MatrixProduct
{
    /// <summary>
    /// 256 threads make a 128x128 tile of C, 8x8 each: rows 8 y .. 8 y + 7, columns 4 x .. 4 x + 3 and 64 + 4 x ... A goes through shared memory
    /// transposed, so that both operands are read as four floats at once. m and n are multiples of 128, k of 8.
    /// </summary>
    [Kernel(MaxThreads = 256)]
    public static void SharedTile128x128(ArrayView<float> a, ArrayView<float> b, ArrayView<float> c, int m, int n, int k)
    {
        ArrayView<float> tileA = SharedMemory.Allocate<float>(8 * 128);
        ArrayView<float> tileB = SharedMemory.Allocate<float>(8 * 128);
        ArrayView<float> sums = LocalMemory.Allocate<float>(64);
        ArrayView<float> column = LocalMemory.Allocate<float>(8);
        ArrayView<float> row = LocalMemory.Allocate<float>(8);
        ArrayView<Float4> wideA = a.AsAligned(16).Cast<Float4>();
        ArrayView<Float4> wideB = b.AsAligned(16).Cast<Float4>();
        ArrayView<Float4> wideC = c.AsAligned(16).Cast<Float4>();
        int thread = Group.IdxX;
        int x = thread % 16;
        int y = thread / 16;
        int rowA = thread / 2;
        int columnA = thread % 2;
        int rowB = thread / 32;
        int columnB = thread % 32;
        int fromA = ((((Grid.IdxY * 128) + rowA) * k) / 4) + columnA;
        int fromB = ((rowB * n) / 4) + (Grid.IdxX * 32) + columnB;
        for (int i = 0; i < 64; i++) sums[i] = 0;
        for (int from = 0; from < k; from += 8)
        {
            Float4 partA = wideA[fromA];
            Float4 partB = wideB[fromB];
            fromA += 2;
            fromB += 2 * n;
            Group.Barrier();
            tileA[(((columnA * 4) + 0) * 128) + rowA] = partA.X;
            tileA[(((columnA * 4) + 1) * 128) + rowA] = partA.Y;
            tileA[(((columnA * 4) + 2) * 128) + rowA] = partA.Z;
            tileA[(((columnA * 4) + 3) * 128) + rowA] = partA.W;
            tileB[(rowB * 128) + (columnB * 4) + 0] = partB.X;
            tileB[(rowB * 128) + (columnB * 4) + 1] = partB.Y;
            tileB[(rowB * 128) + (columnB * 4) + 2] = partB.Z;
            tileB[(rowB * 128) + (columnB * 4) + 3] = partB.W;
            Group.Barrier();
            for (int p = 0; p < 8; p++)
            {
                for (int i = 0; i < 8; i++) column[i] = tileA[(p * 128) + (y * 8) + i];
                for (int j = 0; j < 4; j++)
                {
                    row[j] = tileB[(p * 128) + (x * 4) + j];
                    row[j + 4] = tileB[(p * 128) + 64 + (x * 4) + j];
                }

                for (int i = 0; i < 8; i++)
                    for (int j = 0; j < 8; j++) sums[(i * 8) + j] += column[i] * row[j];
            }
        }

        int to = ((((Grid.IdxY * 128) + (y * 8)) * n) / 4) + (Grid.IdxX * 32) + x;
        for (int i = 0; i < 8; i++)
        {
            wideC[to] = new Float4 { X = sums[i * 8], Y = sums[(i * 8) + 1], Z = sums[(i * 8) + 2], W = sums[(i * 8) + 3] };
            wideC[to + 16] = new Float4 { X = sums[(i * 8) + 4], Y = sums[(i * 8) + 5], Z = sums[(i * 8) + 6], W = sums[(i * 8) + 7] };
            to += n / 4;
        }
    }
}
