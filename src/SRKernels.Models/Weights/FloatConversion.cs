using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SRKernels.Models.Weights;

/// <summary>Little-endian floating-point bytes to fp32. Exact for F16 and BF16; F64 rounds to nearest even.</summary>
internal static class FloatConversion
{
    public static void ToFloat32(TensorType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        switch (type)
        {
            case TensorType.F16: FromHalf(source, destination); break;
            case TensorType.BF16:
                for (var i = 0; i < destination.Length; i++)
                    destination[i] = BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(source[(2 * i)..]) << 16);
                break;
            case TensorType.F32:
                for (var i = 0; i < destination.Length; i++) destination[i] = BinaryPrimitives.ReadSingleLittleEndian(source[(4 * i)..]);
                break;
            case TensorType.F64:
                for (var i = 0; i < destination.Length; i++) destination[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(source[(8 * i)..]);
                break;
            default: throw new ArgumentOutOfRangeException(nameof(type), type, "not a floating-point type");
        }
    }

    private static void FromHalf(ReadOnlySpan<byte> source, Span<float> destination)
    {
        var i = 0;
        if (BitConverter.IsLittleEndian && Vector128.IsHardwareAccelerated)
        {
            ref var halves = ref Unsafe.As<byte, ushort>(ref MemoryMarshal.GetReference(source));
            ref var floats = ref MemoryMarshal.GetReference(destination);
            for (; i <= destination.Length - 8; i += 8)
            {
                var (low, high) = Vector128.Widen(Vector128.LoadUnsafe(ref halves, (nuint)i));
                Widened(low).StoreUnsafe(ref floats, (nuint)i);
                Widened(high).StoreUnsafe(ref floats, (nuint)i + 4);
            }
        }

        for (; i < destination.Length; i++) destination[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(source[(2 * i)..]);
    }

    /// <summary>
    /// Half bits to fp32: exponent and mantissa move to fp32's place, and a product with 2^112 mends the exponent's bias, for subnormal
    /// halves too. Infinities and NaN then get the full exponent. The scalar conversion of the runtime gives the same values.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Widened(Vector128<uint> half)
    {
        var magnitude = half & Vector128.Create(0x7FFFu);
        var value = (magnitude << 13).AsSingle() * Vector128.Create(5.192296858534828e33f);
        var special = Vector128.GreaterThan(magnitude, Vector128.Create(0x7BFFu)) & Vector128.Create(0x7F800000u);
        return (value.AsUInt32() | special | ((half & Vector128.Create(0x8000u)) << 16)).AsSingle();
    }
}
