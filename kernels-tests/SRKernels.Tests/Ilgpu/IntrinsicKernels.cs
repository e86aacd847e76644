using ILGPU;
using ILGPU.Runtime;
using SRKernels.Intrinsics;

namespace SRKernels.Tests.Ilgpu;

/// <summary>Kernels that ILGPU's compiler is tried with.</summary>
internal static class IntrinsicKernels
{
    public const int Results = 12;

    /// <summary>Conversions and packs of every thread's number, as bits.</summary>
    [Kernel]
    public static void Conversions(ArrayView<float> x, ArrayView<uint> y)
    {
        int i = Group.IdxX;
        float value = x[i];
        float other = x[Group.DimX - 1 - i];
        int to = i * Results;
        uint halves = TensorCore.PackHalf(value, other);
        uint brains = TensorCore.PackBFloat16(value, other);
        y[to] = halves;
        y[to + 1] = brains;
        y[to + 2] = Interop.FloatAsInt(TensorCore.LowHalf(halves));
        y[to + 3] = Interop.FloatAsInt(TensorCore.HighHalf(halves));
        y[to + 4] = Interop.FloatAsInt(TensorCore.LowBFloat16(brains));
        y[to + 5] = Interop.FloatAsInt(TensorCore.HighBFloat16(brains));
        y[to + 6] = Interop.FloatAsInt(TensorCore.RoundToTf32(value));
        y[to + 7] = ((BFloat16)value).Bits;
        y[to + 8] = Interop.FloatAsInt((float)(BFloat16)value);
        y[to + 9] = BFloat16.Pack((BFloat16)value, (BFloat16)other);
        y[to + 10] = Interop.FloatAsInt((global::ILGPU.Half)value);
        y[to + 11] = Interop.FloatAsInt((float)(global::ILGPU.Half)value);
    }

    /// <summary>Framework methods that ILGPU does not know by itself.</summary>
    [Kernel]
    public static void Framework(ArrayView<float> x, ArrayView<float> y, SpecializedValue<float> factor, SpecializedValue<bool> isClamped)
    {
        int i = Group.IdxX;
        float value = MathF.FusedMultiplyAdd(x[i], factor, -1.5f);
        uint bits = BitConverter.SingleToUInt32Bits(value) ^ 0x80000000u;
        value = BitConverter.UInt32BitsToSingle(bits);
        y[i] = isClamped ? Math.Clamp(value, -2f, 2f) : value;
    }

    /// <summary>ILGPU refuses to throw.</summary>
    [Kernel]
    public static void Throws(ArrayView<float> x)
    {
        if (x[0] > 1) throw new InvalidOperationException();
        x[0] = 1;
    }

    [Kernel(Sm = 90)]
    public static void ForNewerDevices(ArrayView<float> x) => x[0] = 1;

    [Kernel]
    public static void Fill<T>(ArrayView<T> x, T value)
        where T : unmanaged => x[(Grid.IdxX * Group.DimX) + Group.IdxX] = value;
}
