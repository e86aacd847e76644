using static SRKernels.Models.Imaging.ExifBlock;

namespace SRKernels.Models.Imaging;

/// <summary>Reads and resets the orientation in an EXIF block: TIFF bytes, <c>II*</c> or <c>MM</c> first.</summary>
/// <remarks>
/// CIPA DC-008 (Exif 2.32) 4.5 and TIFF 6.0: IFD0 describes the picture, the IFD after it the thumbnail. A block that is damaged
/// anywhere reads as orientation 1 and is otherwise left alone; nothing here throws.
/// </remarks>
public static class ExifOrientation
{
    private const ushort OrientationTag = 0x0112;

    // Where the thumbnail lies: JPEG (JPEGInterchangeFormat) or plain strips (StripOffsets), each with its length.
    private static readonly (ushort Start, ushort Length)[] ThumbnailTags = [(0x0201, 0x0202), (0x0111, 0x0117)];

    /// <summary>The orientation 1 to 8; 1 where there is none or it makes no sense.</summary>
    /// <param name="exif">The EXIF block.</param>
    public static int Read(ReadOnlySpan<byte> exif) => Find(exif) ?? 1;

    /// <summary>The orientation 1 to 8; null where there is none or it makes no sense.</summary>
    internal static int? Find(ReadOnlySpan<byte> exif)
    {
        int entry = FindEntry(exif, FirstDirectory(exif), OrientationTag);
        return entry >= 0 && ReadValue(exif, entry) is >= 1 and <= 8 and var value ? (int)value : null;
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
            WriteValue(copy, entry, 1);
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
}
