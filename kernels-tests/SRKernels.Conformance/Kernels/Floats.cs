using ILGPU;
using ILGPU.Algorithms;
using SRKernels.Intrinsics;

namespace SRKernels.Conformance.Kernels;

/// <summary>Float arithmetic; results are exact bits but where the tolerance table says otherwise.</summary>
public static class Floats
{
    [Kernel]
    public static void AddSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] + b[i];
    }

    [Kernel]
    public static void SubtractSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] - b[i];
    }

    [Kernel]
    public static void MultiplySingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] * b[i];
    }

    [Kernel(Contract = false)]
    public static void MultiplyThenAddSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = (a[i] * b[i]) + a[i];
    }

    [Kernel]
    public static void DivideSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] / b[i];
    }

    [Kernel]
    public static void RemainderSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] % b[i];
    }

    [Kernel]
    public static void NegateSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = -a[i];
    }

    [Kernel]
    public static void AbsSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = MathF.Abs(a[i]);
    }

    [Kernel]
    public static void MinSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = MathF.Min(a[i], b[i]);
    }

    [Kernel]
    public static void MaxSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = MathF.Max(a[i], b[i]);
    }

    [Kernel]
    public static void MinNumberSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = float.MinNumber(a[i], b[i]) + 1;
    }

    [Kernel]
    public static void MaxNumberSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = float.MaxNumber(a[i], b[i]) + 1;
    }

    [Kernel]
    public static void CopySignSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = MathF.CopySign(a[i], b[i]);
    }

    [Kernel]
    public static void FloorSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = MathF.Floor(a[i]);
    }

    [Kernel]
    public static void CeilingSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = MathF.Ceiling(a[i]);
    }

    [Kernel]
    public static void TruncateSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = MathF.Truncate(a[i]);
    }

    [Kernel]
    public static void RoundToEvenSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = MathF.Round(a[i]);
    }

    [Kernel]
    public static void RoundAwayFromZeroSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = MathF.Round(a[i], MidpointRounding.AwayFromZero);
    }

    [Kernel]
    public static void FmaSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = MathF.FusedMultiplyAdd(a[i], b[i], a[i]);
    }

    [Kernel]
    public static void SqrtSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = MathF.Sqrt(a[i]);
    }

    [Kernel]
    public static void RcpSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = XMath.Rcp(a[i]);
    }

    [Kernel]
    public static void ClampSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = XMath.Clamp(a[i], -1f, 1f);
    }

    [Kernel]
    public static void CompareSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length)
            r[i] = (a[i] < b[i] ? 1 : 0) + (a[i] <= b[i] ? 2 : 0) + (a[i] > b[i] ? 4 : 0) + (a[i] >= b[i] ? 8 : 0) + (
                a[i] == b[i] ? 16 : 0) + (a[i] != b[i] ? 32 : 0);
    }

    [Kernel]
    public static void CompareNegatedSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length)
            r[i] = (!(a[i] < b[i]) ? 1 : 0) + (!(a[i] <= b[i]) ? 2 : 0) + (!(a[i] > b[i]) ? 4 : 0) + (
                !(a[i] >= b[i]) ? 8 : 0) + (!(a[i] == b[i]) ? 16 : 0);
    }

    [Kernel]
    public static void ClassifySingle(ArrayView<float> a, ArrayView<float> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length)
            r[i] = (float.IsNaN(a[i]) ? 1 : 0) + (float.IsInfinity(a[i]) ? 2 : 0) + (float.IsFinite(b[i]) ? 4 : 0);
    }

    [Kernel]
    public static void ExpSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = MathF.Exp(a[i]);
    }

    [Kernel]
    public static void Exp2Single(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = XMath.Exp2(a[i]);
    }

    [Kernel]
    public static void LogSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = MathF.Log(a[i]);
    }

    [Kernel]
    public static void Log2Single(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = MathF.Log2(a[i]);
    }

    [Kernel]
    public static void Log10Single(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = MathF.Log10(a[i]);
    }

    [Kernel]
    public static void SinSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = MathF.Sin(a[i]);
    }

    [Kernel]
    public static void CosSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = MathF.Cos(a[i]);
    }

    [Kernel]
    public static void TanhSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = MathF.Tanh(a[i]);
    }

    [Kernel]
    public static void PowSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = MathF.Pow(a[i], b[i]);
    }

    [Kernel]
    public static void RsqrtSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = XMath.Rsqrt(a[i]);
    }

    [Kernel]
    public static void TanSingle(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = MathF.Tan(a[i]);
    }

    [Kernel]
    public static void AddDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] + b[i];
    }

    [Kernel]
    public static void SubtractDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] - b[i];
    }

    [Kernel]
    public static void MultiplyDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] * b[i];
    }

    [Kernel(Contract = false)]
    public static void MultiplyThenAddDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = (a[i] * b[i]) + a[i];
    }

    [Kernel]
    public static void DivideDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] / b[i];
    }

    [Kernel]
    public static void RemainderDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] % b[i];
    }

    [Kernel]
    public static void NegateDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = -a[i];
    }

    [Kernel]
    public static void AbsDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Abs(a[i]);
    }

    [Kernel]
    public static void MinDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Min(a[i], b[i]);
    }

    [Kernel]
    public static void MaxDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Max(a[i], b[i]);
    }

    [Kernel]
    public static void MinNumberDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = double.MinNumber(a[i], b[i]) + 1;
    }

    [Kernel]
    public static void MaxNumberDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = double.MaxNumber(a[i], b[i]) + 1;
    }

    [Kernel]
    public static void CopySignDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.CopySign(a[i], b[i]);
    }

    [Kernel]
    public static void FloorDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Floor(a[i]);
    }

    [Kernel]
    public static void CeilingDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Ceiling(a[i]);
    }

    [Kernel]
    public static void TruncateDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Truncate(a[i]);
    }

    [Kernel]
    public static void RoundToEvenDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Round(a[i]);
    }

    [Kernel]
    public static void RoundAwayFromZeroDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Round(a[i], MidpointRounding.AwayFromZero);
    }

    [Kernel]
    public static void FmaDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.FusedMultiplyAdd(a[i], b[i], a[i]);
    }

    [Kernel]
    public static void SqrtDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Sqrt(a[i]);
    }

    [Kernel]
    public static void RcpDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = XMath.Rcp(a[i]);
    }

    [Kernel]
    public static void ClampDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = XMath.Clamp(a[i], -1d, 1d);
    }

    [Kernel]
    public static void CompareDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length)
            r[i] = (a[i] < b[i] ? 1 : 0) + (a[i] <= b[i] ? 2 : 0) + (a[i] > b[i] ? 4 : 0) + (a[i] >= b[i] ? 8 : 0) + (
                a[i] == b[i] ? 16 : 0) + (a[i] != b[i] ? 32 : 0);
    }

    [Kernel]
    public static void CompareNegatedDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length)
            r[i] = (!(a[i] < b[i]) ? 1 : 0) + (!(a[i] <= b[i]) ? 2 : 0) + (!(a[i] > b[i]) ? 4 : 0) + (
                !(a[i] >= b[i]) ? 8 : 0) + (!(a[i] == b[i]) ? 16 : 0);
    }

    [Kernel]
    public static void ClassifyDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length)
            r[i] = (double.IsNaN(a[i]) ? 1 : 0) + (double.IsInfinity(a[i]) ? 2 : 0) + (double.IsFinite(b[i]) ? 4 : 0);
    }

    [Kernel]
    public static void ExpDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Exp(a[i]);
    }

    [Kernel]
    public static void Exp2Double(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = XMath.Exp2(a[i]);
    }

    [Kernel]
    public static void LogDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Log(a[i]);
    }

    [Kernel]
    public static void Log2Double(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Log2(a[i]);
    }

    [Kernel]
    public static void Log10Double(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Log10(a[i]);
    }

    [Kernel]
    public static void SinDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Sin(a[i]);
    }

    [Kernel]
    public static void CosDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Cos(a[i]);
    }

    [Kernel]
    public static void TanhDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Tanh(a[i]);
    }

    [Kernel]
    public static void PowDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Pow(a[i], b[i]);
    }

    [Kernel]
    public static void RsqrtDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = XMath.Rsqrt(a[i]);
    }

    [Kernel]
    public static void TanDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Tan(a[i]);
    }
}
