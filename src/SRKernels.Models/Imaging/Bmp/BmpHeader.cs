using System.Buffers.Binary;
using System.Numerics;

namespace SRKernels.Models.Imaging.Bmp;

/// <summary>How the pixels are stored: the field biCompression.</summary>
internal enum BmpCompression
{
    None = 0,
    Rle8 = 1,
    Rle4 = 2,
    BitFields = 3,
    AlphaBitFields = 6,
}

/// <summary>One channel of a 16- or 32-bit pixel.</summary>
/// <param name="Mask">Its bits; 0 for a channel that is absent.</param>
internal readonly record struct BmpChannel(uint Mask)
{
    /// <summary>The channel's value, scaled to 0 to 255, rounded to nearest; wider ones are cut to their top eight bits.</summary>
    public byte Read(uint pixel)
    {
        int bits = BitOperations.PopCount(Mask);
        if (bits == 0)
            return 0;
        uint value = (pixel & Mask) >> BitOperations.TrailingZeroCount(Mask);
        if (bits >= 8)
            return (byte)(value >> (bits - 8));
        uint largest = (1u << bits) - 1;
        return (byte)((value * 255 + largest / 2) / largest);
    }

    /// <summary>Whether the bits are next to each other.</summary>
    public bool IsContiguous => Mask == 0 || BitOperations.IsPow2(((ulong)Mask >> BitOperations.TrailingZeroCount(Mask)) + 1);
}

/// <summary>The file header of 14 bytes and the information header of any version, checked.</summary>
internal sealed record BmpHeader
{
    private const string Part = "header";
    private const int FileHeaderBytes = 14;

    public int Width { get; private init; }

    public int Height { get; private init; }

    public bool IsTopDown { get; private init; }

    public int Bits { get; private init; }

    public BmpCompression Compression { get; private init; }

    /// <summary>Entries of the palette, 0 for none.</summary>
    public int PaletteEntries { get; private init; }

    /// <summary>Bytes of a palette entry: 3 in OS/2 1.x files, else 4.</summary>
    public int PaletteEntryBytes { get; private init; }

    /// <summary>Bytes between the end of all headers and the palette's end that are not palette, before the pixels.</summary>
    public long PixelOffset { get; private init; }

    /// <summary>Bytes read so far, headers and masks.</summary>
    public int ConsumedBytes { get; private init; }

    public BmpChannel Red { get; private init; }

    public BmpChannel Green { get; private init; }

    public BmpChannel Blue { get; private init; }

    public BmpChannel Alpha { get; private init; }

    /// <summary>Bytes of an uncompressed row, rounded up to four.</summary>
    public long RowBytes => ((long)Width * Bits + 31) / 32 * 4;

    /// <summary>BITMAPCOREHEADER, OS/2 2.x (short and whole), BITMAPINFOHEADER, V2, V3, V4, V5.</summary>
    public static bool IsKnownLength(uint length) => length is 12 or 16 or 64 or 40 or 52 or 56 or 108 or 124;

    public static BmpHeader Read(ImageReader reader, ImageLimits limits)
    {
        Span<byte> file = stackalloc byte[FileHeaderBytes + 4];
        reader.ReadExactly(file, Part);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(file[FileHeaderBytes..]);
        if (!file.StartsWith("BM"u8) || !IsKnownLength(length))
            throw reader.Unsupported(Part, "a BM file with a header of 12, 16, 40, 52, 56, 64, 108 or 124 bytes", $"{length}");
        // Absent fields are zero.
        Span<byte> info = stackalloc byte[124];
        info.Clear();
        reader.ReadExactly(info[4..(int)length], Part);
        uint pixelOffset = BinaryPrimitives.ReadUInt32LittleEndian(file[10..]);
        var header = length == 12 ? ReadCore(reader, info) : ReadInfo(reader, info, length);

        limits.Check($"{reader.Who} {Part}", header.Width, header.Height, PixelLayout.Rgba);
        if (header.RowBytes > Array.MaxLength)
            throw reader.Unsupported(Part, $"rows of at most {Array.MaxLength} bytes", $"{header.RowBytes}");
        long behind = header.ConsumedBytes + (long)header.PaletteEntries * header.PaletteEntryBytes;
        // Zero in some old files: then the pixels follow at once. A palette may be cut short by the pixels.
        if (pixelOffset == 0)
            return header with { PixelOffset = behind };
        if (pixelOffset < header.ConsumedBytes)
            throw reader.Damaged(Part, $"pixels behind byte {header.ConsumedBytes}", $"at {pixelOffset}");
        int fitting = (int)Math.Min(header.PaletteEntries, (pixelOffset - header.ConsumedBytes) / header.PaletteEntryBytes);
        if (header.PaletteEntries > 0 && fitting == 0)
            throw reader.Damaged(Part, "a palette", "none");
        return header with { PixelOffset = pixelOffset, PaletteEntries = fitting };
    }

    private static BmpHeader ReadCore(ImageReader reader, ReadOnlySpan<byte> info)
    {
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(info[10..]);
        if (bits is not (1 or 4 or 8 or 24))
            throw reader.Unsupported(Part, "1, 4, 8 or 24 bits", $"{bits}");
        return new BmpHeader
        {
            Width = BinaryPrimitives.ReadUInt16LittleEndian(info[4..]),
            Height = BinaryPrimitives.ReadUInt16LittleEndian(info[6..]),
            Bits = bits,
            PaletteEntries = bits <= 8 ? 1 << bits : 0,
            PaletteEntryBytes = 3,
            ConsumedBytes = FileHeaderBytes + 12,
        };
    }

    private static BmpHeader ReadInfo(ImageReader reader, ReadOnlySpan<byte> info, uint length)
    {
        int width = BinaryPrimitives.ReadInt32LittleEndian(info[4..]);
        int height = BinaryPrimitives.ReadInt32LittleEndian(info[8..]);
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(info[14..]);
        uint compression = BinaryPrimitives.ReadUInt32LittleEndian(info[16..]);
        uint used = BinaryPrimitives.ReadUInt32LittleEndian(info[32..]);
        // Negative: rows from the top. int.MinValue has no opposite.
        if (height == int.MinValue)
            throw reader.Damaged(Part, "a height", $"{height}");
        bool isOs2 = length is 16 or 64;
        bool fits = compression switch
        {
            (uint)BmpCompression.None => bits is 1 or 4 or 8 or 16 or 24 or 32,
            (uint)BmpCompression.Rle8 => bits == 8 && height > 0,
            (uint)BmpCompression.Rle4 => bits == 4 && height > 0,
            // In OS/2 files these numbers mean Huffman and RLE24.
            (uint)BmpCompression.BitFields or (uint)BmpCompression.AlphaBitFields => bits is 16 or 32 && !isOs2,
            _ => false,
        };
        if (!fits)
            throw reader.Unsupported(Part, "no compression, RLE4, RLE8 or bit fields, with bits and rows that fit them",
                $"compression {compression} of {bits} bits and height {height}");
        if (bits <= 8 && used > 1u << bits)
            throw reader.Damaged(Part, $"at most {1 << bits} colours", $"{used}");

        int paletteEntries = bits > 8 ? 0 : used == 0 ? 1 << bits : (int)used;
        var header = new BmpHeader
        {
            Width = width,
            Height = Math.Abs(height),
            IsTopDown = height < 0,
            Bits = bits,
            Compression = (BmpCompression)compression,
            PaletteEntries = paletteEntries,
            PaletteEntryBytes = 4,
            ConsumedBytes = FileHeaderBytes + (int)length,
        };
        return bits is 16 or 32 ? ReadMasks(reader, header, info, length) : header;
    }

    private static BmpHeader ReadMasks(ImageReader reader, BmpHeader header, ReadOnlySpan<byte> info, uint length)
    {
        if (header.Compression == BmpCompression.None)
            return header.Bits == 16
                ? header with { Red = new(0x7C00), Green = new(0x03E0), Blue = new(0x001F) }
                : header with { Red = new(0xFF0000), Green = new(0x00FF00), Blue = new(0x0000FF) };

        // Inside the header from V2 on; behind a BITMAPINFOHEADER.
        Span<byte> masks = stackalloc byte[16];
        masks.Clear();
        int consumed = header.ConsumedBytes;
        if (length == 40)
        {
            int bytes = header.Compression == BmpCompression.AlphaBitFields ? 16 : 12;
            reader.ReadExactly(masks[..bytes], Part);
            consumed += bytes;
        }
        else
        {
            info.Slice(40, length >= 56 ? 16 : 12).CopyTo(masks);
        }

        var channels = new BmpChannel[4];
        uint seen = 0;
        for (int i = 0; i < channels.Length; i++)
        {
            channels[i] = new(BinaryPrimitives.ReadUInt32LittleEndian(masks[(4 * i)..]));
            uint mask = channels[i].Mask;
            if (!channels[i].IsContiguous || (mask & seen) != 0 || (header.Bits == 16 && mask > 0xFFFF))
                throw reader.Damaged(Part, $"masks of adjacent bits within {header.Bits} that do not overlap", $"{mask:X8}");
            seen |= mask;
        }

        return header with
        {
            Red = channels[0], Green = channels[1], Blue = channels[2], Alpha = channels[3], ConsumedBytes = consumed,
        };
    }
}
