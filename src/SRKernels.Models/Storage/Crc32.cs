using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SRKernels.Models.Storage;

/// <summary>The CRC of PNG chunks and zip members: ISO 3309's, polynomial 0xEDB88320 reflected.</summary>
/// <remarks>
/// Long spans by carry-less products, 64 bytes at a time; else tables, eight bytes at a time. Source: Gopal et al. Fast CRC Computation for Generic
/// Polynomials Using PCLMULQDQ Instruction. Intel, 2009 (folding by 512 and by 128 bits, and its constants).
/// </remarks>
internal static class Crc32
{
    public const uint Start = 0xFFFFFFFF;
    private const int FoldedBytes = 64;

    // Tables[k * 256 + b]: what byte b does to the register k bytes later.
    private static readonly uint[] Tables = MakeTables();

    /// <summary>The register after <paramref name="bytes"/>, from the register before. Begin with <see cref="Start"/>.</summary>
    public static uint Update(uint register, ReadOnlySpan<byte> bytes)
    {
        if (Pclmulqdq.IsSupported && bytes.Length >= 2 * FoldedBytes)
        {
            int folded = bytes.Length / 16 * 16;
            register = Fold(register, bytes[..folded]);
            bytes = bytes[folded..];
        }

        return ByTables(register, bytes);
    }

    /// <summary>The CRC as it is stored.</summary>
    public static uint Finish(uint register) => ~register;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static uint ByTables(uint register, ReadOnlySpan<byte> bytes)
    {
        uint[] t = Tables;
        while (bytes.Length >= 8)
        {
            uint low = register ^ BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            uint high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            register = t[7 * 256 + (int)(low & 255)] ^ t[6 * 256 + (int)((low >> 8) & 255)]
                ^ t[5 * 256 + (int)((low >> 16) & 255)] ^ t[4 * 256 + (int)(low >> 24)]
                ^ t[3 * 256 + (int)(high & 255)] ^ t[2 * 256 + (int)((high >> 8) & 255)]
                ^ t[256 + (int)((high >> 16) & 255)] ^ t[(int)(high >> 24)];
            bytes = bytes[8..];
        }

        foreach (byte b in bytes)
            register = t[(int)((register ^ b) & 255)] ^ (register >> 8);
        return register;
    }

    // The register after whole vectors, at least eight: what is before a vector is moved forward by a product and added to it, until 16 bytes are
    // left that have the same remainder.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static uint Fold(uint register, ReadOnlySpan<byte> bytes)
    {
        Vector128<ulong> by512 = Vector128.Create(0x0154442BD4ul, 0x01C6E41596ul), by128 = Vector128.Create(0x01751997D0ul, 0x00CCAA009Eul);
        ref byte start = ref MemoryMarshal.GetReference(bytes);
        Vector128<ulong> a = At(ref start, 0) ^ Vector128.CreateScalar((ulong)register), b = At(ref start, 16), c = At(ref start, 32), d = At(ref start, 48);
        int at = FoldedBytes;
        for (; at + FoldedBytes <= bytes.Length; at += FoldedBytes)
        {
            a = Moved(a, by512) ^ At(ref start, at);
            b = Moved(b, by512) ^ At(ref start, at + 16);
            c = Moved(c, by512) ^ At(ref start, at + 32);
            d = Moved(d, by512) ^ At(ref start, at + 48);
        }

        a = Moved(a, by128) ^ b;
        a = Moved(a, by128) ^ c;
        a = Moved(a, by128) ^ d;
        for (; at < bytes.Length; at += 16) a = Moved(a, by128) ^ At(ref start, at);
        Span<byte> left = stackalloc byte[16];
        a.AsByte().CopyTo(left);
        return ByTables(0, left);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Moved(Vector128<ulong> value, Vector128<ulong> by) =>
        Pclmulqdq.CarrylessMultiply(value, by, 0x00) ^ Pclmulqdq.CarrylessMultiply(value, by, 0x11);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> At(ref byte start, int offset) => Vector128.LoadUnsafe(ref start, (nuint)offset).AsUInt64();

    private static uint[] MakeTables()
    {
        uint[] tables = new uint[8 * 256];
        for (uint b = 0; b < 256; b++)
        {
            uint r = b;
            for (int bit = 0; bit < 8; bit++)
                r = (r & 1) != 0 ? 0xEDB88320 ^ (r >> 1) : r >> 1;
            tables[b] = r;
        }

        for (int i = 256; i < tables.Length; i++)
            tables[i] = tables[(int)(tables[i - 256] & 255)] ^ (tables[i - 256] >> 8);
        return tables;
    }
}
