using ILGPU;
using SRKernels.Intrinsics;

namespace SRKernels.Conformance.Kernels;

/// <summary>What threads of a group and a warp do together.</summary>
public static class Groups
{
    [Kernel]
    public static void Indices(ArrayView<int> r)
    {
        int i = Grid.GlobalLinearIndex;
        int at = i * 4;
        r[at] = Group.IdxX + (Group.IdxY * 10) + (Group.IdxZ * 100) + (Group.LinearIndex * 1000);
        r[at + 1] = Grid.IdxX + (Grid.IdxY * 10) + (Grid.IdxZ * 100) + (Grid.LinearIndex * 1000);
        r[at + 2] = Group.DimX + (Group.DimY * 10) + (Group.DimZ * 100) + (Grid.DimX * 1000) + (Grid.DimY * 10000) + (
            Grid.DimZ * 100000);
        r[at + 3] = Warp.LaneIdx + (Warp.WarpIdx * 100) + (Warp.WarpSize * 1000) + (Group.IsFirstThread ? 100000 : 0)
            + (Warp.IsLastLane ? 200000 : 0);
    }

    [Kernel]
    public static void Reverse(ArrayView<int> a, ArrayView<int> r)
    {
        ArrayView<int> tile = SharedMemory.Allocate<int>(64);
        int i = Group.IdxX;
        tile[i] = a[i];
        Group.Barrier();
        r[i] = tile[63 - i];
    }

    [Kernel]
    public static void TreeSum(ArrayView<float> a, ArrayView<float> r)
    {
        ArrayView<float> tile = SharedMemory.Allocate<float>(128);
        int i = Group.IdxX;
        tile[i] = a[Grid.GlobalIndex.X];
        Group.Barrier();
        for (int step = 64; step > 0; step /= 2)
        {
            if (i < step) tile[i] += tile[i + step];
            Group.Barrier();
        }

        if (i == 0) r[Grid.IdxX] = tile[0];
    }

    [Kernel]
    public static void PrefixSum(ArrayView<int> a, ArrayView<int> r)
    {
        ArrayView<int> front = SharedMemory.Allocate<int>(64);
        ArrayView<int> back = SharedMemory.Allocate<int>(64);
        int i = Group.IdxX;
        front[i] = a[i];
        Group.Barrier();
        for (int step = 1; step < 64; step *= 2)
        {
            back[i] = i >= step ? front[i] + front[i - step] : front[i];
            Group.Barrier();
            front[i] = back[i];
            Group.Barrier();
        }

        r[i] = front[i];
    }

    [Kernel]
    public static void SharedScalar(ArrayView<int> a, ArrayView<int> r)
    {
        ref int first = ref SharedMemory.Allocate<int>();
        int i = Group.IdxX;
        if (i == 5) first = a[5];
        Group.Barrier();
        r[i] = first + i;
    }

    [Kernel]
    public static void DynamicShared(ArrayView<int> a, ArrayView<int> r)
    {
        ArrayView<int> tile = SharedMemory.GetDynamic<int>();
        int i = Group.IdxX;
        tile[i] = a[i];
        Group.Barrier();
        r[i] = tile[Group.DimX - 1 - i];
    }

    [Kernel]
    public static void BarrierCounts(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        int count = Group.BarrierPopCount(a[i] > 0);
        bool all = Group.BarrierAnd(a[i] != 12345);
        bool any = Group.BarrierOr(a[i] == 31);
        bool none = Group.BarrierOr(i > 1000);
        r[i] = count + (all ? 100 : 0) + (any ? 200 : 0) + (none ? 400 : 0);
    }

    [Kernel]
    public static void GroupBroadcast(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        r[i] = Group.Broadcast(a[i], 37) + Group.Broadcast(i, 3);
    }

    [Kernel]
    public static void Shuffles(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        int x = a[i];
        int at = i * 4;
        r[at] = Warp.Shuffle(x, (i * 7) & 31);
        r[at + 1] = Warp.ShuffleDown(x, 3);
        r[at + 2] = Warp.ShuffleUp(x, 5);
        r[at + 3] = Warp.ShuffleXor(x, 9);
    }

    [Kernel]
    public static void ShufflesOfWidth8(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        int x = a[i];
        int at = i * 4;
        r[at] = Warp.Shuffle(x, 5, 8);
        r[at + 1] = Warp.ShuffleDown(x, 3, 8);
        r[at + 2] = Warp.ShuffleUp(x, 2, 8);
        r[at + 3] = Warp.ShuffleXor(x, 4, 8);
    }

    [Kernel]
    public static void ShuffleTypes(ArrayView<float> a, ArrayView<double> r)
    {
        int i = Group.IdxX;
        float f = Warp.ShuffleXor(a[i], 1);
        double d = Warp.ShuffleXor(a[i] * 1.1, 2);
        long l = Warp.ShuffleDown((long)i << 33, 1);
        Complex32 c = Warp.ShuffleUp(new Complex32(a[i], i), 1);
        var h = Warp.Broadcast((ILGPU.Half)i, 4);
        r[i] = f + d + l + c.Re + (c.Im * 3) + h;
    }

    [Kernel]
    public static void WarpSum(ArrayView<float> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        float sum = a[i];
        for (int offset = 16; offset > 0; offset >>= 1) sum += Warp.ShuffleXor(sum, offset);
        if (Warp.IsFirstLane) r[Warp.WarpIdx] = sum;
    }

    [Kernel]
    public static void WarpBarriers(ArrayView<int> a, ArrayView<int> r)
    {
        ArrayView<int> tile = SharedMemory.Allocate<int>(64);
        int i = Group.IdxX;
        tile[i] = a[i];
        Warp.Barrier();
        r[i] = tile[i ^ 31];
    }

    [Kernel]
    public static void Fences(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        r[i] = a[i];
        MemoryFence.GroupLevel();
        MemoryFence.DeviceLevel();
        MemoryFence.SystemLevel();
        r[i] += 1;
    }

    [Kernel]
    public static void Transpose(ArrayView<float> a, ArrayView<float> r)
    {
        ArrayView<float> tile = SharedMemory.Allocate<float>(8 * 9);
        int x = Group.IdxX;
        int y = Group.IdxY;
        tile[(y * 9) + x] = a[(((Grid.IdxY * 8) + y) * 16) + (Grid.IdxX * 8) + x];
        Group.Barrier();
        r[(((Grid.IdxX * 8) + y) * 16) + (Grid.IdxY * 8) + x] = tile[(x * 9) + y];
    }

    [Kernel]
    public static void MatrixProduct(ArrayView<float> a, ArrayView<float> b, ArrayView<float> c)
    {
        const int Size = 16;
        ArrayView<float> tileA = SharedMemory.Allocate<float>(64);
        ArrayView<float> tileB = SharedMemory.Allocate<float>(64);
        int x = Group.IdxX;
        int y = Group.IdxY;
        int row = (Grid.IdxY * 8) + y;
        int column = (Grid.IdxX * 8) + x;
        float sum = 0;
        for (int k = 0; k < Size; k += 8)
        {
            tileA[(y * 8) + x] = a[(row * Size) + k + x];
            tileB[(y * 8) + x] = b[((k + y) * Size) + column];
            Group.Barrier();
            for (int j = 0; j < 8; j++) sum += tileA[(y * 8) + j] * tileB[(j * 8) + x];
            Group.Barrier();
        }

        c[(row * Size) + column] = sum;
    }

    [Kernel(MaxThreads = 64)]
    public static void RegisterTile(ArrayView<float> a, ArrayView<float> b, ArrayView<float> c)
    {
        ArrayView<float> sums = LocalMemory.Allocate<float>(4);
        int x = (Group.IdxX % 8) * 2;
        int y = (Group.IdxX / 8) * 2;
        for (int i = 0; i < 4; i++) sums[i] = 0;
        for (int k = 0; k < 16; k++)
        {
            for (int i = 0; i < 2; i++)
                for (int j = 0; j < 2; j++)
                    sums[(i * 2) + j] += a[((y + i) * 16) + k] * b[(k * 16) + x + j];
        }

        for (int i = 0; i < 2; i++)
            for (int j = 0; j < 2; j++)
                c[((y + i) * 16) + x + j] = sums[(i * 2) + j];
    }
}
