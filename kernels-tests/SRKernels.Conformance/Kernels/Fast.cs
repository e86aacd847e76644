using ILGPU;
using SRKernels.Intrinsics;

namespace SRKernels.Conformance.Kernels;

/// <summary>Approximate functions.</summary>
public static class Fast
{
    [Kernel]
    public static void Exp(ArrayView<float> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        r[i] = FastMath.Exp(a[i]);
    }

    [Kernel]
    public static void Exp2(ArrayView<float> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        r[i] = FastMath.Exp2(a[i]);
    }

    [Kernel]
    public static void Log(ArrayView<float> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        r[i] = FastMath.Log(a[i]);
    }

    [Kernel]
    public static void Log2(ArrayView<float> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        r[i] = FastMath.Log2(a[i]);
    }

    [Kernel]
    public static void Sin(ArrayView<float> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        r[i] = FastMath.Sin(a[i]);
    }

    [Kernel]
    public static void Cos(ArrayView<float> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        r[i] = FastMath.Cos(a[i]);
    }

    [Kernel]
    public static void Tanh(ArrayView<float> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        r[i] = FastMath.Tanh(a[i]);
    }

    [Kernel]
    public static void Sqrt(ArrayView<float> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        r[i] = FastMath.Sqrt(a[i]);
    }

    [Kernel]
    public static void Rsqrt(ArrayView<float> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        r[i] = FastMath.Rsqrt(a[i]);
    }

    [Kernel]
    public static void Rcp(ArrayView<float> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        r[i] = FastMath.Rcp(a[i]);
    }

    [Kernel]
    public static void Divide(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Group.IdxX;
        r[i] = FastMath.Divide(a[i], b[i]);
    }
}
