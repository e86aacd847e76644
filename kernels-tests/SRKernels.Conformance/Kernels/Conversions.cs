using ILGPU;
using SRKernels.Intrinsics;

namespace SRKernels.Conformance.Kernels;

/// <summary>Every number type to every other, 64 inputs each; results widened to long or double.</summary>
public static class Conversions
{
    [Kernel]
    public static void SByteToIntegers(ArrayView<sbyte> a, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        sbyte x = a[i];
        r[(i * 10) + 0] = (long)(sbyte)x;
        r[(i * 10) + 1] = (long)(byte)x;
        r[(i * 10) + 2] = (long)(short)x;
        r[(i * 10) + 3] = (long)(ushort)x;
        r[(i * 10) + 4] = (long)(int)x;
        r[(i * 10) + 5] = (long)(uint)x;
        r[(i * 10) + 6] = (long)(long)x;
        r[(i * 10) + 7] = (long)(ulong)x;
    }

    [Kernel]
    public static void SByteToFloats(ArrayView<sbyte> a, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        sbyte x = a[i];
        r[i * 2] = (float)x;
        r[(i * 2) + 1] = (double)x;
    }

    [Kernel]
    public static void ByteToIntegers(ArrayView<byte> a, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        byte x = a[i];
        r[(i * 10) + 0] = (long)(sbyte)x;
        r[(i * 10) + 1] = (long)(byte)x;
        r[(i * 10) + 2] = (long)(short)x;
        r[(i * 10) + 3] = (long)(ushort)x;
        r[(i * 10) + 4] = (long)(int)x;
        r[(i * 10) + 5] = (long)(uint)x;
        r[(i * 10) + 6] = (long)(long)x;
        r[(i * 10) + 7] = (long)(ulong)x;
    }

    [Kernel]
    public static void ByteToFloats(ArrayView<byte> a, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        byte x = a[i];
        r[i * 2] = (float)x;
        r[(i * 2) + 1] = (double)x;
    }

    [Kernel]
    public static void Int16ToIntegers(ArrayView<short> a, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        short x = a[i];
        r[(i * 10) + 0] = (long)(sbyte)x;
        r[(i * 10) + 1] = (long)(byte)x;
        r[(i * 10) + 2] = (long)(short)x;
        r[(i * 10) + 3] = (long)(ushort)x;
        r[(i * 10) + 4] = (long)(int)x;
        r[(i * 10) + 5] = (long)(uint)x;
        r[(i * 10) + 6] = (long)(long)x;
        r[(i * 10) + 7] = (long)(ulong)x;
    }

    [Kernel]
    public static void Int16ToFloats(ArrayView<short> a, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        short x = a[i];
        r[i * 2] = (float)x;
        r[(i * 2) + 1] = (double)x;
    }

    [Kernel]
    public static void UInt16ToIntegers(ArrayView<ushort> a, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        ushort x = a[i];
        r[(i * 10) + 0] = (long)(sbyte)x;
        r[(i * 10) + 1] = (long)(byte)x;
        r[(i * 10) + 2] = (long)(short)x;
        r[(i * 10) + 3] = (long)(ushort)x;
        r[(i * 10) + 4] = (long)(int)x;
        r[(i * 10) + 5] = (long)(uint)x;
        r[(i * 10) + 6] = (long)(long)x;
        r[(i * 10) + 7] = (long)(ulong)x;
    }

    [Kernel]
    public static void UInt16ToFloats(ArrayView<ushort> a, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        ushort x = a[i];
        r[i * 2] = (float)x;
        r[(i * 2) + 1] = (double)x;
    }

    [Kernel]
    public static void Int32ToIntegers(ArrayView<int> a, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        int x = a[i];
        r[(i * 10) + 0] = (long)(sbyte)x;
        r[(i * 10) + 1] = (long)(byte)x;
        r[(i * 10) + 2] = (long)(short)x;
        r[(i * 10) + 3] = (long)(ushort)x;
        r[(i * 10) + 4] = (long)(int)x;
        r[(i * 10) + 5] = (long)(uint)x;
        r[(i * 10) + 6] = (long)(long)x;
        r[(i * 10) + 7] = (long)(ulong)x;
    }

    [Kernel]
    public static void Int32ToFloats(ArrayView<int> a, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        int x = a[i];
        r[i * 2] = (float)x;
        r[(i * 2) + 1] = (double)x;
    }

    [Kernel]
    public static void UInt32ToIntegers(ArrayView<uint> a, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        uint x = a[i];
        r[(i * 10) + 0] = (long)(sbyte)x;
        r[(i * 10) + 1] = (long)(byte)x;
        r[(i * 10) + 2] = (long)(short)x;
        r[(i * 10) + 3] = (long)(ushort)x;
        r[(i * 10) + 4] = (long)(int)x;
        r[(i * 10) + 5] = (long)(uint)x;
        r[(i * 10) + 6] = (long)(long)x;
        r[(i * 10) + 7] = (long)(ulong)x;
    }

    [Kernel]
    public static void UInt32ToFloats(ArrayView<uint> a, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        uint x = a[i];
        r[i * 2] = (float)x;
        r[(i * 2) + 1] = (double)x;
    }

    [Kernel]
    public static void Int64ToIntegers(ArrayView<long> a, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        long x = a[i];
        r[(i * 10) + 0] = (long)(sbyte)x;
        r[(i * 10) + 1] = (long)(byte)x;
        r[(i * 10) + 2] = (long)(short)x;
        r[(i * 10) + 3] = (long)(ushort)x;
        r[(i * 10) + 4] = (long)(int)x;
        r[(i * 10) + 5] = (long)(uint)x;
        r[(i * 10) + 6] = (long)(long)x;
        r[(i * 10) + 7] = (long)(ulong)x;
    }

    [Kernel]
    public static void Int64ToFloats(ArrayView<long> a, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        long x = a[i];
        r[i * 2] = (float)x;
        r[(i * 2) + 1] = (double)x;
    }

    [Kernel]
    public static void UInt64ToIntegers(ArrayView<ulong> a, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        ulong x = a[i];
        r[(i * 10) + 0] = (long)(sbyte)x;
        r[(i * 10) + 1] = (long)(byte)x;
        r[(i * 10) + 2] = (long)(short)x;
        r[(i * 10) + 3] = (long)(ushort)x;
        r[(i * 10) + 4] = (long)(int)x;
        r[(i * 10) + 5] = (long)(uint)x;
        r[(i * 10) + 6] = (long)(long)x;
        r[(i * 10) + 7] = (long)(ulong)x;
    }

    [Kernel]
    public static void UInt64ToFloats(ArrayView<ulong> a, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        ulong x = a[i];
        r[i * 2] = (float)x;
        r[(i * 2) + 1] = (double)x;
    }

    [Kernel]
    public static void SingleToIntegers(ArrayView<float> a, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        float x = a[i];
        r[(i * 10) + 0] = (long)(sbyte)x;
        r[(i * 10) + 1] = (long)(byte)x;
        r[(i * 10) + 2] = (long)(short)x;
        r[(i * 10) + 3] = (long)(ushort)x;
        r[(i * 10) + 4] = (long)(int)x;
        r[(i * 10) + 5] = (long)(uint)x;
        r[(i * 10) + 6] = (long)(long)x;
        r[(i * 10) + 7] = (long)(ulong)x;
    }

    [Kernel]
    public static void SingleToFloats(ArrayView<float> a, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        float x = a[i];
        r[i * 2] = (float)x;
        r[(i * 2) + 1] = (double)x;
    }

    [Kernel]
    public static void DoubleToIntegers(ArrayView<double> a, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        double x = a[i];
        r[(i * 10) + 0] = (long)(sbyte)x;
        r[(i * 10) + 1] = (long)(byte)x;
        r[(i * 10) + 2] = (long)(short)x;
        r[(i * 10) + 3] = (long)(ushort)x;
        r[(i * 10) + 4] = (long)(int)x;
        r[(i * 10) + 5] = (long)(uint)x;
        r[(i * 10) + 6] = (long)(long)x;
        r[(i * 10) + 7] = (long)(ulong)x;
    }

    [Kernel]
    public static void DoubleToFloats(ArrayView<double> a, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        double x = a[i];
        r[i * 2] = (float)x;
        r[(i * 2) + 1] = (double)x;
    }

    [Kernel]
    public static void SingleToHalf(ArrayView<float> a, ArrayView<ILGPU.Half> r)
    {
        int i = Grid.GlobalIndex.X;
        r[i] = (ILGPU.Half)a[i];
    }

    [Kernel]
    public static void DoubleToHalf(ArrayView<double> a, ArrayView<ILGPU.Half> r)
    {
        int i = Grid.GlobalIndex.X;
        r[i] = (ILGPU.Half)a[i];
    }

    [Kernel]
    public static void HalfToSingle(ArrayView<ILGPU.Half> a, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        r[i] = a[i];
    }

    [Kernel(Sm = 80)]
    public static void SingleToBFloat16(ArrayView<float> a, ArrayView<BFloat16> r)
    {
        int i = Grid.GlobalIndex.X;
        r[i] = (BFloat16)a[i];
    }

    [Kernel(Sm = 80)]
    public static void BFloat16ToSingle(ArrayView<BFloat16> a, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        r[i] = a[i];
    }

    [Kernel(Sm = 80)]
    public static void SingleToTf32(ArrayView<float> a, ArrayView<float> r)
    {
        int i = Grid.GlobalIndex.X;
        r[i] = TensorCore.RoundToTf32(a[i]);
    }

    [Kernel]
    public static void BitsOfFloats(ArrayView<float> a, ArrayView<double> b, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        r[i] = (long)(Interop.FloatAsInt(a[i]) ^ Interop.FloatAsInt(b[i]));
    }

    [Kernel]
    public static void FloatsOfBits(ArrayView<uint> a, ArrayView<ulong> b, ArrayView<double> r)
    {
        int i = Grid.GlobalIndex.X;
        r[i] = Interop.IntAsFloat((a[i] & 0x807FFFFF) | 0x3F000000) * Interop.IntAsFloat(
            (b[i] & 0x800FFFFFFFFFFFFFUL) | 0x3FE0000000000000UL);
    }
}
