using ILGPU;
using SRKernels.Intrinsics;

namespace SRKernels.Conformance.Kernels;

/// <summary>Atomic operations whose result does not depend on the order of the threads.</summary>
public static class Atomics
{
    [Kernel]
    public static void Integers(ArrayView<int> a, ArrayView<int> r)
    {
        int x = a[Grid.GlobalIndex.X];
        Atomic.Add(ref r[0], x);
        Atomic.Min(ref r[1], x);
        Atomic.Max(ref r[2], x);
        Atomic.And(ref r[3], x);
        Atomic.Or(ref r[4], x);
        Atomic.Xor(ref r[5], x);
    }

    [Kernel]
    public static void UnsignedIntegers(ArrayView<uint> a, ArrayView<uint> r)
    {
        uint x = a[Grid.GlobalIndex.X];
        Atomic.Add(ref r[0], x);
        Atomic.Min(ref r[1], x);
        Atomic.Max(ref r[2], x);
    }

    [Kernel]
    public static void LongIntegers(ArrayView<long> a, ArrayView<long> r)
    {
        long x = a[Grid.GlobalIndex.X];
        Atomic.Add(ref r[0], x);
        Atomic.Min(ref r[1], x);
        Atomic.Max(ref r[2], x);
        Atomic.Xor(ref r[5], x);
    }

    [Kernel]
    public static void UnsignedLongIntegers(ArrayView<ulong> a, ArrayView<ulong> r)
    {
        ulong x = a[Grid.GlobalIndex.X];
        Atomic.Min(ref r[1], x);
        Atomic.Max(ref r[2], x);
        Atomic.And(ref r[3], x);
        Atomic.Or(ref r[4], x);
    }

    [Kernel]
    public static void FloatSum(ArrayView<float> a, ArrayView<float> r) =>
        Atomic.Add(ref r[Group.IdxX & 3], a[Grid.GlobalIndex.X]);

    [Kernel]
    public static void DoubleSum(ArrayView<double> a, ArrayView<double> r) =>
        Atomic.Add(ref r[Group.IdxX & 3], a[Grid.GlobalIndex.X]);

    [Kernel]
    public static void FloatExtremes(ArrayView<float> a, ArrayView<float> r)
    {
        Atomic.Min(ref r[0], a[Grid.GlobalIndex.X]);
        Atomic.Max(ref r[1], a[Grid.GlobalIndex.X]);
    }

    [Kernel]
    public static void Histogram(ArrayView<int> a, ArrayView<int> r)
    {
        ArrayView<int> bins = SharedMemory.Allocate<int>(16);
        int i = Group.IdxX;
        if (i < 16) bins[i] = 0;
        Group.Barrier();
        Atomic.Add(ref bins[a[Grid.GlobalIndex.X] & 15], 1);
        Group.Barrier();
        if (i < 16) Atomic.Add(ref r[i], bins[i]);
    }

    [Kernel]
    public static void Exchanges(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        int old = Atomic.Exchange(ref r[i], a[i]);
        int seen = Atomic.CompareExchange(ref r[i], a[i], a[i] + 1);
        int unseen = Atomic.CompareExchange(ref r[i], a[i] + 5, 77);
        a[i] = old + (seen * 3) + (unseen * 5);
    }

    [Kernel]
    public static void FloatExchanges(ArrayView<float> a, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        float old = Atomic.Exchange(ref r[i], a[i]);
        float seen = Atomic.CompareExchange(ref r[i], a[i], 2.5f);
        a[i] = old + seen;
    }

    [Kernel]
    public static void CompareExchangeLoop(ArrayView<int> a, ArrayView<int> r)
    {
        int x = a[Grid.GlobalIndex.X] & 0xFF;
        int old = r[0];
        while (true)
        {
            int seen = Atomic.CompareExchange(ref r[0], old, old + (x * 2));
            if (seen == old) break;
            old = seen;
        }
    }
}
