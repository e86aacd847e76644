using System.Buffers.Binary;

namespace SRKernels.Models.Imaging;

/// <summary>The entries of an EXIF block, found without trust in it: nothing here throws, and nothing outside the block is read.</summary>
/// <remarks>TIFF 6.0, 2: a directory is a count, entries of 12 bytes (tag, type, count, value or its place), the place of the next directory.</remarks>
internal static class ExifBlock
{
    public const int EntryBytes = 12;

    // Types of TIFF 6.0, 2.
    public const int Short = 3, Long = 4, Rational = 5;

    /// <summary>Whether bytes begin as such a block does.</summary>
    public static bool IsOne(ReadOnlySpan<byte> exif) => exif.StartsWith("II*\0"u8) || exif.StartsWith("MM\0*"u8);

    /// <summary>Where IFD0 begins; -1 where there is none.</summary>
    public static int FirstDirectory(ReadOnlySpan<byte> exif)
    {
        if (exif.Length < 8 || !IsOne(exif))
            return -1;
        return ValidDirectory(exif, ReadUInt32(exif, 4));
    }

    /// <summary>The offset where a directory can begin there, else -1.</summary>
    public static int ValidDirectory(ReadOnlySpan<byte> exif, uint offset) =>
        offset >= 8 && offset <= (uint)exif.Length - 2 ? (int)offset : -1;

    /// <summary>How many entries lie wholly inside the block.</summary>
    public static int EntryCount(ReadOnlySpan<byte> exif, int directory) =>
        Math.Min(ReadUInt16(exif, directory), (exif.Length - directory - 2) / EntryBytes);

    /// <summary>Where the entry of one value with this tag begins; -1 where there is none.</summary>
    public static int FindEntry(ReadOnlySpan<byte> exif, int directory, ushort tag)
    {
        if (directory < 0)
            return -1;
        int count = EntryCount(exif, directory);
        for (int i = 0; i < count; i++)
        {
            int entry = directory + 2 + i * EntryBytes;
            if (ReadUInt16(exif, entry) == tag && ReadUInt32(exif, entry + 4) == 1)
                return entry;
        }

        return -1;
    }

    /// <summary>The value of an entry of type SHORT, which lies in the first half of its field, or LONG; -1 for others.</summary>
    public static long ReadValue(ReadOnlySpan<byte> exif, int entry) => ReadUInt16(exif, entry + 2) switch
    {
        Short => ReadUInt16(exif, entry + 8),
        Long => ReadUInt32(exif, entry + 8),
        _ => -1,
    };

    /// <summary>Sets the value of an entry of type SHORT or LONG; a SHORT that is too small becomes a LONG.</summary>
    public static void WriteValue(Span<byte> exif, int entry, uint value)
    {
        if (ReadUInt16(exif, entry + 2) == Short && value <= ushort.MaxValue)
        {
            WriteUInt32(exif, entry + 8, 0);
            WriteUInt16(exif, entry + 8, (ushort)value);
        }
        else if (ReadUInt16(exif, entry + 2) is Short or Long)
        {
            WriteUInt16(exif, entry + 2, Long);
            WriteUInt32(exif, entry + 8, value);
        }
    }

    public static ushort ReadUInt16(ReadOnlySpan<byte> exif, int at) => IsLittleEndian(exif)
        ? BinaryPrimitives.ReadUInt16LittleEndian(exif[at..])
        : BinaryPrimitives.ReadUInt16BigEndian(exif[at..]);

    public static uint ReadUInt32(ReadOnlySpan<byte> exif, int at) => IsLittleEndian(exif)
        ? BinaryPrimitives.ReadUInt32LittleEndian(exif[at..])
        : BinaryPrimitives.ReadUInt32BigEndian(exif[at..]);

    public static void WriteUInt32(Span<byte> exif, int at, uint value)
    {
        if (IsLittleEndian(exif)) BinaryPrimitives.WriteUInt32LittleEndian(exif[at..], value);
        else BinaryPrimitives.WriteUInt32BigEndian(exif[at..], value);
    }

    private static void WriteUInt16(Span<byte> exif, int at, ushort value)
    {
        if (IsLittleEndian(exif)) BinaryPrimitives.WriteUInt16LittleEndian(exif[at..], value);
        else BinaryPrimitives.WriteUInt16BigEndian(exif[at..], value);
    }

    private static bool IsLittleEndian(ReadOnlySpan<byte> exif) => exif[0] == (byte)'I';
}
