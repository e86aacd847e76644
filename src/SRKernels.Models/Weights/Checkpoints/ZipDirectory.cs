using System.Buffers.Binary;
using System.Text;
using SRKernels.Runtime;

namespace SRKernels.Models.Weights.Checkpoints;

/// <summary>
/// The members of a zip file, each checked against its local header: they cover the file from its start to the directory without hole or overlap, so
/// that one file cannot mean two things to two readers.
/// </summary>
/// <remarks>
/// What torch and other writers do differently is taken: 64-bit records, sizes that stand behind the data, local headers whose extra fields differ from
/// the directory's. Compressed members are not: torch writes none, and what is never unpacked cannot blow up. Source: PKWARE. APPNOTE.TXT 6.3.10.
/// </remarks>
internal static class ZipDirectory
{
    private const int MostMembers = 100_000, MostDirectoryBytes = 1 << 26, LocalBytes = 30;
    private const uint LocalSignature = 0x04034B50, DescriptorSignature = 0x08074B50;

    /// <summary>Reads all of it.</summary>
    /// <param name="who">The file, for errors.</param>
    /// <param name="file">Its bytes.</param>
    /// <exception cref="SrkException">It breaks a rule.</exception>
    public static IReadOnlyDictionary<string, ZipMember> Read(string who, Stream file)
    {
        var end = ZipEnd.Find(file) ?? throw (ZipEnd.BytesBehind(file) is { } behind
            ? new SrkException(who, "a zip file that ends as one", $"{behind} bytes behind its end", "something was added to the file: get it again")
            : new SrkException(who, "a zip file that ends as one", "one that is cut", FileContent.Incomplete));
        if (end.Count is < 0 or > MostMembers) throw Bad(who, $"at most {MostMembers} members", $"{end.Count}");
        if (end.DirectoryBytes > MostDirectoryBytes) throw Bad(who, $"a directory of at most {MostDirectoryBytes} bytes", $"{end.DirectoryBytes}");
        if (end.DirectoryBytes < end.Count * ZipEntry.FixedBytes || end.DirectoryOffset < 0 || end.DirectoryBytes > end.Offset || end.DirectoryOffset != end.Offset - end.DirectoryBytes)
            throw Bad(who, $"a directory of {end.Count} members that ends at byte {end.Offset}", $"{end.DirectoryBytes} bytes at {end.DirectoryOffset}");
        var entries = ReadEntries(who, file, end);
        var members = new Dictionary<string, ZipMember>(entries.Count, StringComparer.Ordinal);
        var next = 0L;
        foreach (var entry in entries.OrderBy(entry => entry.HeaderOffset))
        {
            if (entry.HeaderOffset != next)
                throw Bad(who, $"{Quoted(entry)} to start at byte {next}, where the one before ends", $"{entry.HeaderOffset}");
            var member = ReadLocal(who, file, entry, end.DirectoryOffset, out next);
            if (!members.TryAdd(entry.Name, member)) throw Bad(who, "each member once", $"{Quoted(entry)} twice");
        }

        return next == end.DirectoryOffset ? members : throw Bad(who, $"a directory at byte {next}, behind the last member", $"{end.DirectoryOffset}");
    }

    private static List<ZipEntry> ReadEntries(string who, Stream file, ZipEnd end)
    {
        var bytes = Bytes(who, file, end.DirectoryOffset, end.DirectoryBytes);
        var entries = new List<ZipEntry>((int)end.Count);
        var at = 0;
        while (at < bytes.Length)
        {
            var entry = ZipEntry.Read(bytes.AsSpan(at), out var entryBytes) ?? throw Bad(
                who, $"a member's description at byte {end.DirectoryOffset + at}", "something else");
            CheckName(who, entry.Name);
            if (entry.IsEncrypted) throw Bad(who, $"{Quoted(entry)} to be readable", "an encrypted member");
            entries.Add(entry);
            at += entryBytes;
        }

        if (entries.Count != end.Count) throw Bad(who, $"{end.Count} members", $"{entries.Count}");
        // A program's source is compressed: what it is comes before how it is packed.
        if (entries.Any(entry => ZipCheckpoint.IsOfProgram(entry.Name))) throw ZipCheckpoint.Program(who);
        return entries.Find(entry => entry.Method != 0 || entry.PackedBytes != entry.LengthBytes) is { } packed
            ? throw new SrkException(
                who, $"{Quoted(packed)} stored, as torch writes it", $"a compressed member (method {packed.Method})",
                "unpack the file and zip it again without compression (zip -0)")
            : entries;
    }

    // Nothing is ever unpacked to the disk; such a name says that the file was not made by torch.
    private static void CheckName(string who, string name)
    {
        if (name.Length == 0 || name[0] == '/' || name.AsSpan().ContainsAny('\\', ':', '\0') || name.Split('/').Contains("..", StringComparer.Ordinal))
            throw Bad(who, "members with plain names", $"'{ShownName.Of(name)}'");
    }

    private static ZipMember ReadLocal(string who, Stream file, ZipEntry entry, long limit, out long next)
    {
        if (entry.HeaderOffset > limit - LocalBytes) throw Bad(
            who, $"{Quoted(entry)} to lie before the directory", $"a start at byte {entry.HeaderOffset}");
        var local = Bytes(who, file, entry.HeaderOffset, LocalBytes);
        if (BinaryPrimitives.ReadUInt32LittleEndian(local) != LocalSignature) throw Bad(
            who, $"a header of {Quoted(entry)} at byte {entry.HeaderOffset}", "something else");
        int nameBytes = Short(local, 26), extraBytes = Short(local, 28);
        var data = entry.HeaderOffset + LocalBytes + nameBytes + extraBytes;
        if (data > limit || entry.LengthBytes > limit - data) throw Bad(
            who, $"{Quoted(entry)} to lie before the directory", $"{entry.LengthBytes} bytes at {data}");
        var name = Encoding.UTF8.GetString(Bytes(who, file, entry.HeaderOffset + LocalBytes, nameBytes));
        if (name != entry.Name || Short(local, 8) != entry.Method)
            throw Bad(who, $"{Quoted(entry)} to be described in two places alike", $"'{ShownName.Of(name)}', method {Short(local, 8)}");
        // Where a descriptor follows, these may be left 0; so they may be, as 32-bit maxima, where an extra field has them.
        var (crc, packed) = (BinaryPrimitives.ReadUInt32LittleEndian(local.AsSpan(14)), BinaryPrimitives.ReadUInt32LittleEndian(local.AsSpan(18)));
        var isLeft = entry.HasDescriptor && crc == 0;
        if ((crc != entry.Crc && !isLeft) || (packed != entry.LengthBytes && packed != uint.MaxValue && !(entry.HasDescriptor && packed == 0)))
            throw Bad(who, $"{Quoted(entry)} to have {entry.LengthBytes} bytes of CRC {entry.Crc:X8}", $"{packed} bytes of {crc:X8} in its own header");
        next = data + entry.LengthBytes;
        if (entry.HasDescriptor) next += DescriptorBytes(who, file, entry, next, limit);
        return new ZipMember(entry.Name, data, entry.LengthBytes, entry.Crc);
    }

    // With its optional signature or without, with sizes of 32 or of 64 bits.
    private static int DescriptorBytes(string who, Stream file, ZipEntry entry, long at, long limit)
    {
        var bytes = Bytes(who, file, at, Math.Min(24, limit - at));
        var signed = bytes.Length >= 4 && BinaryPrimitives.ReadUInt32LittleEndian(bytes) == DescriptorSignature ? 4 : 0;
        var rest = bytes.AsSpan(signed);
        if (rest.Length >= 12 && BinaryPrimitives.ReadUInt32LittleEndian(rest) == entry.Crc)
        {
            if (rest.Length >= 20 && BinaryPrimitives.ReadInt64LittleEndian(rest[4..]) == entry.LengthBytes && BinaryPrimitives.ReadInt64LittleEndian(rest[12..]) == entry.LengthBytes)
                return signed + 20;
            if (BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]) == entry.LengthBytes && BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]) == entry.LengthBytes)
                return signed + 12;
        }

        throw Bad(who, $"the sizes of {Quoted(entry)} behind it", "something else");
    }

    private static byte[] Bytes(string who, Stream file, long offset, long count)
    {
        // Offsets and counts were compared with the file's length before; only a file that shrinks is shorter.
        var bytes = new byte[count];
        file.Position = offset;
        return file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length
            ? bytes
            : throw new SrkException(who, $"{count} bytes at {offset}", "the file's end", "the file shrank while it was read: fetch it again");
    }

    private static ushort Short(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static string Quoted(ZipEntry entry) => $"'{ShownName.Of(entry.Name)}'";

    private static SrkException Bad(string who, string expected, string got) =>
        new(who, expected, got, "the file is damaged or was not written by torch: get it again");
}
