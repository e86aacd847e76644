using ILGPU;
using ILGPU.Runtime;
using SRKernels.Intrinsics;

namespace SRKernels.Emulation.Native.Sample;

/// <summary>Kernels that ILGPU compiles here and our compiler at build time.</summary>
public static class Kernels
{
    public const int GroupThreads = 64;

    [Kernel]
    public static void Axpy(ArrayView<float> x, ArrayView<float> y, float a)
    {
        int i = Grid.GlobalIndex.X;
        if (i < y.Length) y[i] = (a * x[i]) + y[i];
    }

    /// <summary>Sums of all elements: lanes of a warp by shuffles, warps through shared memory behind a barrier, groups by an atomic addition.</summary>
    [Kernel]
    public static void Sum(ArrayView<int> x, ArrayView<int> total)
    {
        var warps = SharedMemory.Allocate<int>(GroupThreads / 32);
        int i = Grid.GlobalIndex.X;
        int sum = i < x.Length ? x[i] : 0;
        for (int delta = 16; delta > 0; delta >>= 1) sum += Warp.ShuffleDown(sum, delta);
        if (Warp.IsFirstLane) warps[Group.IdxX / 32] = sum;
        Group.Barrier();
        if (Group.IsFirstThread) Atomic.Add(ref total[0], warps[0] + warps[1]);
    }

    /// <summary>Reverses each group's elements through shared memory whose size comes with the launch.</summary>
    [Kernel]
    public static void Reverse(ArrayView<int> x)
    {
        var group = SharedMemory.GetDynamic<int>();
        int i = Grid.GlobalIndex.X;
        group[Group.IdxX] = x[i];
        Group.Barrier();
        x[i] = group[Group.DimX - 1 - Group.IdxX];
    }

    /// <summary>Writes one element behind the end.</summary>
    [Kernel]
    public static void PastTheEnd(ArrayView<int> x) => x[Grid.GlobalIndex.X + (int)x.Length] = 1;

    /// <summary>Half of each warp skips the barrier.</summary>
    [Kernel]
    public static void BarrierInABranch(ArrayView<int> x)
    {
        if (Group.IdxX % 2 == 0)
        {
            Group.Barrier();
            x[Group.IdxX] = 1;
        }
    }
}
