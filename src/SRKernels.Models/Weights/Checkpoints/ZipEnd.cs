using System.Buffers.Binary;

namespace SRKernels.Models.Weights.Checkpoints;

/// <summary>The end of a zip file: where its directory lies. 64-bit records included.</summary>
/// <param name="DirectoryOffset">Where the central directory starts.</param>
/// <param name="DirectoryBytes">How long it is.</param>
/// <param name="Count">How many members it says it has.</param>
/// <param name="Offset">Where the first of the end's records starts; the directory ends there.</param>
internal sealed record ZipEnd(long DirectoryOffset, long DirectoryBytes, long Count, long Offset)
{
    private const int EndBytes = 22, LocatorBytes = 20, End64Bytes = 56, MostCommentBytes = ushort.MaxValue;
    private const uint EndSignature = 0x06054B50, LocatorSignature = 0x07064B50, End64Signature = 0x06064B50;

    /// <summary>Finds it; null where the file does not end as a zip file does.</summary>
    public static ZipEnd? Find(Stream file)
    {
        var (tail, start) = Tail(file);
        foreach (var (at, behind) in Candidates(tail))
        {
            // Its comment must be the last of the file: what follows a zip file belongs to nobody.
            if (behind == 0) return Read(file, start + at, tail.AsSpan(at));
        }

        return null;
    }

    /// <summary>How many bytes follow an end that is whole, where the file goes on behind it; null where there is none near.</summary>
    public static long? BytesBehind(Stream file)
    {
        var (tail, start) = Tail(file);
        foreach (var (at, behind) in Candidates(tail))
            if (behind > 0 && Read(file, start + at, tail.AsSpan(at)) is { } found && found.DirectoryOffset == found.Offset - found.DirectoryBytes)
                return behind;
        return null;
    }

    // The bytes among which an end may start, and where they lie; none of a file that shrank.
    private static (byte[] Bytes, long Start) Tail(Stream file)
    {
        var tail = new byte[(int)Math.Min(file.Length, EndBytes + MostCommentBytes)];
        var start = file.Length - tail.Length;
        return ReadAt(file, start, tail) ? (tail, start) : ([], start);
    }

    // Where an end may start, the last first, and how many bytes follow it and its comment.
    private static IEnumerable<(int At, int Behind)> Candidates(byte[] tail)
    {
        for (var at = tail.Length - EndBytes; at >= 0; at--)
            if (BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(at)) == EndSignature)
                yield return (at, tail.Length - at - EndBytes - Short(tail.AsSpan(at), 20));
    }

    private static ZipEnd? Read(Stream file, long offset, ReadOnlySpan<byte> end)
    {
        var locator = new byte[LocatorBytes];
        if (offset >= LocatorBytes && ReadAt(file, offset - LocatorBytes, locator) && BinaryPrimitives.ReadUInt32LittleEndian(locator) == LocatorSignature)
            return Read64(file, BinaryPrimitives.ReadInt64LittleEndian(locator.AsSpan(8)), offset - LocatorBytes);
        if (Short(end, 4) != 0 || Short(end, 6) != 0 || Short(end, 8) != Short(end, 10)) return null;
        return new ZipEnd(BinaryPrimitives.ReadUInt32LittleEndian(end[16..]), BinaryPrimitives.ReadUInt32LittleEndian(end[12..]), Short(end, 10), offset);
    }

    private static ZipEnd? Read64(Stream file, long offset, long locator)
    {
        var end = new byte[End64Bytes];
        if (offset < 0 || offset > locator - End64Bytes || !ReadAt(file, offset, end)) return null;
        if (BinaryPrimitives.ReadUInt32LittleEndian(end) != End64Signature || BinaryPrimitives.ReadInt64LittleEndian(end.AsSpan(4)) != locator - offset - 12) return null;
        var count = BinaryPrimitives.ReadInt64LittleEndian(end.AsSpan(32));
        if (BinaryPrimitives.ReadInt64LittleEndian(end.AsSpan(16)) != 0 || BinaryPrimitives.ReadInt64LittleEndian(end.AsSpan(24)) != count) return null;
        return new ZipEnd(BinaryPrimitives.ReadInt64LittleEndian(end.AsSpan(48)), BinaryPrimitives.ReadInt64LittleEndian(end.AsSpan(40)), count, offset);
    }

    private static ushort Short(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static bool ReadAt(Stream file, long offset, Span<byte> bytes)
    {
        file.Position = offset;
        return file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length;
    }
}
