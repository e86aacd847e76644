using ILGPU;
using SRKernels.Intrinsics;

namespace SRKernels.Kernels.Gpu;

/// <summary>Kernels that do one thing as fast as a device can: what 100 % means in <c>srk bench</c>.</summary>
internal static class PeakKernels
{
    public const int Threads = 256;

    /// <summary>Chains of fused multiply-adds of a thread that do not wait for each other.</summary>
    public const int Chains = 64;

    /// <summary>Steps of each chain in a round.</summary>
    public const int Steps = 4;

    /// <summary>Products of a warp that do not wait for each other.</summary>
    public const int Products = 8;

    /// <summary>
    /// Each thread has <see cref="Chains"/> sums s, does s = s a + a in each of <see cref="Steps"/> x <paramref name="rounds"/> steps, and writes all of them by fours: a
    /// compiler for a processor can make vectors of them.
    /// </summary>
    [Kernel(MaxThreads = Threads)]
    public static void MultiplyAdds(ArrayView<float> y, float a, int rounds)
    {
        ArrayView<float> sums = LocalMemory.Allocate<float>(Chains);
        int thread = (Grid.IdxX * Group.DimX) + Group.IdxX;
        for (int i = 0; i < Chains; i++) sums[i] = thread + i;
        for (int round = 0; round < rounds; round++)
        {
            for (int step = 0; step < Steps; step++)
            {
                for (int i = 0; i < Chains; i++) sums[i] = (sums[i] * a) + a;
            }
        }

        for (int i = 0; i < Chains; i += 4)
        {
            Float4 four = default;
            four.X = sums[i];
            four.Y = sums[i + 1];
            four.Z = sums[i + 2];
            four.W = sums[i + 3];
            VectorAccess.Store4(ref y[(thread * Chains) + i], four);
        }
    }

    /// <summary>Thread i copies the four floats from 4 i on.</summary>
    [Kernel(MaxThreads = Threads)]
    public static void Copy(ArrayView<float> x, ArrayView<float> y, int count)
    {
        int first = ((Grid.IdxX * Group.DimX) + Group.IdxX) * 4;
        if (first + 3 < count) VectorAccess.Store4(ref y[first], VectorAccess.Load4(ref x[first]));
    }

    /// <summary>Each warp does <see cref="Products"/> independent 16x8x16 products, <paramref name="rounds"/> times.</summary>
    [Kernel(MaxThreads = Threads, Sm = 80)]
    public static void BFloat16Products(ArrayView<float> y, int bits, int rounds)
    {
        ArrayView<Accumulator4> sums = LocalMemory.Allocate<Accumulator4>(Products);
        Registers4 a = default;
        Registers2 b = default;
        a.R0 = (uint)bits;
        a.R1 = (uint)bits;
        a.R2 = (uint)bits;
        a.R3 = (uint)bits;
        b.R0 = (uint)bits;
        b.R1 = (uint)bits;
        for (int i = 0; i < Products; i++) sums[i] = default;
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < Products; i++) sums[i] = TensorCore.MultiplyAddBFloat16(a, b, sums[i]);
        }

        float sum = 0;
        for (int i = 0; i < Products; i++) sum += sums[i].C0 + sums[i].C1 + sums[i].C2 + sums[i].C3;
        y[(Grid.IdxX * Group.DimX) + Group.IdxX] = sum;
    }
}
