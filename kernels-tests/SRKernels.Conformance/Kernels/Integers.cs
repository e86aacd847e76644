using ILGPU;
using SRKernels.Intrinsics;

namespace SRKernels.Conformance.Kernels;

/// <summary>Integer arithmetic of every type, wrapping as unchecked C# does.</summary>
public static class Integers
{
    [Kernel]
    public static void AddInt32(ArrayView<int> a, ArrayView<int> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] + b[i];
    }

    [Kernel]
    public static void SubtractInt32(ArrayView<int> a, ArrayView<int> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] - b[i];
    }

    [Kernel]
    public static void MultiplyInt32(ArrayView<int> a, ArrayView<int> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] * b[i];
    }

    [Kernel]
    public static void DivideInt32(ArrayView<int> a, ArrayView<int> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] / b[i];
    }

    [Kernel]
    public static void RemainderInt32(ArrayView<int> a, ArrayView<int> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] % b[i];
    }

    [Kernel]
    public static void AndInt32(ArrayView<int> a, ArrayView<int> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] & b[i];
    }

    [Kernel]
    public static void OrInt32(ArrayView<int> a, ArrayView<int> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] | b[i];
    }

    [Kernel]
    public static void XorInt32(ArrayView<int> a, ArrayView<int> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] ^ b[i];
    }

    [Kernel]
    public static void ComplementInt32(ArrayView<int> a, ArrayView<int> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = ~a[i] + b[i];
    }

    [Kernel]
    public static void ShiftLeftInt32(ArrayView<int> a, ArrayView<int> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] << (int)b[i];
    }

    [Kernel]
    public static void ShiftRightInt32(ArrayView<int> a, ArrayView<int> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] >> (int)b[i];
    }

    [Kernel]
    public static void ShiftRightLogicalInt32(ArrayView<int> a, ArrayView<int> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] >>> (int)b[i];
    }

    [Kernel]
    public static void MinMaxInt32(ArrayView<int> a, ArrayView<int> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Max(Math.Min(a[i], b[i]), (int)3);
    }

    [Kernel]
    public static void ClampInt32(ArrayView<int> a, ArrayView<int> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Min(Math.Max(a[i], b[i]), b[i] | (int)5);
    }

    [Kernel]
    public static void NegateInt32(ArrayView<int> a, ArrayView<int> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = -a[i] ^ b[i];
    }

    [Kernel]
    public static void AbsInt32(ArrayView<int> a, ArrayView<int> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Abs(a[i] | 1) - b[i];
    }

    [Kernel]
    public static void CompareInt32(ArrayView<int> a, ArrayView<int> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length)
            r[i] = (a[i] < b[i] ? 1 : 0) + (a[i] <= b[i] ? 2 : 0) + (a[i] > b[i] ? 4 : 0) + (a[i] >= b[i] ? 8 : 0) + (
                a[i] == b[i] ? 16 : 0) + (a[i] != b[i] ? 32 : 0);
    }

    [Kernel]
    public static void CountBitsInt32(ArrayView<int> a, ArrayView<int> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length)
            r[i] = IntrinsicMath.PopCount(a[i]) + (100 * IntrinsicMath.LeadingZeroCount(a[i])) + (
                10000 * IntrinsicMath.TrailingZeroCount(b[i]));
    }

    [Kernel]
    public static void AddUInt32(ArrayView<uint> a, ArrayView<uint> b, ArrayView<uint> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] + b[i];
    }

    [Kernel]
    public static void SubtractUInt32(ArrayView<uint> a, ArrayView<uint> b, ArrayView<uint> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] - b[i];
    }

    [Kernel]
    public static void MultiplyUInt32(ArrayView<uint> a, ArrayView<uint> b, ArrayView<uint> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] * b[i];
    }

    [Kernel]
    public static void DivideUInt32(ArrayView<uint> a, ArrayView<uint> b, ArrayView<uint> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] / b[i];
    }

    [Kernel]
    public static void RemainderUInt32(ArrayView<uint> a, ArrayView<uint> b, ArrayView<uint> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] % b[i];
    }

    [Kernel]
    public static void AndUInt32(ArrayView<uint> a, ArrayView<uint> b, ArrayView<uint> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] & b[i];
    }

    [Kernel]
    public static void OrUInt32(ArrayView<uint> a, ArrayView<uint> b, ArrayView<uint> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] | b[i];
    }

    [Kernel]
    public static void XorUInt32(ArrayView<uint> a, ArrayView<uint> b, ArrayView<uint> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] ^ b[i];
    }

    [Kernel]
    public static void ComplementUInt32(ArrayView<uint> a, ArrayView<uint> b, ArrayView<uint> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = ~a[i] + b[i];
    }

    [Kernel]
    public static void ShiftLeftUInt32(ArrayView<uint> a, ArrayView<uint> b, ArrayView<uint> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] << (int)b[i];
    }

    [Kernel]
    public static void ShiftRightUInt32(ArrayView<uint> a, ArrayView<uint> b, ArrayView<uint> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] >> (int)b[i];
    }

    [Kernel]
    public static void ShiftRightLogicalUInt32(ArrayView<uint> a, ArrayView<uint> b, ArrayView<uint> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] >>> (int)b[i];
    }

    [Kernel]
    public static void MinMaxUInt32(ArrayView<uint> a, ArrayView<uint> b, ArrayView<uint> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Max(Math.Min(a[i], b[i]), (uint)3);
    }

    [Kernel]
    public static void ClampUInt32(ArrayView<uint> a, ArrayView<uint> b, ArrayView<uint> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Min(Math.Max(a[i], b[i]), b[i] | (uint)5);
    }

    [Kernel]
    public static void CompareUInt32(ArrayView<uint> a, ArrayView<uint> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length)
            r[i] = (a[i] < b[i] ? 1 : 0) + (a[i] <= b[i] ? 2 : 0) + (a[i] > b[i] ? 4 : 0) + (a[i] >= b[i] ? 8 : 0) + (
                a[i] == b[i] ? 16 : 0) + (a[i] != b[i] ? 32 : 0);
    }

    [Kernel]
    public static void CountBitsUInt32(ArrayView<uint> a, ArrayView<uint> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length)
            r[i] = IntrinsicMath.PopCount(a[i]) + (100 * IntrinsicMath.LeadingZeroCount(a[i])) + (
                10000 * IntrinsicMath.TrailingZeroCount(b[i]));
    }

    [Kernel]
    public static void AddInt64(ArrayView<long> a, ArrayView<long> b, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] + b[i];
    }

    [Kernel]
    public static void SubtractInt64(ArrayView<long> a, ArrayView<long> b, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] - b[i];
    }

    [Kernel]
    public static void MultiplyInt64(ArrayView<long> a, ArrayView<long> b, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] * b[i];
    }

    [Kernel]
    public static void DivideInt64(ArrayView<long> a, ArrayView<long> b, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] / b[i];
    }

    [Kernel]
    public static void RemainderInt64(ArrayView<long> a, ArrayView<long> b, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] % b[i];
    }

    [Kernel]
    public static void AndInt64(ArrayView<long> a, ArrayView<long> b, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] & b[i];
    }

    [Kernel]
    public static void OrInt64(ArrayView<long> a, ArrayView<long> b, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] | b[i];
    }

    [Kernel]
    public static void XorInt64(ArrayView<long> a, ArrayView<long> b, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] ^ b[i];
    }

    [Kernel]
    public static void ComplementInt64(ArrayView<long> a, ArrayView<long> b, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = ~a[i] + b[i];
    }

    [Kernel]
    public static void ShiftLeftInt64(ArrayView<long> a, ArrayView<long> b, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] << (int)b[i];
    }

    [Kernel]
    public static void ShiftRightInt64(ArrayView<long> a, ArrayView<long> b, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] >> (int)b[i];
    }

    [Kernel]
    public static void ShiftRightLogicalInt64(ArrayView<long> a, ArrayView<long> b, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] >>> (int)b[i];
    }

    [Kernel]
    public static void MinMaxInt64(ArrayView<long> a, ArrayView<long> b, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Max(Math.Min(a[i], b[i]), (long)3);
    }

    [Kernel]
    public static void ClampInt64(ArrayView<long> a, ArrayView<long> b, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Min(Math.Max(a[i], b[i]), b[i] | (long)5);
    }

    [Kernel]
    public static void NegateInt64(ArrayView<long> a, ArrayView<long> b, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = -a[i] ^ b[i];
    }

    [Kernel]
    public static void AbsInt64(ArrayView<long> a, ArrayView<long> b, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Abs(a[i] | 1) - b[i];
    }

    [Kernel]
    public static void CompareInt64(ArrayView<long> a, ArrayView<long> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length)
            r[i] = (a[i] < b[i] ? 1 : 0) + (a[i] <= b[i] ? 2 : 0) + (a[i] > b[i] ? 4 : 0) + (a[i] >= b[i] ? 8 : 0) + (
                a[i] == b[i] ? 16 : 0) + (a[i] != b[i] ? 32 : 0);
    }

    [Kernel]
    public static void CountBitsInt64(ArrayView<long> a, ArrayView<long> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length)
            r[i] = IntrinsicMath.PopCount(a[i]) + (100 * IntrinsicMath.LeadingZeroCount(a[i])) + (
                10000 * IntrinsicMath.TrailingZeroCount(b[i]));
    }

    [Kernel]
    public static void AddUInt64(ArrayView<ulong> a, ArrayView<ulong> b, ArrayView<ulong> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] + b[i];
    }

    [Kernel]
    public static void SubtractUInt64(ArrayView<ulong> a, ArrayView<ulong> b, ArrayView<ulong> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] - b[i];
    }

    [Kernel]
    public static void MultiplyUInt64(ArrayView<ulong> a, ArrayView<ulong> b, ArrayView<ulong> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] * b[i];
    }

    [Kernel]
    public static void DivideUInt64(ArrayView<ulong> a, ArrayView<ulong> b, ArrayView<ulong> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] / b[i];
    }

    [Kernel]
    public static void RemainderUInt64(ArrayView<ulong> a, ArrayView<ulong> b, ArrayView<ulong> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] % b[i];
    }

    [Kernel]
    public static void AndUInt64(ArrayView<ulong> a, ArrayView<ulong> b, ArrayView<ulong> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] & b[i];
    }

    [Kernel]
    public static void OrUInt64(ArrayView<ulong> a, ArrayView<ulong> b, ArrayView<ulong> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] | b[i];
    }

    [Kernel]
    public static void XorUInt64(ArrayView<ulong> a, ArrayView<ulong> b, ArrayView<ulong> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] ^ b[i];
    }

    [Kernel]
    public static void ComplementUInt64(ArrayView<ulong> a, ArrayView<ulong> b, ArrayView<ulong> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = ~a[i] + b[i];
    }

    [Kernel]
    public static void ShiftLeftUInt64(ArrayView<ulong> a, ArrayView<ulong> b, ArrayView<ulong> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] << (int)b[i];
    }

    [Kernel]
    public static void ShiftRightUInt64(ArrayView<ulong> a, ArrayView<ulong> b, ArrayView<ulong> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] >> (int)b[i];
    }

    [Kernel]
    public static void ShiftRightLogicalUInt64(ArrayView<ulong> a, ArrayView<ulong> b, ArrayView<ulong> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = a[i] >>> (int)b[i];
    }

    [Kernel]
    public static void MinMaxUInt64(ArrayView<ulong> a, ArrayView<ulong> b, ArrayView<ulong> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Max(Math.Min(a[i], b[i]), (ulong)3);
    }

    [Kernel]
    public static void ClampUInt64(ArrayView<ulong> a, ArrayView<ulong> b, ArrayView<ulong> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Min(Math.Max(a[i], b[i]), b[i] | (ulong)5);
    }

    [Kernel]
    public static void CompareUInt64(ArrayView<ulong> a, ArrayView<ulong> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length)
            r[i] = (a[i] < b[i] ? 1 : 0) + (a[i] <= b[i] ? 2 : 0) + (a[i] > b[i] ? 4 : 0) + (a[i] >= b[i] ? 8 : 0) + (
                a[i] == b[i] ? 16 : 0) + (a[i] != b[i] ? 32 : 0);
    }

    [Kernel]
    public static void CountBitsUInt64(ArrayView<ulong> a, ArrayView<ulong> b, ArrayView<int> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length)
            r[i] = IntrinsicMath.PopCount(a[i]) + (100 * IntrinsicMath.LeadingZeroCount(a[i])) + (
                10000 * IntrinsicMath.TrailingZeroCount(b[i]));
    }

    [Kernel]
    public static void ArithmeticSByte(ArrayView<sbyte> a, ArrayView<sbyte> b, ArrayView<sbyte> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = (sbyte)((a[i] * b[i]) + a[i] - b[i]);
    }

    [Kernel]
    public static void ShiftSByte(ArrayView<sbyte> a, ArrayView<sbyte> b, ArrayView<sbyte> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = (sbyte)((a[i] >> (b[i] & 3)) ^ (b[i] << 2));
    }

    [Kernel]
    public static void DivideSByte(ArrayView<sbyte> a, ArrayView<sbyte> b, ArrayView<sbyte> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = (sbyte)((a[i] / (b[i] | 1)) + (a[i] % (b[i] | 1)));
    }

    [Kernel]
    public static void MinMaxSByte(ArrayView<sbyte> a, ArrayView<sbyte> b, ArrayView<sbyte> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Max(Math.Min(a[i], b[i]), (sbyte)7);
    }

    [Kernel]
    public static void ArithmeticByte(ArrayView<byte> a, ArrayView<byte> b, ArrayView<byte> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = (byte)((a[i] * b[i]) + a[i] - b[i]);
    }

    [Kernel]
    public static void ShiftByte(ArrayView<byte> a, ArrayView<byte> b, ArrayView<byte> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = (byte)((a[i] >> (b[i] & 3)) ^ (b[i] << 2));
    }

    [Kernel]
    public static void DivideByte(ArrayView<byte> a, ArrayView<byte> b, ArrayView<byte> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = (byte)((a[i] / (b[i] | 1)) + (a[i] % (b[i] | 1)));
    }

    [Kernel]
    public static void MinMaxByte(ArrayView<byte> a, ArrayView<byte> b, ArrayView<byte> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Max(Math.Min(a[i], b[i]), (byte)7);
    }

    [Kernel]
    public static void ArithmeticInt16(ArrayView<short> a, ArrayView<short> b, ArrayView<short> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = (short)((a[i] * b[i]) + a[i] - b[i]);
    }

    [Kernel]
    public static void ShiftInt16(ArrayView<short> a, ArrayView<short> b, ArrayView<short> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = (short)((a[i] >> (b[i] & 3)) ^ (b[i] << 2));
    }

    [Kernel]
    public static void DivideInt16(ArrayView<short> a, ArrayView<short> b, ArrayView<short> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = (short)((a[i] / (b[i] | 1)) + (a[i] % (b[i] | 1)));
    }

    [Kernel]
    public static void MinMaxInt16(ArrayView<short> a, ArrayView<short> b, ArrayView<short> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Max(Math.Min(a[i], b[i]), (short)7);
    }

    [Kernel]
    public static void ArithmeticUInt16(ArrayView<ushort> a, ArrayView<ushort> b, ArrayView<ushort> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = (ushort)((a[i] * b[i]) + a[i] - b[i]);
    }

    [Kernel]
    public static void ShiftUInt16(ArrayView<ushort> a, ArrayView<ushort> b, ArrayView<ushort> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = (ushort)((a[i] >> (b[i] & 3)) ^ (b[i] << 2));
    }

    [Kernel]
    public static void DivideUInt16(ArrayView<ushort> a, ArrayView<ushort> b, ArrayView<ushort> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = (ushort)((a[i] / (b[i] | 1)) + (a[i] % (b[i] | 1)));
    }

    [Kernel]
    public static void MinMaxUInt16(ArrayView<ushort> a, ArrayView<ushort> b, ArrayView<ushort> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.Max(Math.Min(a[i], b[i]), (ushort)7);
    }

    [Kernel]
    public static void RotateUInt32(ArrayView<uint> a, ArrayView<uint> b, ArrayView<uint> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length)
            r[i] = System.Numerics.BitOperations.RotateLeft(
                a[i], (int)b[i]) ^ System.Numerics.BitOperations.RotateRight(b[i], 7);
    }

    [Kernel]
    public static void RotateUInt64(ArrayView<ulong> a, ArrayView<ulong> b, ArrayView<ulong> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length)
            r[i] = System.Numerics.BitOperations.RotateLeft(
                a[i], (int)b[i]) ^ System.Numerics.BitOperations.RotateRight(b[i], 7);
    }

    [Kernel]
    public static void BigProduct(ArrayView<int> a, ArrayView<int> b, ArrayView<long> r)
    {
        int i = Grid.GlobalIndex.X;
        if (i < r.Length) r[i] = Math.BigMul(a[i], b[i]);
    }
}
