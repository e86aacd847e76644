using System.Numerics;
using ILGPU;
using ILGPU.Runtime;
using SRKernels.Intrinsics;

namespace SRKernels.Conformance.Kernels;

public struct Complex32(float re, float im)
{
    public float Re = re;
    public float Im = im;

    public static Complex32 operator +(Complex32 a, Complex32 b) => new(a.Re + b.Re, a.Im + b.Im);

    public static Complex32 operator *(Complex32 a, Complex32 b) =>
        new((a.Re * b.Re) - (a.Im * b.Im), (a.Re * b.Im) + (a.Im * b.Re));

    public readonly float Norm() => (Re * Re) + (Im * Im);

    public void Scale(float factor)
    {
        Re *= factor;
        Im *= factor;
    }
}

public struct Mixed
{
    public byte Tag;
    public int Count;
    public short Small;
    public double Weight;
    public bool Flag;
}

public struct Outer
{
    public Complex32 First;
    public int Between;
    public Complex32 Second;
}

public struct ScaledView(ArrayView<float> data, float factor)
{
    public ArrayView<float> Data = data;
    public float Factor = factor;

    public readonly float Get(int i) => Data[i] * Factor;
}

public enum Direction : byte
{
    Up,
    Down = 5,
    Left,
}

public interface IBinaryOperation<T>
{
    static abstract T Identity { get; }

    static abstract T Apply(T a, T b);

    static virtual int Cost => 1;
}

public readonly struct AddInts : IBinaryOperation<int>
{
    public static int Identity => 0;

    public static int Apply(int a, int b) => a + b;
}

public readonly struct MaxFloats : IBinaryOperation<float>
{
    public static float Identity => float.NegativeInfinity;

    public static int Cost => 3;

    static float IBinaryOperation<float>.Apply(float a, float b) => MathF.Max(a, b);
}

public interface ITileConfig
{
    static abstract int Rows { get; }

    static abstract int Columns { get; }

    static virtual bool Transposed => false;
}

public readonly struct Tile4x8 : ITileConfig
{
    public static int Rows => 4;

    public static int Columns => 8;
}

public readonly struct Tile8x8Transposed : ITileConfig
{
    public static int Rows => 8;

    public static int Columns => 8;

    public static bool Transposed => true;
}

public interface IShape
{
    float Area();
}

public struct Square(float side) : IShape
{
    public float Side = side;

    public readonly float Area() => Side * Side;
}

/// <summary>Structs by value and by reference, generics, static abstract members, references.</summary>
public static class Structs
{
    private const int Offset = 11;
    private static readonly int s_factor = 7;
    private static readonly float s_bias = 0.25f;

    [Kernel]
    public static void StructArithmetic(ArrayView<Complex32> a, ArrayView<Complex32> r)
    {
        int i = Group.IdxX;
        Complex32 x = a[i];
        r[i] = (x * x) + new Complex32(1, -2);
    }

    [Kernel]
    public static void StructMethods(ArrayView<Complex32> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        Complex32 x = a[i];
        x.Scale(2);
        a[i].Scale(3);
        r[i] = x.Norm() + a[i].Norm();
    }

    [Kernel]
    public static void MixedLayout(ArrayView<Mixed> a, ArrayView<double> r)
    {
        int i = Group.IdxX;
        Mixed m = a[i];
        m.Count += m.Tag;
        m.Flag = !m.Flag;
        m.Small--;
        a[i] = m;
        r[i] = m.Count + (m.Weight * m.Small) + (a[i].Flag ? 1000 : 0);
    }

    [Kernel]
    public static void NestedStructs(ArrayView<Outer> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        Outer x = a[i];
        x.Second.Im = x.First.Re + x.Between;
        x.First = x.Second;
        a[i].Second = x.First;
        r[i] = a[i].Second.Im + x.First.Norm();
    }

    [Kernel]
    public static void StructsInLoops(ArrayView<float> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        var z = new Complex32(0, 0);
        var c = new Complex32(a[i] / 8, a[63 - i] / 8);
        int n = 0;
        while (n < 20 && z.Norm() < 4)
        {
            z = (z * z) + c;
            n++;
        }

        r[i] = n;
    }

    [Kernel]
    public static void StructParameter(Outer value, ArrayView<float> r)
    {
        int i = Group.IdxX;
        r[i] = (value.First.Re * i) + value.Between + value.Second.Im;
    }

    [Kernel]
    public static void StructOfViews(ArrayView<float> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        var view = new ScaledView(a.SubView(8, 32), 3);
        r[i] = view.Get(i & 31) + view.Data.IntLength;
    }

    [Kernel]
    public static void StructsInSharedMemory(ArrayView<Complex32> a, ArrayView<Complex32> r)
    {
        ArrayView<Complex32> tile = SharedMemory.Allocate<Complex32>(64);
        int i = Group.IdxX;
        tile[i] = a[i];
        Group.Barrier();
        r[i] = tile[63 - i];
    }

    [Kernel]
    public static void Tuples(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        (int low, int high) = MinMax(a[i], a[63 - i]);
        r[i] = (low * 3) ^ high;
    }

    [Kernel]
    public static void OutParameters(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        Split(a[i], out int low, out int high);
        Swap(ref low, ref high);
        Swap(ref r[i], ref a[i]);
        r[i] += low - (2 * high);
    }

    [Kernel]
    public static void InParameters(ArrayView<Complex32> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        Complex32 x = a[i];
        r[i] = Dot(in x, in a[63 - i]);
    }

    [Kernel]
    public static void RefLocals(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        ref int place = ref r[i];
        for (int k = 0; k < 4; k++) place += a[(i + k) & 63];
        int local = 3;
        ref int alias = ref local;
        for (int k = 0; k < 3; k++) alias *= 2;
        place += local;
    }

    [Kernel]
    public static void Enums(ArrayView<byte> a, ArrayView<int> r)
    {
        int i = Group.IdxX;
        var d = (Direction)(a[i] % 8);
        r[i] = d == Direction.Down ? 50 : d > Direction.Down ? (int)d : -1;
    }

    [Kernel]
    public static void Constants(ArrayView<float> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        r[i] = (a[i] * s_factor) + Offset + s_bias;
    }

    [Kernel]
    [Specialize(typeof(int), typeof(AddInts))]
    [Specialize(typeof(float), typeof(MaxFloats))]
    public static void Reduce<T, TOperation>(ArrayView<T> a, ArrayView<T> r)
        where T : unmanaged
        where TOperation : struct, IBinaryOperation<T>
    {
        int i = Group.IdxX;
        T sum = TOperation.Identity;
        for (int k = 0; k < 4 * TOperation.Cost; k++) sum = TOperation.Apply(sum, a[(i + k) & 63]);
        r[i] = sum;
    }

    [Kernel(Contract = false)]
    [Specialize(typeof(int))]
    [Specialize(typeof(float))]
    [Specialize(typeof(double))]
    [Specialize(typeof(long))]
    public static void Polynomial<T>(ArrayView<T> a, ArrayView<T> r)
        where T : unmanaged, INumber<T>
    {
        int i = Group.IdxX;
        T x = a[i];
        T y = ((x * x) + (x - T.One)) * T.CreateTruncating(3);
        r[i] = x > T.Zero ? y : -y + T.Max(x, T.One);
    }

    [Kernel]
    [Specialize(typeof(Tile4x8))]
    [Specialize(typeof(Tile8x8Transposed))]
    public static void Configured<TConfig>(ArrayView<float> a, ArrayView<float> r)
        where TConfig : struct, ITileConfig
    {
        ArrayView<float> tile = SharedMemory.Allocate<float>(TConfig.Rows * TConfig.Columns);
        int i = Group.IdxX;
        if (i < TConfig.Rows * TConfig.Columns)
        {
            int row = i / TConfig.Columns;
            int column = i % TConfig.Columns;
            tile[TConfig.Transposed ? (column * TConfig.Rows) + row : i] = a[i];
        }

        Group.Barrier();
        if (i < TConfig.Rows * TConfig.Columns) r[i] = tile[i];
    }

    [Kernel]
    public static void ConstrainedCalls(ArrayView<float> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        r[i] = TwiceTheArea(new Square(a[i]));
    }

    [Kernel]
    [Specialize(Values = [3])]
    [Specialize(Values = [10])]
    public static void Specialized(ArrayView<int> a, ArrayView<int> r, SpecializedValue<int> steps)
    {
        int i = Group.IdxX;
        int sum = 0;
        for (int k = 0; k < steps.Value; k++) sum += a[(i + (k * steps)) & 63];
        r[i] = sum;
    }

    [Kernel]
    [Specialize(Values = [3])]
    public static void GatherByMultiples(ArrayView<int> a, ArrayView<int> r, SpecializedValue<int> steps)
    {
        int i = Group.IdxX;
        r[i] = a[(i * steps) & 63];
    }

    [Kernel]
    public static void Indices(ArrayView<int> r)
    {
        var index = new Index2D(Grid.IdxX, Group.IdxX);
        Index2D moved = (index * new Index2D(2, 3)) + Index2D.One;
        var extent = new LongIndex2D(100, 200);
        long size = extent.Size;
        int i = Grid.GlobalLinearIndex;
        r[i] = moved.X + (moved.Y * 100) + (int)size + (index.InBounds(new Index2D(2, 20)) ? 1 : 0)
            + Grid.GlobalIndex.X;
    }

    [Kernel]
    public static void Views2D(ArrayView<int> a, ArrayView<int> r)
    {
        ArrayView2D<int, Stride2D.DenseX> tile = SharedMemory.Allocate2DDenseX<int>(new Index2D(9, 8));
        int i = Group.IdxX;
        tile[i % 8, i / 8] = a[i];
        Group.Barrier();
        r[i] = tile[i / 8, i % 8] + (int)tile.Extent.X;
    }

    [Kernel]
    public static void ViewMembers(ArrayView<int> a, ArrayView<long> r)
    {
        ArrayView<int> part = a.SubView(4, 16);
        ArrayView<short> halves = part.Cast<short>();
        int i = Group.IdxX;
        r[i] = halves[i & 31] + (part.Length * 1000) + (halves.IntLength * 100000) + part.LengthInBytes + (
            a.IsValid ? 1 : 0)
            + a.SubView(i & 31)[(Index1D)3] + (ArrayView<int>.Empty.IsValid ? 1 : 0) + a.Extent.X;
    }

    private static (int Low, int High) MinMax(int a, int b) => a < b ? (a, b) : (b, a);

    private static void Split(int value, out int low, out int high)
    {
        low = value & 0xFFFF;
        if (value < 0)
        {
            high = -1;
            return;
        }

        high = value >> 16;
    }

    private static void Swap<T>(ref T a, ref T b) => (a, b) = (b, a);

    private static float Dot(in Complex32 a, in Complex32 b) => (a.Re * b.Re) + (a.Im * b.Im);

    private static float TwiceTheArea<T>(T shape)
        where T : struct, IShape => 2 * shape.Area();
}
