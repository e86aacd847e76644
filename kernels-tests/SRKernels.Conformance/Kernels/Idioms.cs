using System.Runtime.CompilerServices;
using ILGPU;
using SRKernels.Intrinsics;

namespace SRKernels.Conformance.Kernels;

/// <summary>A running mean and sum of squares; changed through <c>this</c>.</summary>
public struct Moments
{
    public float Mean;
    public float Squares;
    public int Count;

    public void Add(float x)
    {
        Count++;
        float delta = x - Mean;
        Mean += delta / Count;
        Squares += delta * (x - Mean);
    }

    public static Moments operator +(in Moments a, in Moments b) =>
        new() { Mean = a.Mean + b.Mean, Squares = a.Squares + b.Squares, Count = a.Count + b.Count };
}

public struct Pair<TFirst, TSecond>(TFirst first, TSecond second)
    where TFirst : unmanaged
    where TSecond : unmanaged
{
    public TFirst First = first;
    public TSecond Second = second;

    public readonly Pair<TSecond, TFirst> Swapped => new(Second, First);
}

/// <summary>How kernels of this project are written: helpers with references in loops, views that move, local
/// functions.</summary>
public static class Idioms
{
    [Kernel]
    public static void MutatingStructInLoop(ArrayView<float> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        var moments = default(Moments);
        for (int k = 0; k < 8; k++) moments.Add(a[(i + k) & 63]);
        Moments twice = moments + moments;
        r[i] = twice.Mean + twice.Squares + twice.Count;
    }

    [Kernel]
    public static void ReferenceArgumentsInLoops(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        int low = int.MaxValue;
        int high = int.MinValue;
        for (int k = 0; k < 6; k++)
        {
            if ((k & 1) == 0) Track(ref low, ref high, a[(i + k) & 63]);
            else Track(ref low, ref high, k);
        }

        Accumulate(ref r[i], a, i, 5);
        r[i] += low ^ high;
    }

    [Kernel]
    public static void LocalFunctions(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        int bias = 3;
        r[i] = Scaled(a[i]) + Biased(i);

        static int Scaled(int x) => x > 0 ? x / 2 : x * 2;

        int Biased(int x) => x + bias;
    }

    [Kernel]
    public static void ChosenViews(ArrayView<int> a, ArrayView<int> b, ArrayView<int> r)
    {
        int i = Group.IdxX;
        ArrayView<int> source = (i & 3) == 0 ? a : b.SubView(8);
        r[i] = source[i & 31] + source.IntLength;
    }

    [Kernel]
    public static void MovingView(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        ArrayView<int> rest = a;
        int sum = 0;
        while (rest.Length > 16)
        {
            sum = (sum * 5) + rest[i & 7];
            rest = rest.SubView(i % 3 == 0 ? 8 : 16);
        }

        r[i] = sum;
    }

    [Kernel]
    public static void GenericPairs(ArrayView<int> a, ArrayView<double> r)
    {
        int i = Group.IdxX;
        var pair = new Pair<Pair<int, float>, double>(new Pair<int, float>(a[i], 0.5f), i);
        Pair<double, Pair<int, float>> swapped = pair.Swapped;
        swapped.Second.First /= 3;
        r[i] = swapped.First + (swapped.Second.First * swapped.Second.Second);
    }

    [Kernel]
    public static void UnsafeAddresses(ArrayView<float> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        ref float first = ref a[0];
        float x = Unsafe.Add(ref first, i);
        r[i] = Unsafe.As<float, int>(ref Unsafe.Add(ref first, 63 - i)) ^ Unsafe.BitCast<float,
            int>(x) ^ BitConverter.SingleToInt32Bits(x + 1);
    }

    [Kernel]
    public static void EnumSwitch(ArrayView<byte> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        r[i] = (Direction)(a[i] % 8) switch
        {
            Direction.Up => 100 + i,
            Direction.Down => 200 - i,
            Direction.Left => 300 * i,
            _ => -1,
        };
    }

    [Kernel]
    public static void ManyParameters(
        ArrayView<int> a, ArrayView<int> r, int x, long y, float z, double w)
    {
        int i = Group.IdxX;
        r[i] = a[i] + x + (int)(y >> 33) + (int)(z * w);
    }

    [Kernel]
    public static void SharedStages(ArrayView<float> a, ArrayView<float> r)
    {
        ArrayView<float> stages = SharedMemory.Allocate<float>(2 * 64);
        int i = Group.IdxX;
        stages[i] = a[i];
        float sum = 0;
        for (int step = 0; step < 5; step++)
        {
            ArrayView<float> now = stages.SubView((step & 1) * 64, 64);
            ArrayView<float> next = stages.SubView((~step & 1) * 64, 64);
            Group.Barrier();
            sum += now[63 - i];
            next[i] = now[i ^ 1] + step;
        }

        r[i] = sum;
    }

    [Kernel]
    public static void AccumulatorTile(ArrayView<float> a, ArrayView<float> r)
    {
        ArrayView<Accumulator4> tile = LocalMemory.Allocate<Accumulator4>(4);
        int i = Group.IdxX;
        for (int k = 0; k < 4; k++) tile[k] = default;
        for (int step = 0; step < 3; step++)
            for (int k = 0; k < 4; k++)
            {
                ref Accumulator4 sum = ref tile[k];
                sum.C0 += a[(i + k) & 63];
                sum.C1 -= sum.C0;
                sum.C2 = sum.C1 * 2;
                sum.C3 += step;
            }

        Accumulator4 last = tile[3];
        r[i] = tile[0].C0 + tile[1].C1 + tile[2].C2 + last.C3;
    }

    private static void Track(ref int low, ref int high, int x)
    {
        for (int k = 0; k < 2; k++)
        {
            if (x + k < low) low = x + k;
            if (x - k > high) high = x - k;
        }
    }

    private static void Accumulate(ref int target, in ArrayView<int> a, int i, int count)
    {
        for (int k = 0; k < count; k++) target += a[(i + k) & 63];
    }
}
