using System.Runtime.CompilerServices;
using ILGPU.IR.Intrinsics;

namespace SRKernels.Intrinsics;

/// <summary>One wide access instead of several. The address must be aligned to the width; on the CPU that is
/// checked.</summary>
public static class VectorAccess
{
    /// <summary>Two floats at an address that is a multiple of 8.</summary>
    /// <param name="source">The first.</param>
    /// <returns>Both.</returns>
    [IntrinsicImplementation]
    public static Float2 Load2(ref float source) => Unsafe.ReadUnaligned<Float2>(ref Aligned(ref source, 8));

    /// <summary>Four floats at an address that is a multiple of 16.</summary>
    /// <param name="source">The first.</param>
    /// <returns>All.</returns>
    [IntrinsicImplementation]
    public static Float4 Load4(ref float source) => Unsafe.ReadUnaligned<Float4>(ref Aligned(ref source, 16));

    /// <summary>Writes two floats to an address that is a multiple of 8.</summary>
    /// <param name="target">Where the first goes.</param>
    /// <param name="value">Both.</param>
    [IntrinsicImplementation]
    public static void Store2(ref float target, Float2 value) =>
        Unsafe.WriteUnaligned(ref Aligned(ref target, 8), value);

    /// <summary>Writes four floats to an address that is a multiple of 16.</summary>
    /// <param name="target">Where the first goes.</param>
    /// <param name="value">All.</param>
    [IntrinsicImplementation]
    public static void Store4(ref float target, Float4 value) =>
        Unsafe.WriteUnaligned(ref Aligned(ref target, 16), value);

    /// <summary>8 bytes of any element type at an address that is a multiple of 8.</summary>
    /// <typeparam name="T">Element type; its size divides 8.</typeparam>
    /// <param name="source">The first element.</param>
    /// <returns>The bytes.</returns>
    [IntrinsicImplementation]
    public static Registers2 LoadBits2<T>(ref T source)
        where T : unmanaged => Unsafe.ReadUnaligned<Registers2>(ref Aligned(ref source, 8));

    /// <summary>16 bytes of any element type at an address that is a multiple of 16.</summary>
    /// <typeparam name="T">Element type; its size divides 16.</typeparam>
    /// <param name="source">The first element.</param>
    /// <returns>The bytes.</returns>
    [IntrinsicImplementation]
    public static Registers4 LoadBits4<T>(ref T source)
        where T : unmanaged => Unsafe.ReadUnaligned<Registers4>(ref Aligned(ref source, 16));

    /// <summary>Writes 8 bytes to an address that is a multiple of 8.</summary>
    /// <typeparam name="T">Element type; its size divides 8.</typeparam>
    /// <param name="target">Where the first element goes.</param>
    /// <param name="value">The bytes.</param>
    [IntrinsicImplementation]
    public static void StoreBits2<T>(ref T target, Registers2 value)
        where T : unmanaged => Unsafe.WriteUnaligned(ref Aligned(ref target, 8), value);

    /// <summary>Writes 16 bytes to an address that is a multiple of 16.</summary>
    /// <typeparam name="T">Element type; its size divides 16.</typeparam>
    /// <param name="target">Where the first element goes.</param>
    /// <param name="value">The bytes.</param>
    [IntrinsicImplementation]
    public static void StoreBits4<T>(ref T target, Registers4 value)
        where T : unmanaged => Unsafe.WriteUnaligned(ref Aligned(ref target, 16), value);

    private static unsafe ref byte Aligned<T>(ref T place, int bytes)
        where T : unmanaged
    {
        if ((nuint)Unsafe.AsPointer(ref place) % (nuint)bytes != 0)
            throw new InvalidOperationException(
                $"VectorAccess: the address is not a multiple of {bytes}; align the view (AsAligned) or use narrower access.");
        return ref Unsafe.As<T, byte>(ref place);
    }
}
