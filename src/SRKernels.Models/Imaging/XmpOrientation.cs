namespace SRKernels.Models.Imaging;

/// <summary>Reads and resets the orientation in an XMP packet: <c>tiff:Orientation="6"</c> or <c>&lt;tiff:Orientation&gt;6&lt;/...</c>.</summary>
/// <remarks>
/// Adobe's XMP specification, part 2, 3.3: the same numbers as EXIF's. The packet is searched, not parsed: a document from a stranger needs no
/// XML reader for one digit. Packets in UTF-16 are rare and read as 1.
/// </remarks>
internal static class XmpOrientation
{
    private static ReadOnlySpan<byte> Name => "tiff:Orientation"u8;

    /// <summary>The orientation 1 to 8; 1 where there is none.</summary>
    public static int Read(ReadOnlySpan<byte> xmp) => Find(xmp) is >= 0 and var at ? xmp[at] - '0' : 1;

    /// <summary>The packet with orientation 1; the same one where it says nothing else.</summary>
    public static byte[] WithOrientationOne(byte[] xmp)
    {
        int at = Find(xmp);
        if (at < 0 || xmp[at] == (byte)'1') return xmp;
        byte[] copy = [.. xmp];
        copy[at] = (byte)'1';
        return copy;
    }

    // Where the digit stands.
    private static int Find(ReadOnlySpan<byte> xmp)
    {
        for (int from = 0, step; (step = xmp[from..].IndexOf(Name)) >= 0;)
        {
            int at = from += step + Name.Length;
            Pass(xmp, ref at);
            bool isAttribute = at < xmp.Length && xmp[at] == (byte)'=';
            if (!isAttribute && (at >= xmp.Length || xmp[at] != (byte)'>')) continue;
            at++;
            Pass(xmp, ref at);
            if (isAttribute && (at >= xmp.Length || xmp[at++] is not ((byte)'"' or (byte)'\''))) continue;
            Pass(xmp, ref at);
            bool isAlone = at + 1 < xmp.Length && !char.IsAsciiDigit((char)xmp[at + 1]);
            if (isAlone && xmp[at] is >= (byte)'1' and <= (byte)'8') return at;
        }

        return -1;
    }

    private static void Pass(ReadOnlySpan<byte> xmp, ref int at)
    {
        while (at < xmp.Length && xmp[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') at++;
    }
}
