using System.Runtime.CompilerServices;

namespace ILGPU;

/// <summary>Bits of numbers, and sizes.</summary>
public static class Interop
{
    public static uint FloatAsInt(float value) => BitConverter.SingleToUInt32Bits(value);

    public static ulong FloatAsInt(double value) => BitConverter.DoubleToUInt64Bits(value);

    public static ushort FloatAsInt(Half value) => value.RawValue;

    public static float IntAsFloat(uint value) => BitConverter.UInt32BitsToSingle(value);

    public static double IntAsFloat(ulong value) => BitConverter.UInt64BitsToDouble(value);

    public static Half IntAsFloat(ushort value) => new(value);

    public static int SizeOf<T>()
        where T : unmanaged => Unsafe.SizeOf<T>();
}
