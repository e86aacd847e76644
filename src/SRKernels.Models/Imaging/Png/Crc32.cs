using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace SRKernels.Models.Imaging.Png;

/// <summary>The CRC of PNG chunks: ISO 3309's, polynomial 0xEDB88320 reflected, eight bytes at a time.</summary>
internal static class Crc32
{
    // Tables[k * 256 + b]: what byte b does to the register k bytes later.
    private static readonly uint[] Tables = MakeTables();

    /// <summary>The register after <paramref name="bytes"/>, from the register before. Begin with <see cref="Start"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static uint Update(uint register, ReadOnlySpan<byte> bytes)
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

    public const uint Start = 0xFFFFFFFF;

    /// <summary>The CRC as it is stored.</summary>
    public static uint Finish(uint register) => ~register;

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
