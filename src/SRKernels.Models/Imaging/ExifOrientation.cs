using System.Buffers.Binary;

namespace SRKernels.Models.Imaging;

/// <summary>Reads and resets the orientation in an EXIF block: TIFF bytes, <c>II*</c> or <c>MM</c> first.</summary>
/// <remarks>
/// CIPA DC-008 (Exif 2.32) 4.5 and TIFF 6.0: IFD0 describes the picture, the IFD after it the thumbnail. A block that is damaged
/// anywhere reads as orientation 1 and is otherwise left alone; nothing here throws.
/// </remarks>
public static class ExifOrientation
{
    private const int EntryBytes = 12;
    private const ushort OrientationTag = 0x0112;

    // Where the thumbnail lies: JPEG (JPEGInterchangeFormat) or plain strips (StripOffsets), each with its length.
    private static readonly (ushort Start, ushort Length)[] ThumbnailTags = [(0x0201, 0x0202), (0x0111, 0x0117)];

    /// <summary>The orientation 1 to 8; 1 where there is none or it makes no sense.</summary>
    /// <param name="exif">The EXIF block.</param>
    public static int Read(ReadOnlySpan<byte> exif)
    {
        int entry = FindEntry(exif, FirstDirectory(exif), OrientationTag);
        long value = entry < 0 ? 1 : ReadValue(exif, entry);
        return value is >= 1 and <= 8 ? (int)value : 1;
    }

    /// <summary>
    /// A copy that says 1 (rows are as they are to be seen) and has no thumbnail: for a picture that was turned and whose old thumbnail no
    /// longer shows it.
    /// </summary>
    /// <param name="exif">The EXIF block.</param>
    public static byte[] WithOrientationOne(ReadOnlySpan<byte> exif)
    {
        byte[] copy = exif.ToArray();
        int directory = FirstDirectory(exif);
        int entry = FindEntry(exif, directory, OrientationTag);
        if (entry >= 0)
            WriteOne(copy, entry);
        return directory < 0 ? copy : WithoutThumbnail(copy, directory);
    }

    private static byte[] WithoutThumbnail(byte[] exif, int directory)
    {
        int link = directory + 2 + EntryCount(exif, directory) * EntryBytes;
        if (link + 4 > exif.Length)
            return exif;
        int thumbnails = ValidDirectory(exif, ReadUInt32(exif, link));
        exif.AsSpan(link, 4).Clear();
        if (thumbnails < 0)
            return exif;

        foreach (var (startTag, lengthTag) in ThumbnailTags)
        {
            int startEntry = FindEntry(exif, thumbnails, startTag);
            int lengthEntry = FindEntry(exif, thumbnails, lengthTag);
            if (startEntry < 0 || lengthEntry < 0)
                continue;
            long start = ReadValue(exif, startEntry);
            long end = start + ReadValue(exif, lengthEntry);
            // A range that reaches into the first directory is damaged; wiping it would lose what is kept.
            if (start < link + 4 || end > exif.Length || end <= start)
                continue;
            if (end == exif.Length)
                return exif[..(int)start];
            exif.AsSpan((int)start, (int)(end - start)).Clear();
        }

        return exif;
    }

    private static int FirstDirectory(ReadOnlySpan<byte> exif)
    {
        if (exif.Length < 8 || !(exif.StartsWith("II*\0"u8) || exif.StartsWith("MM\0*"u8)))
            return -1;
        return ValidDirectory(exif, ReadUInt32(exif, 4));
    }

    private static int ValidDirectory(ReadOnlySpan<byte> exif, uint offset) =>
        offset >= 8 && offset <= (uint)exif.Length - 2 ? (int)offset : -1;

    // Only the entries that lie wholly inside the block.
    private static int EntryCount(ReadOnlySpan<byte> exif, int directory) =>
        Math.Min(ReadUInt16(exif, directory), (exif.Length - directory - 2) / EntryBytes);

    private static int FindEntry(ReadOnlySpan<byte> exif, int directory, ushort tag)
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

    // Type 3 is SHORT, in the first half of the value field; type 4 is LONG.
    private static long ReadValue(ReadOnlySpan<byte> exif, int entry) => ReadUInt16(exif, entry + 2) switch
    {
        3 => ReadUInt16(exif, entry + 8),
        4 => ReadUInt32(exif, entry + 8),
        _ => -1,
    };

    private static void WriteOne(Span<byte> exif, int entry)
    {
        bool isLong = ReadUInt16(exif, entry + 2) == 4;
        var field = exif.Slice(entry + 8, isLong ? 4 : 2);
        field.Clear();
        field[IsLittleEndian(exif) ? 0 : field.Length - 1] = 1;
    }

    private static bool IsLittleEndian(ReadOnlySpan<byte> exif) => exif[0] == (byte)'I';

    private static ushort ReadUInt16(ReadOnlySpan<byte> exif, int at) => IsLittleEndian(exif)
        ? BinaryPrimitives.ReadUInt16LittleEndian(exif[at..])
        : BinaryPrimitives.ReadUInt16BigEndian(exif[at..]);

    private static uint ReadUInt32(ReadOnlySpan<byte> exif, int at) => IsLittleEndian(exif)
        ? BinaryPrimitives.ReadUInt32LittleEndian(exif[at..])
        : BinaryPrimitives.ReadUInt32BigEndian(exif[at..]);
}
