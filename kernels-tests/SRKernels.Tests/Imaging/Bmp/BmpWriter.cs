using System.Buffers.Binary;

namespace SRKernels.Tests.Imaging.Bmp;

/// <summary>Makes bitmaps field by field, honest or not, for the tests of the reader.</summary>
internal sealed record BmpWriter
{
    public int HeaderBytes { get; init; } = 40;

    public int Width { get; init; } = 1;

    public int Height { get; init; } = 1;

    public int Bits { get; init; } = 24;

    public int Compression { get; init; }

    public uint ColoursUsed { get; init; }

    /// <summary>Blue, green, red of each entry.</summary>
    public byte[] Palette { get; init; } = [];

    /// <summary>Red, green, blue, alpha; behind a header of 40 bytes, else inside it.</summary>
    public uint[] Masks { get; init; } = [];

    /// <summary>Unused bytes between the palette and the pixels.</summary>
    public int Gap { get; init; }

    /// <summary>Replaces the offset of the pixels.</summary>
    public uint? PixelOffset { get; init; }

    public byte[] Write(byte[] pixels)
    {
        byte[] info = new byte[HeaderBytes];
        BinaryPrimitives.WriteInt32LittleEndian(info, HeaderBytes);
        if (HeaderBytes == 12)
        {
            BinaryPrimitives.WriteInt16LittleEndian(info.AsSpan(4), (short)Width);
            BinaryPrimitives.WriteInt16LittleEndian(info.AsSpan(6), (short)Height);
            info[8] = 1;
            info[10] = (byte)Bits;
        }
        else
        {
            BinaryPrimitives.WriteInt32LittleEndian(info.AsSpan(4), Width);
            BinaryPrimitives.WriteInt32LittleEndian(info.AsSpan(8), Height);
            info[12] = 1;
            info[14] = (byte)Bits;
            if (HeaderBytes >= 40)
            {
                BinaryPrimitives.WriteInt32LittleEndian(info.AsSpan(16), Compression);
                BinaryPrimitives.WriteUInt32LittleEndian(info.AsSpan(32), ColoursUsed);
            }
        }

        byte[] masks = Masks.SelectMany(BitConverter.GetBytes).ToArray();
        if (HeaderBytes > 40)
            masks.AsSpan(0, Math.Min(masks.Length, HeaderBytes - 40)).CopyTo(info.AsSpan(40));
        byte[] behind = HeaderBytes > 40 ? [] : masks;
        int entryBytes = HeaderBytes == 12 ? 3 : 4;
        byte[] palette = new byte[Palette.Length / 3 * entryBytes];
        for (int i = 0; i < Palette.Length; i++)
            palette[i / 3 * entryBytes + i % 3] = Palette[i];

        byte[] file = new byte[14];
        "BM"u8.CopyTo(file);
        uint offset = PixelOffset ?? (uint)(14 + info.Length + behind.Length + palette.Length + Gap);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(10), offset);
        return [.. file, .. info, .. behind, .. palette, .. new byte[Gap], .. pixels];
    }

    /// <summary>Uncompressed rows, bottom first unless the height is negative; <paramref name="pixel"/> gives the raw value at (x, y).</summary>
    public byte[] WriteRows(Func<int, int, uint> pixel)
    {
        int height = Math.Abs(Height);
        int rowBytes = (Width * Bits + 31) / 32 * 4;
        byte[] rows = new byte[rowBytes * height];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < Width; x++)
                for (int bit = 0; bit < Bits; bit++)
                {
                    // Below a byte the first pixel has the top bits; above, the low byte comes first.
                    int position = Bits < 8 ? x * Bits + (Bits - 1 - bit) : x * Bits + bit;
                    int inByte = Bits < 8 ? 7 - position % 8 : position % 8;
                    int row = Height < 0 ? y : height - 1 - y;
                    rows[row * rowBytes + position / 8] |= (byte)(((pixel(x, y) >> bit) & 1) << inByte);
                }

        return Write(rows);
    }
}
