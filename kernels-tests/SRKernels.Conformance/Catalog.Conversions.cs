using ILGPU;
using SRKernels.Conformance.Kernels;
using SRKernels.Intrinsics;
using static SRKernels.Conformance.Make;

namespace SRKernels.Conformance;

/// <summary>Cases of <see cref="Conversions"/>.</summary>
public static partial class Catalog
{
    private static IEnumerable<ConformanceCase> ConversionCases()
    {
        yield return Case(Conversions.SByteToIntegers, View(Inputs.SByteA), Out<long>(640));
        yield return Case(Conversions.SByteToFloats, View(Inputs.SByteA), Out<double>(128));
        yield return Case(Conversions.ByteToIntegers, View(Inputs.ByteA), Out<long>(640));
        yield return Case(Conversions.ByteToFloats, View(Inputs.ByteA), Out<double>(128));
        yield return Case(Conversions.Int16ToIntegers, View(Inputs.Int16A), Out<long>(640));
        yield return Case(Conversions.Int16ToFloats, View(Inputs.Int16A), Out<double>(128));
        yield return Case(Conversions.UInt16ToIntegers, View(Inputs.UInt16A), Out<long>(640));
        yield return Case(Conversions.UInt16ToFloats, View(Inputs.UInt16A), Out<double>(128));
        yield return Case(Conversions.Int32ToIntegers, View(Inputs.Int32A), Out<long>(640));
        yield return Case(Conversions.Int32ToFloats, View(Inputs.Int32A), Out<double>(128));
        yield return Case(Conversions.UInt32ToIntegers, View(Inputs.UInt32A), Out<long>(640));
        yield return Case(Conversions.UInt32ToFloats, View(Inputs.UInt32A), Out<double>(128));
        yield return Case(Conversions.Int64ToIntegers, View(Inputs.Int64A), Out<long>(640));
        yield return Case(Conversions.Int64ToFloats, View(Inputs.Int64A), Out<double>(128));
        yield return Case(Conversions.UInt64ToIntegers, View(Inputs.UInt64A), Out<long>(640));
        yield return Case(Conversions.UInt64ToFloats, View(Inputs.UInt64A), Out<double>(128));
        yield return Case(Conversions.SingleToIntegers, View(Inputs.SingleA), Out<long>(640));
        yield return Case(Conversions.SingleToFloats, View(Inputs.SingleA), Out<double>(128));
        yield return Case(Conversions.DoubleToIntegers, View(Inputs.DoubleA), Out<long>(640));
        yield return Case(Conversions.DoubleToFloats, View(Inputs.DoubleA), Out<double>(128));
        const string Truncates = "its CPU accelerator drops the bits below a Half's last; devices round to nearest even";
        yield return Case(Conversions.SingleToHalf, View(Inputs.SingleA), Out<ILGPU.Half>(64)).Expecting(
            Truncates, Each<float, System.Half>(x => (System.Half)x));
        yield return Case(Conversions.DoubleToHalf, View(Inputs.DoubleA), Out<ILGPU.Half>(64)).Expecting(
            Truncates, Each<double, System.Half>(x => (System.Half)x));
        yield return Case(Conversions.HalfToSingle, View(Inputs.Halves), Out<float>(64));
        yield return Case(Conversions.SingleToBFloat16, View(Inputs.SingleA), Out<BFloat16>(64));
        yield return Case(Conversions.BFloat16ToSingle, View(Inputs.Brains), Out<float>(64));
        yield return Case(Conversions.SingleToTf32, View(Inputs.SingleA), Out<float>(64));
        yield return Case(Conversions.BitsOfFloats, View(Inputs.SingleB), View(Inputs.DoubleB), Out<long>(64));
        yield return Case(Conversions.FloatsOfBits, View(Inputs.UInt32A), View(Inputs.UInt64A), Out<double>(64));
    }
}
