using ILGPU;
using SRKernels.Intrinsics;

namespace SRKernels.Conformance.Kernels;

/// <summary>C = A B on tensor cores: bfloat16 operands, float sums, row-major.</summary>
public static class TensorProduct
{
    private const int StrideA = 24; // 16 columns and 8 of padding: the rows that ldmatrix reads lie in different banks
    private const int StrideB = 72; // 64 columns and 8 of padding

    /// <summary>
    /// Four warps make a 64x64 tile of C, 32x32 each: warp w has rows 32 (w / 2) .., columns 32 (w % 2) ... Two stages: while one 16-deep slice is multiplied,
    /// cp.async brings the next. m and n are multiples of 64, k of 16.
    /// </summary>
    [Kernel(Sm = 80, MaxThreads = 128)]
    public static void TwoStages64x64(ArrayView<BFloat16> a, ArrayView<BFloat16> b, ArrayView<float> c, int m, int n, int k)
    {
        ArrayView<BFloat16> tileA = SharedMemory.Allocate<BFloat16>(2 * 64 * StrideA);
        ArrayView<BFloat16> tileB = SharedMemory.Allocate<BFloat16>(2 * 16 * StrideB);
        ArrayView<Accumulator4> sums = LocalMemory.Allocate<Accumulator4>(8);
        int thread = Group.IdxX;
        int lane = thread % 32;
        int warp = thread / 32;
        int firstRow = (warp / 2) * 32;
        int firstColumn = (warp % 2) * 32;

        // Each thread copies eight values of A and eight of B a slice; neighbours take neighbouring rows of A, which lie in different banks.
        int rowA = thread % 64;
        int columnA = (thread / 64) * 8;
        int rowB = thread / 8;
        int columnB = (thread % 8) * 8;
        int fromA = (((Grid.IdxY * 64) + rowA) * k) + columnA;
        int fromB = (rowB * n) + (Grid.IdxX * 64) + columnB;
        int toA = (rowA * StrideA) + columnA;
        int toB = (rowB * StrideB) + columnB;
        AsyncCopy.Copy16(ref tileA[toA], ref a[fromA]);
        AsyncCopy.Copy16(ref tileB[toB], ref b[fromB]);
        AsyncCopy.Commit();
        for (int i = 0; i < 8; i++) sums[i] = default;

        int stage = 0;
        for (int from = 0; from < k; from += 16)
        {
            AsyncCopy.Wait(0);
            Group.Barrier();
            int next = 1 - stage;
            if (from + 16 < k)
            {
                fromA += 16;
                fromB += 16 * n;
                AsyncCopy.Copy16(ref tileA[(next * 64 * StrideA) + toA], ref a[fromA]);
                AsyncCopy.Copy16(ref tileB[(next * 16 * StrideB) + toB], ref b[fromB]);
            }

            AsyncCopy.Commit();
            int baseA = (stage * 64 * StrideA) + ((firstRow + (lane % 16)) * StrideA) + ((lane / 16) * 8);
            int baseB = (stage * 16 * StrideB) + ((lane % 16) * StrideB) + firstColumn;
            Registers4 top = TensorCore.LoadMatrix4(ref tileA[baseA]);
            Registers4 bottom = TensorCore.LoadMatrix4(ref tileA[baseA + (16 * StrideA)]);
            for (int j = 0; j < 4; j++)
            {
                Registers2 right = TensorCore.LoadMatrix2Transposed(ref tileB[baseB + (j * 8)]);
                sums[j] = TensorCore.MultiplyAddBFloat16(top, right, sums[j]);
                sums[4 + j] = TensorCore.MultiplyAddBFloat16(bottom, right, sums[4 + j]);
            }

            stage = next;
        }

        int row = (Grid.IdxY * 64) + firstRow + (lane / 4);
        int column = (Grid.IdxX * 64) + firstColumn + ((lane % 4) * 2);
        for (int i = 0; i < 2; i++)
        {
            for (int j = 0; j < 4; j++)
            {
                Accumulator4 sum = sums[(i * 4) + j];
                int to = ((row + (16 * i)) * n) + column + (8 * j);
                c[to] = sum.C0;
                c[to + 1] = sum.C1;
                c[to + (8 * n)] = sum.C2;
                c[to + (8 * n) + 1] = sum.C3;
            }
        }
    }
}
