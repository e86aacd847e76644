using System.Buffers.Binary;
using System.Text;
using SRKernels.Models.Storage;

namespace SRKernels.Tests.Models.Weights.Checkpoints;

/// <summary>A member of a zip file made by hand, and where its two descriptions lie about it.</summary>
internal sealed record ZipItem(string Name, byte[] Data)
{
    /// <summary>The name in its own header.</summary>
    public string? LocalName { get; init; }

    public uint? LocalCrc { get; init; }

    public uint? Crc { get; init; }

    public long? Length { get; init; }

    public long? Offset { get; init; }

    public ushort Method { get; init; }

    public ushort Flags { get; init; }

    /// <summary>Sizes stand behind the data: 0 none, else of 4 or 8 bytes, negative without a signature.</summary>
    public int Descriptor { get; init; }

    /// <summary>Bytes of an extra field in its own header only, as torch aligns with.</summary>
    public int Padding { get; init; }

    /// <summary>Sizes and offset in 64 bits.</summary>
    public bool IsWide { get; init; }

    /// <summary>Bytes behind it that belong to nobody.</summary>
    public int Gap { get; init; }
}

/// <summary>Zip files made by hand (PKWARE, APPNOTE.TXT).</summary>
internal static class ZipBytes
{
    public static byte[] Make(IEnumerable<ZipItem> items, bool wide = false, string comment = "", long? count = null, byte[]? prefix = null)
    {
        var file = new MemoryStream();
        var directory = new MemoryStream();
        file.Write(prefix ?? []);
        long members = 0;
        foreach (var item in items)
        {
            var offset = file.Position;
            Local(file, item);
            Entry(directory, item, item.Offset ?? offset);
            members++;
        }

        var start = file.Position;
        directory.WriteTo(file);
        var end = file.Position;
        var length = end - start;
        if (wide)
        {
            Write(file, 0x06064B50u, 44L, (ushort)45, (ushort)45, 0u, 0u, count ?? members, count ?? members, length, start);
            Write(file, 0x07064B50u, 0u, end, 1u);
        }

        var shown = (ushort)Math.Min(count ?? members, ushort.MaxValue);
        Write(file, 0x06054B50u, (ushort)0, (ushort)0, shown, shown, (uint)length, (uint)start, (ushort)comment.Length);
        file.Write(Encoding.Latin1.GetBytes(comment));
        return file.ToArray();
    }

    public static uint Crc(ReadOnlySpan<byte> bytes) => Crc32.Finish(Crc32.Update(Crc32.Start, bytes));

    private static void Local(MemoryStream file, ZipItem item)
    {
        var name = Encoding.UTF8.GetBytes(item.LocalName ?? item.Name);
        var crc = item.LocalCrc ?? Crc(item.Data);
        var flags = (ushort)(item.Flags | (item.Descriptor != 0 ? 8 : 0));
        var (stated, length) = item.Descriptor != 0 ? (0u, 0u) : (crc, item.IsWide ? uint.MaxValue : (uint)item.Data.Length);
        var extra = new MemoryStream();
        if (item.IsWide && item.Descriptor == 0) Write(extra, (ushort)1, (ushort)16, (long)item.Data.Length, (long)item.Data.Length);
        if (item.Padding > 0) Write(extra, (ushort)0x4246, (ushort)item.Padding);
        extra.Write(new byte[item.Padding]);
        Write(file, 0x04034B50u, (ushort)0, flags, item.Method, 0u, stated, length, length, (ushort)name.Length, (ushort)extra.Length);
        file.Write(name);
        extra.WriteTo(file);
        file.Write(item.Data);
        if (item.Descriptor > 0) Write(file, 0x08074B50u);
        if (Math.Abs(item.Descriptor) == 4) Write(file, crc, (uint)item.Data.Length, (uint)item.Data.Length);
        if (Math.Abs(item.Descriptor) == 8) Write(file, crc, (long)item.Data.Length, (long)item.Data.Length);
        file.Write(new byte[item.Gap]);
    }

    private static void Entry(MemoryStream directory, ZipItem item, long offset)
    {
        var name = Encoding.UTF8.GetBytes(item.Name);
        var length = item.Length ?? item.Data.Length;
        var extra = new MemoryStream();
        if (item.IsWide) Write(extra, (ushort)1, (ushort)24, length, length, offset);
        var narrow = item.IsWide ? uint.MaxValue : (uint)length;
        Write(directory, 0x02014B50u, (ushort)0, (ushort)0, (ushort)(item.Flags | (item.Descriptor != 0 ? 8 : 0)), item.Method, 0u, item.Crc ?? Crc(item.Data), narrow, narrow,
            (ushort)name.Length, (ushort)extra.Length, (ushort)0, (ushort)0, (ushort)0, 0u, item.IsWide ? uint.MaxValue : (uint)offset);
        directory.Write(name);
        extra.WriteTo(directory);
    }

    private static void Write(MemoryStream to, params object[] numbers)
    {
        Span<byte> bytes = stackalloc byte[8];
        foreach (var number in numbers)
        {
            var length = number switch { ushort => 2, uint => 4, _ => 8 };
            BinaryPrimitives.WriteInt64LittleEndian(bytes, number switch { ushort s => s, uint i => i, _ => (long)number });
            to.Write(bytes[..length]);
        }
    }
}
