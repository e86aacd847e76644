using ILGPU;
using SRKernels.Conformance.Kernels;
using SRKernels.Intrinsics;
using static SRKernels.Conformance.Make;

namespace SRKernels.Conformance;

/// <summary>Cases of <see cref="Floats"/>.</summary>
public static partial class Catalog
{
    private static IEnumerable<ConformanceCase> FloatCases()
    {
        yield return Case(Floats.AddSingle, View(Inputs.SingleA), View(Inputs.SingleB), Out<float>(64));
        yield return Case(Floats.SubtractSingle, View(Inputs.SingleA), View(Inputs.SingleB), Out<float>(64));
        yield return Case(Floats.MultiplySingle, View(Inputs.SingleA), View(Inputs.SingleB), Out<float>(64));
        yield return Case(Floats.MultiplyThenAddSingle, View(Inputs.SingleA), View(Inputs.SingleB), Out<float>(
            64));
        yield return Case(Floats.DivideSingle, View(Inputs.SingleA), View(Inputs.SingleB), Out<float>(64));
        yield return Case(Floats.RemainderSingle, View(Inputs.SingleA), View(Inputs.SingleB), Out<float>(64));
        yield return Case(Floats.NegateSingle, View(Inputs.SingleA), View(Inputs.SingleB), Out<float>(64));
        yield return Case(Floats.AbsSingle, View(Inputs.SingleA), View(Inputs.SingleB), Out<float>(64));
        yield return Case(Floats.MinSingle, View(Inputs.SingleA), View(Inputs.SingleB), Out<float>(64));
        yield return Case(Floats.MaxSingle, View(Inputs.SingleA), View(Inputs.SingleB), Out<float>(64));
        yield return Case(Floats.MinNumberSingle, View(Inputs.SingleA), View(Inputs.SingleB), Out<float>(64));
        yield return Case(Floats.MaxNumberSingle, View(Inputs.SingleA), View(Inputs.SingleB), Out<float>(64));
        yield return Case(Floats.CopySignSingle, View(Inputs.SingleA), View(Inputs.SingleB), Out<float>(64));
        yield return Case(Floats.FloorSingle, View(Inputs.SingleA), View(Inputs.SingleB), Out<float>(64));
        yield return Case(Floats.CeilingSingle, View(Inputs.SingleA), View(Inputs.SingleB), Out<float>(64));
        yield return Case(Floats.TruncateSingle, View(Inputs.SingleA), View(Inputs.SingleB), Out<float>(64));
        yield return Case(Floats.RoundToEvenSingle, View(Inputs.SingleA), View(Inputs.SingleB), Out<float>(64));
        yield return Case(Floats.RoundAwayFromZeroSingle, View(Inputs.SingleA), View(Inputs.SingleB), Out<float>(64));
        yield return Case(Floats.FmaSingle, View(Inputs.SingleA), View(Inputs.SingleB), Out<float>(64));
        yield return Case(Floats.SqrtSingle, View(Inputs.SingleA), View(Inputs.SingleB), Out<float>(64));
        yield return Case(Floats.RcpSingle, View(Inputs.SingleA), View(Inputs.SingleB), Out<float>(64));
        yield return Case(Floats.ClampSingle, View(Inputs.SingleA), View(Inputs.SingleB), Out<float>(64));
        yield return Case(Floats.CompareSingle, View(Inputs.SingleA), View(Inputs.SingleB), Out<int>(64));
        yield return Case(Floats.CompareNegatedSingle, View(Inputs.SingleA), View(Inputs.SingleB), Out<int>(64));
        yield return Case(Floats.ClassifySingle, View(Inputs.SingleA), View(Inputs.SingleB), Out<int>(64));
        yield return Case(Floats.ExpSingle, View(Inputs.SingleExponents), View(Inputs.SingleExponents), Out<float>(
            64)).With(ulps: Tolerance.Exp);
        yield return Case(Floats.Exp2Single, View(Inputs.SingleExponents), View(Inputs.SingleExponents), Out<float>(
            64)).With(ulps: Tolerance.Exp2);
        yield return Case(Floats.LogSingle, View(Inputs.SinglePositive), View(Inputs.SingleExponents), Out<float>(
            64)).With(ulps: Tolerance.Log);
        yield return Case(Floats.Log2Single, View(Inputs.SinglePositive), View(Inputs.SingleExponents), Out<float>(
            64)).With(ulps: Tolerance.Log2);
        yield return Case(Floats.Log10Single, View(Inputs.SinglePositive), View(Inputs.SingleExponents), Out<float>(
            64)).With(ulps: Tolerance.Log10);
        yield return Case(Floats.SinSingle, View(Inputs.SingleAngles), View(Inputs.SingleExponents), Out<float>(
            64)).With(ulps: Tolerance.Sin);
        yield return Case(Floats.CosSingle, View(Inputs.SingleAngles), View(Inputs.SingleExponents), Out<float>(
            64)).With(ulps: Tolerance.Cos);
        yield return Case(Floats.TanhSingle, View(Inputs.SingleExponents), View(Inputs.SingleExponents), Out<float>(
            64)).With(ulps: Tolerance.Tanh);
        yield return Case(Floats.PowSingle, View(Inputs.SinglePositive), View(Inputs.SingleExponents), Out<float>(
            64)).With(ulps: Tolerance.Pow);
        yield return Case(Floats.RsqrtSingle, View(Inputs.SinglePositive), View(Inputs.SingleExponents), Out<float>(
            64)).With(ulps: Tolerance.Rsqrt);
        yield return Case(Floats.TanSingle, View(Inputs.SingleAngles), View(Inputs.SingleExponents), Out<float>(
            64)).With(ulps: Tolerance.Tan);
        yield return Case(Floats.AddDouble, View(Inputs.DoubleA), View(Inputs.DoubleB), Out<double>(64));
        yield return Case(Floats.SubtractDouble, View(Inputs.DoubleA), View(Inputs.DoubleB), Out<double>(64));
        yield return Case(Floats.MultiplyDouble, View(Inputs.DoubleA), View(Inputs.DoubleB), Out<double>(64));
        yield return Case(Floats.MultiplyThenAddDouble, View(Inputs.DoubleA), View(Inputs.DoubleB), Out<double>(
            64));
        yield return Case(Floats.DivideDouble, View(Inputs.DoubleA), View(Inputs.DoubleB), Out<double>(64));
        yield return Case(Floats.RemainderDouble, View(Inputs.DoubleA), View(Inputs.DoubleB), Out<double>(64));
        yield return Case(Floats.NegateDouble, View(Inputs.DoubleA), View(Inputs.DoubleB), Out<double>(64));
        yield return Case(Floats.AbsDouble, View(Inputs.DoubleA), View(Inputs.DoubleB), Out<double>(64));
        yield return Case(Floats.MinDouble, View(Inputs.DoubleA), View(Inputs.DoubleB), Out<double>(64));
        yield return Case(Floats.MaxDouble, View(Inputs.DoubleA), View(Inputs.DoubleB), Out<double>(64));
        yield return Case(Floats.MinNumberDouble, View(Inputs.DoubleA), View(Inputs.DoubleB), Out<double>(64));
        yield return Case(Floats.MaxNumberDouble, View(Inputs.DoubleA), View(Inputs.DoubleB), Out<double>(64));
        yield return Case(Floats.CopySignDouble, View(Inputs.DoubleA), View(Inputs.DoubleB), Out<double>(64));
        yield return Case(Floats.FloorDouble, View(Inputs.DoubleA), View(Inputs.DoubleB), Out<double>(64));
        yield return Case(Floats.CeilingDouble, View(Inputs.DoubleA), View(Inputs.DoubleB), Out<double>(64));
        yield return Case(Floats.TruncateDouble, View(Inputs.DoubleA), View(Inputs.DoubleB), Out<double>(64));
        yield return Case(Floats.RoundToEvenDouble, View(Inputs.DoubleA), View(Inputs.DoubleB), Out<double>(64));
        yield return Case(Floats.RoundAwayFromZeroDouble, View(Inputs.DoubleA), View(Inputs.DoubleB), Out<double>(64));
        yield return Case(Floats.FmaDouble, View(Inputs.DoubleA), View(Inputs.DoubleB), Out<double>(64));
        yield return Case(Floats.SqrtDouble, View(Inputs.DoubleA), View(Inputs.DoubleB), Out<double>(64));
        yield return Case(Floats.RcpDouble, View(Inputs.DoubleA), View(Inputs.DoubleB), Out<double>(64));
        yield return Case(Floats.ClampDouble, View(Inputs.DoubleA), View(Inputs.DoubleB), Out<double>(64));
        yield return Case(Floats.CompareDouble, View(Inputs.DoubleA), View(Inputs.DoubleB), Out<int>(64));
        yield return Case(Floats.CompareNegatedDouble, View(Inputs.DoubleA), View(Inputs.DoubleB), Out<int>(64));
        yield return Case(Floats.ClassifyDouble, View(Inputs.DoubleA), View(Inputs.DoubleB), Out<int>(64));
        yield return Case(Floats.ExpDouble, View(Inputs.DoubleExponents), View(Inputs.DoubleExponents), Out<double>(
            64)).With(ulps: Tolerance.Exp);
        yield return Case(Floats.Exp2Double, View(Inputs.DoubleExponents), View(Inputs.DoubleExponents), Out<double>(
            64)).With(ulps: Tolerance.Exp2);
        yield return Case(Floats.LogDouble, View(Inputs.DoublePositive), View(Inputs.DoubleExponents), Out<double>(
            64)).With(ulps: Tolerance.Log);
        yield return Case(Floats.Log2Double, View(Inputs.DoublePositive), View(Inputs.DoubleExponents), Out<double>(
            64)).With(ulps: Tolerance.Log2);
        yield return Case(Floats.Log10Double, View(Inputs.DoublePositive), View(Inputs.DoubleExponents), Out<double>(
            64)).With(ulps: Tolerance.Log10);
        yield return Case(Floats.SinDouble, View(Inputs.DoubleAngles), View(Inputs.DoubleExponents), Out<double>(
            64)).With(ulps: Tolerance.Sin);
        yield return Case(Floats.CosDouble, View(Inputs.DoubleAngles), View(Inputs.DoubleExponents), Out<double>(
            64)).With(ulps: Tolerance.Cos);
        yield return Case(Floats.TanhDouble, View(Inputs.DoubleExponents), View(Inputs.DoubleExponents), Out<double>(
            64)).With(ulps: Tolerance.Tanh);
        yield return Case(Floats.PowDouble, View(Inputs.DoublePositive), View(Inputs.DoubleExponents), Out<double>(
            64)).With(ulps: Tolerance.Pow);
        yield return Case(Floats.RsqrtDouble, View(Inputs.DoublePositive), View(Inputs.DoubleExponents), Out<double>(
            64)).With(ulps: Tolerance.Rsqrt);
        yield return Case(Floats.TanDouble, View(Inputs.DoubleAngles), View(Inputs.DoubleExponents), Out<double>(
            64)).With(ulps: Tolerance.Tan);
    }
}
