using ILGPU;
using SRKernels.Intrinsics;

namespace SRKernels.Conformance.Kernels;

/// <summary>Functions that are composed of others on devices.</summary>
public static class Composed
{
    [Kernel]
    public static void AtanSingle(ArrayView<float> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        r[i] = MathF.Atan(a[i]);
    }

    [Kernel]
    public static void AsinSingle(ArrayView<float> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        r[i] = MathF.Asin(a[i]);
    }

    [Kernel]
    public static void AcosSingle(ArrayView<float> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        r[i] = MathF.Acos(a[i]);
    }

    [Kernel]
    public static void SinhSingle(ArrayView<float> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        r[i] = MathF.Sinh(a[i]);
    }

    [Kernel]
    public static void CoshSingle(ArrayView<float> a, ArrayView<float> r)
    {
        int i = Group.IdxX;
        r[i] = MathF.Cosh(a[i]);
    }

    [Kernel]
    public static void Atan2Single(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Group.IdxX;
        r[i] = MathF.Atan2(a[i], b[i]);
    }

    [Kernel]
    public static void AtanDouble(ArrayView<double> a, ArrayView<double> r)
    {
        int i = Group.IdxX;
        r[i] = Math.Atan(a[i]);
    }

    [Kernel]
    public static void AsinDouble(ArrayView<double> a, ArrayView<double> r)
    {
        int i = Group.IdxX;
        r[i] = Math.Asin(a[i]);
    }

    [Kernel]
    public static void AcosDouble(ArrayView<double> a, ArrayView<double> r)
    {
        int i = Group.IdxX;
        r[i] = Math.Acos(a[i]);
    }

    [Kernel]
    public static void SinhDouble(ArrayView<double> a, ArrayView<double> r)
    {
        int i = Group.IdxX;
        r[i] = Math.Sinh(a[i]);
    }

    [Kernel]
    public static void CoshDouble(ArrayView<double> a, ArrayView<double> r)
    {
        int i = Group.IdxX;
        r[i] = Math.Cosh(a[i]);
    }

    [Kernel]
    public static void Atan2Double(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Group.IdxX;
        r[i] = Math.Atan2(a[i], b[i]);
    }
}
