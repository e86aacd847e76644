using System.Buffers.Binary;
using System.Text;

namespace SRKernels.Models.Weights.Checkpoints;

/// <summary>One entry of a zip file's central directory, its 64-bit extensions resolved.</summary>
/// <param name="Name">The member's name.</param>
/// <param name="Flags">General purpose bits.</param>
/// <param name="Method">0: stored.</param>
/// <param name="Crc">Sum over the uncompressed bytes.</param>
/// <param name="PackedBytes">Length in the file.</param>
/// <param name="LengthBytes">Length when unpacked.</param>
/// <param name="HeaderOffset">Where the local header starts.</param>
internal sealed record ZipEntry(string Name, ushort Flags, ushort Method, uint Crc, long PackedBytes, long LengthBytes, long HeaderOffset)
{
    public const int FixedBytes = 46;
    private const uint Signature = 0x02014B50, IsIn64 = uint.MaxValue;
    private const ushort Extension64 = 1;

    /// <summary>Whether the local header's sizes may be left to a descriptor behind the data.</summary>
    public bool HasDescriptor => (Flags & 0x0008) != 0;

    public bool IsEncrypted => (Flags & 0x2041) != 0;

    /// <summary>Reads the entry that the bytes start with, or null if there is none that is whole.</summary>
    /// <param name="bytes">The rest of the directory.</param>
    /// <param name="entryBytes">How many of them the entry takes.</param>
    public static ZipEntry? Read(ReadOnlySpan<byte> bytes, out int entryBytes)
    {
        entryBytes = 0;
        if (bytes.Length < FixedBytes || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Signature) return null;
        int name = Short(bytes, 28), extra = Short(bytes, 30), comment = Short(bytes, 32);
        entryBytes = FixedBytes + name + extra + comment;
        // A member that starts on another disk of a set: nobody has those.
        if (bytes.Length < entryBytes || Short(bytes, 34) is not (0 or ushort.MaxValue)) return null;
        uint packed = Int(bytes, 20), length = Int(bytes, 24), offset = Int(bytes, 42);
        var wide = Extension(bytes.Slice(FixedBytes + name, extra));
        if (!Widen(ref wide, length, out var length64) || !Widen(ref wide, packed, out var packed64) || !Widen(ref wide, offset, out var offset64)) return null;
        var text = Encoding.UTF8.GetString(bytes.Slice(FixedBytes, name));
        return new ZipEntry(text, Short(bytes, 8), Short(bytes, 10), Int(bytes, 16), packed64, length64, offset64);
    }

    private static ushort Short(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint Int(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    // The extension holds, in this order, only those fields that the fixed part leaves to it.
    private static bool Widen(ref ReadOnlySpan<byte> wide, uint narrow, out long value)
    {
        value = narrow;
        if (narrow != IsIn64) return true;
        if (wide.Length < 8) return false;
        value = BinaryPrimitives.ReadInt64LittleEndian(wide);
        wide = wide[8..];
        return value >= 0;
    }

    private static ReadOnlySpan<byte> Extension(ReadOnlySpan<byte> extra)
    {
        while (extra.Length >= 4)
        {
            int id = Short(extra, 0), length = Short(extra, 2);
            if (length > extra.Length - 4) return [];
            if (id == Extension64) return extra.Slice(4, length);
            extra = extra[(4 + length)..];
        }

        return [];
    }
}
