using System.Buffers.Binary;
using System.Text;

namespace SRKernels.Tests.Imaging.Png;

/// <summary>
/// A second PNG writer, straight from the specification and sharing nothing with the product's: every colour type, depth, filter and
/// interlacing, stored (uncompressed) DEFLATE blocks, bitwise CRC. Slow, plain, and able to write what no honest writer would.
/// </summary>
internal static class PngWriter
{
    public static readonly byte[] Signature = [137, 80, 78, 71, 13, 10, 26, 10];

    // Specification 8.2: where each pass begins and how far its pixels are apart.
    private static readonly int[] StartX = [0, 4, 0, 2, 0, 1, 0], StartY = [0, 0, 4, 0, 2, 0, 1];
    private static readonly int[] StepX = [8, 8, 4, 4, 2, 2, 1], StepY = [8, 8, 8, 4, 4, 2, 2];

    public static int ChannelsOf(int colour) => colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    /// <summary>A whole file. <paramref name="sample"/> gives the raw value at (x, y, channel); filters go round by row.</summary>
    public static byte[] Make(int width, int height, int depth, int colour, bool interlaced,
        Func<int, int, int, int> sample, params byte[][] beforeIdat) =>
        Join([Signature, Ihdr(width, height, depth, colour, interlaced ? 1 : 0), .. beforeIdat,
            Chunk("IDAT", Zlib(Filtered(width, height, depth, colour, interlaced, sample))), Chunk("IEND")]);

    public static byte[] Ihdr(long width, long height, int depth, int colour, int interlace = 0)
    {
        byte[] data = new byte[13];
        BinaryPrimitives.WriteUInt32BigEndian(data, (uint)width);
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(4), (uint)height);
        data[8] = (byte)depth;
        data[9] = (byte)colour;
        data[12] = (byte)interlace;
        return Chunk("IHDR", data);
    }

    public static byte[] Chunk(string type, params byte[] data)
    {
        byte[] chunk = new byte[12 + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        Encoding.ASCII.GetBytes(type, chunk.AsSpan(4));
        data.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), Crc(chunk.AsSpan(4, 4 + data.Length)));
        return chunk;
    }

    public static byte[] Join(params byte[][] parts) => parts.SelectMany(p => p).ToArray();

    /// <summary>RFC 1950 around stored blocks of RFC 1951.</summary>
    public static byte[] Zlib(byte[] raw)
    {
        using var result = new MemoryStream();
        result.Write([0x78, 0x01]);
        for (int at = 0; ; at += 65535)
        {
            int count = Math.Min(65535, raw.Length - at);
            bool last = at + count >= raw.Length;
            result.Write([(byte)(last ? 1 : 0), (byte)count, (byte)(count >> 8), (byte)~count, (byte)(~count >> 8)]);
            result.Write(raw, at, count);
            if (last)
                break;
        }

        byte[] adler = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(adler, Adler(raw));
        result.Write(adler);
        return result.ToArray();
    }

    public static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = 0xFFFFFFFF;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
        }

        return ~crc;
    }

    public static uint Adler(ReadOnlySpan<byte> bytes)
    {
        uint a = 1, b = 0;
        foreach (byte x in bytes)
        {
            a = (a + x) % 65521;
            b = (b + a) % 65521;
        }

        return (b << 16) | a;
    }

    /// <summary>What IDAT holds before compression: all passes, each row behind its filter byte.</summary>
    public static byte[] Filtered(int width, int height, int depth, int colour, bool interlaced, Func<int, int, int, int> sample)
    {
        using var result = new MemoryStream();
        for (int pass = 0; pass < (interlaced ? 7 : 1); pass++)
        {
            int startX = interlaced ? StartX[pass] : 0, startY = interlaced ? StartY[pass] : 0;
            int stepX = interlaced ? StepX[pass] : 1, stepY = interlaced ? StepY[pass] : 1;
            byte[]? above = null;
            for (int y = startY, row = 0; y < height && startX < width; y += stepY, row++)
            {
                byte[] bytes = Pack(width, depth, colour, startX, stepX, (x, c) => sample(x, y, c));
                above ??= new byte[bytes.Length];
                int filter = (row + pass) % 5;
                result.WriteByte((byte)filter);
                result.Write(Filter(filter, bytes, above, Math.Max(1, ChannelsOf(colour) * depth / 8)));
                above = bytes;
            }
        }

        return result.ToArray();
    }

    private static byte[] Pack(int width, int depth, int colour, int start, int step, Func<int, int, int> sample)
    {
        var bits = new List<bool>();
        for (int x = start; x < width; x += step)
            for (int c = 0; c < ChannelsOf(colour); c++)
                for (int bit = depth - 1; bit >= 0; bit--)
                    bits.Add(((sample(x, c) >> bit) & 1) != 0);
        byte[] bytes = new byte[(bits.Count + 7) / 8];
        for (int i = 0; i < bits.Count; i++)
            if (bits[i])
                bytes[i / 8] |= (byte)(128 >> (i % 8));
        return bytes;
    }

    private static byte[] Filter(int filter, byte[] row, byte[] above, int bpp)
    {
        byte[] result = new byte[row.Length];
        for (int i = 0; i < row.Length; i++)
        {
            int a = i >= bpp ? row[i - bpp] : 0, b = above[i], c = i >= bpp ? above[i - bpp] : 0;
            int p = a + b - c;
            int paeth = Math.Abs(p - a) <= Math.Abs(p - b) && Math.Abs(p - a) <= Math.Abs(p - c) ? a
                : Math.Abs(p - b) <= Math.Abs(p - c) ? b : c;
            result[i] = (byte)(row[i] - filter switch { 0 => 0, 1 => a, 2 => b, 3 => (a + b) / 2, _ => paeth });
        }

        return result;
    }
}
