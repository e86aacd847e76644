using System.Buffers.Binary;

namespace SRKernels.Tests.Fuzz;

/// <summary>Mutations that know nothing of the format: bits, numbers at the edge, holes, copies, cuts.</summary>
internal static class ByteMutations
{
    private static readonly uint[] EdgeNumbers =
    [
        0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 63, 64, 127, 128, 255, 256, 257, 0x7FFF, 0x8000, 0xFFFF, 0x10000,
        0x7FFFFFFE, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF,
    ];

    /// <summary>A copy of <paramref name="bytes"/> with one to four random changes.</summary>
    public static byte[] Mutate(FuzzRandom random, byte[] bytes, IReadOnlyList<byte[]> others)
    {
        byte[] result = (byte[])bytes.Clone();
        for (int changes = 1 + random.Below(4); changes > 0; changes--)
            result = Change(random, result, others);
        return result;
    }

    /// <summary>A 32-bit number at which arithmetic tends to break, or any.</summary>
    public static uint EdgeNumber(FuzzRandom random) => random.OneIn(4) ? (uint)random.Next64() : random.Pick(EdgeNumbers);

    private static byte[] Change(FuzzRandom random, byte[] bytes, IReadOnlyList<byte[]> others)
    {
        if (bytes.Length == 0)
            return [random.NextByte()];
        int at = random.Below(bytes.Length);
        int count = 1 + random.Below(Math.Min(bytes.Length - at, random.OneIn(3) ? 64 : 4));
        switch (random.Below(10))
        {
            case 0:
            case 1:
                bytes[at] ^= (byte)(1 << random.Below(8));
                return bytes;
            case 2:
                bytes[at] = random.NextByte();
                return bytes;
            case 3:
                bytes[at] = (byte)EdgeNumber(random);
                return bytes;
            case 4:
                WriteNumber(random, bytes.AsSpan(at));
                return bytes;
            case 5:
                return [.. bytes[..at], .. bytes[(at + count)..]];
            case 6:
                return [.. bytes[..at], .. Random(random, count), .. bytes[at..]];
            case 7:
                return [.. bytes[..(at + count)], .. bytes[at..]];
            case 8:
                return random.OneIn(3) ? bytes[..at] : Overwrite(random, bytes, at, count);
            default:
                byte[] other = random.Pick(others);
                int from = random.Below(other.Length);
                int length = Math.Min(1 + random.Below(64), Math.Min(other.Length - from, bytes.Length - at));
                other.AsSpan(from, length).CopyTo(bytes.AsSpan(at));
                return bytes;
        }
    }

    private static void WriteNumber(FuzzRandom random, Span<byte> to)
    {
        uint number = EdgeNumber(random);
        bool big = random.OneIn(2);
        if (to.Length >= 4 && random.OneIn(2))
        {
            if (big)
                BinaryPrimitives.WriteUInt32BigEndian(to, number);
            else
                BinaryPrimitives.WriteUInt32LittleEndian(to, number);
        }
        else if (to.Length >= 2)
        {
            if (big)
                BinaryPrimitives.WriteUInt16BigEndian(to, (ushort)number);
            else
                BinaryPrimitives.WriteUInt16LittleEndian(to, (ushort)number);
        }
    }

    private static byte[] Random(FuzzRandom random, int count)
    {
        byte[] result = new byte[count];
        foreach (ref byte b in result.AsSpan())
            b = random.NextByte();
        return result;
    }

    private static byte[] Overwrite(FuzzRandom random, byte[] bytes, int at, int count)
    {
        Random(random, count).CopyTo(bytes.AsSpan(at));
        return bytes;
    }
}
