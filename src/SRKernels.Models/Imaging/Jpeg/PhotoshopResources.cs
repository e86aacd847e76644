using System.Buffers.Binary;

namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>Photoshop's image resources in APP13, of which IPTC is one; the others (thumbnails, print settings) are left behind.</summary>
/// <remarks>Adobe Photoshop file formats: <c>8BIM</c>, a number, a name (its length first, padded to even), a length, data (padded to even).</remarks>
internal static class PhotoshopResources
{
    private const ushort IptcNumber = 0x0404;
    private const int HeadBytes = 12;

    public static ReadOnlySpan<byte> Name => "Photoshop 3.0\0"u8;

    /// <summary>The IPTC records among the resources; null where there are none.</summary>
    /// <param name="payload">Begins with <see cref="Name"/>.</param>
    public static byte[]? FindIptc(ReadOnlySpan<byte> payload)
    {
        var rest = payload[Name.Length..];
        while (rest.Length >= HeadBytes && rest.StartsWith("8BIM"u8))
        {
            ushort number = BinaryPrimitives.ReadUInt16BigEndian(rest[4..]);
            int nameEnd = 6 + ((rest[6] + 2) & ~1);
            if (nameEnd + 4 > rest.Length) return null;
            uint length = BinaryPrimitives.ReadUInt32BigEndian(rest[nameEnd..]);
            rest = rest[(nameEnd + 4)..];
            if (length > rest.Length) return null;
            if (number == IptcNumber) return rest[..(int)length].ToArray();
            rest = rest[(int)Math.Min(rest.Length, length + (length & 1))..];
        }

        return null;
    }

    /// <summary>Bytes of what <see cref="OfIptc"/> gives.</summary>
    public static long LengthOf(byte[] iptc) => Name.Length + HeadBytes + iptc.Length + (iptc.Length & 1);

    /// <summary>A payload with this one resource.</summary>
    public static byte[] OfIptc(byte[] iptc)
    {
        byte[] payload = new byte[LengthOf(iptc)];
        Name.CopyTo(payload);
        var resource = payload.AsSpan(Name.Length);
        "8BIM"u8.CopyTo(resource);
        BinaryPrimitives.WriteUInt16BigEndian(resource[4..], IptcNumber);
        BinaryPrimitives.WriteInt32BigEndian(resource[8..], iptc.Length);
        iptc.CopyTo(resource[HeadBytes..]);
        return payload;
    }
}
