using ILGPU;
using ILGPU.Runtime.Cuda;

namespace SRKernels.Compiler.Tests.Frontend;

internal sealed class Node
{
    internal int Value { get; set; }

    internal int Twice() => Value * 2;
}

internal abstract class Shape
{
    internal abstract int Area();
}

[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Explicit)]
internal struct Overlapping
{
    [System.Runtime.InteropServices.FieldOffset(0)]
    internal int Whole;

    [System.Runtime.InteropServices.FieldOffset(0)]
    internal float Same;
}

/// <summary>One kernel per thing that is not allowed. Line numbers are found by the tests from the marks at line ends.</summary>
internal static class RefusedKernels
{
    private static int s_mutable = 3;

    public static void NewArray(ArrayView<float> r)
    {
        var a = new float[64]; // MARK NewArray
        r[0] = a[Group.IdxX];
    }

    public static void Throws(ArrayView<int> r)
    {
        if (r[0] < 0) throw new InvalidOperationException("no"); // MARK Throws
    }

    public static void Tries(ArrayView<int> r)
    {
        try
        {
            r[0] = 1;
        }
        finally
        {
            r[1] = 2;
        }
    }

    public static void Boxes(ArrayView<int> r)
    {
        object o = r[0]; // MARK Boxes
        r[1] = o.GetHashCode();
    }

    public static void Strings(ArrayView<int> r)
    {
        r[0] = Length("abc"); // MARK Strings
    }

    public static void Virtuals(ArrayView<int> r, int which) => r[0] = Pick(which).Area();

    public static void Lambdas(ArrayView<int> r) => r[0] = Apply(x => x + 1, r[1]); // MARK Lambdas

    public static unsafe void StackAllocates(ArrayView<int> r)
    {
        int* p = stackalloc int[4]; // MARK StackAllocates
        p[0] = 1;
        r[0] = p[0];
    }

    public static void Spans(ArrayView<int> r)
    {
        Span<int> s = stackalloc int[8]; // MARK Spans
        s[0] = 3;
        r[0] = s[r[1]];
    }

    public static void Recursive(ArrayView<int> r) => r[0] = Fibonacci(r[1]);

    public static void Classes(ArrayView<int> r)
    {
        var node = new Node { Value = r[0] }; // MARK Classes
        r[1] = node.Twice();
    }

    public static void MutableStatic(ArrayView<int> r) => r[0] = s_mutable; // MARK MutableStatic

    public static void StoredStatic(ArrayView<int> r) => s_mutable = r[0]; // MARK StoredStatic

    public static void StringParameter(string s, ArrayView<int> r) => r[0] = s.Length;

    public static void ArrayParameter(int[] a, ArrayView<int> r) => r[0] = a[0];

    public static void Fifteen(
        int a, int b, int c, int d, int e, int f, int g, int h, int i, int j, int k, int l, int m, int n, ArrayView<int> r) =>
        r[0] = a + b + c + d + e + f + g + h + i + j + k + l + m + n;

    public static int Returns(ArrayView<int> r) => r[0];

    public static void UnknownCall(ArrayView<int> r) => r[0] = Environment.ProcessorCount; // MARK UnknownCall

    public static void CheckedArithmetic(ArrayView<int> r)
    {
        r[0] = checked(r[1] + r[2]); // MARK CheckedArithmetic
    }

    public static void VariableExtent(ArrayView<int> r, int n)
    {
        ArrayView<int> tile = SharedMemory.Allocate<int>(n); // MARK VariableExtent
        tile[0] = 1;
        r[0] = tile[0];
    }

    public static void MixedSpaces(ArrayView<int> r)
    {
        ArrayView<int> tile = SharedMemory.Allocate<int>(64);
        ArrayView<int> which = r[0] > 0 ? tile : r; // MARK MixedSpaces
        which[1] = 2;
    }

    public static void LocalAtomic(ArrayView<int> r)
    {
        ArrayView<int> mine = LocalMemory.Allocate<int>(4);
        Atomic.Add(ref mine[0], 1); // MARK LocalAtomic
        r[0] = mine[0];
    }

    public static void AssemblyFromVariable(ArrayView<int> r) => CudaAsm.Emit(r[0] > 0 ? "bar.sync 0;" : "membar.gl;"); // MARK AssemblyFromVariable

    public static void OverlappingFields(Overlapping x, ArrayView<int> r) => r[0] = x.Whole;

    public static void WideCopyFromLocal(ArrayView<float> r)
    {
        float x = r[0];
        SRKernels.Intrinsics.VectorAccess.Store2(ref x, default); // MARK WideCopyFromLocal
        r[1] = x;
    }

    private static int Fibonacci(int n) => n < 2 ? n : Fibonacci(n - 1) + Fibonacci(n - 2); // MARK Recursive

    private static int Length(string s) => s.Length;

    private static Shape Pick(int which) => Shapes[which]; // MARK Virtuals

    private static readonly Shape[] Shapes = new Shape[2];

    private static int Apply(Func<int, int> f, int x) => f(x);
}
