using System.Buffers.Binary;

namespace SRKernels.Models.Imaging.Bmp;

/// <summary>Reads one bitmap. Microsoft, "Bitmap Storage" (wingdi.h structures) and "Bitmap Compression".</summary>
internal sealed class BmpDecoder(ImageReader reader, ImageLimits limits)
{
    private const string Part = "pixels";

    // Blue, green, red of each entry.
    private byte[] palette = [];
    private int paletteEntries;
    private BmpHeader header = null!;

    public Image Decode()
    {
        header = BmpHeader.Read(reader, limits);
        ReadPalette();
        reader.Skip(header.PixelOffset - header.ConsumedBytes - (long)paletteEntries * header.PaletteEntryBytes, "header");
        bool isRle = header.Compression is BmpCompression.Rle4 or BmpCompression.Rle8;
        // Before the pixels are allocated. Runs may leave pixels out, so nothing can be said of them.
        if (!isRle && reader.RemainingBytes < header.RowBytes * (header.Height - 1))
            throw reader.Truncated(Part);

        var image = new Image(header.Width, header.Height, header.Alpha.Mask != 0 ? PixelLayout.Rgba : PixelLayout.Rgb);
        if (isRle)
            ReadRuns(image);
        else
            ReadRows(image);
        return image;
    }

    private void ReadPalette()
    {
        paletteEntries = header.PaletteEntries;
        palette = new byte[paletteEntries * 3];
        Span<byte> entry = stackalloc byte[4];
        entry = entry[..header.PaletteEntryBytes];
        for (int i = 0; i < paletteEntries; i++)
        {
            reader.ReadExactly(entry, "palette");
            entry[..3].CopyTo(palette.AsSpan(3 * i));
        }
    }

    // Row i of the file.
    private Span<byte> TargetRow(Image image, int i) => image.Row8(header.IsTopDown ? i : image.Height - 1 - i);

    private void ReadRows(Image image)
    {
        byte[] row = new byte[header.RowBytes];
        int usedBytes = (int)(((long)header.Width * header.Bits + 7) / 8);
        for (int i = 0; i < image.Height; i++)
        {
            // Some writers leave out the padding of the last row.
            bool last = i == image.Height - 1;
            reader.ReadExactly(last ? row.AsSpan(0, usedBytes) : row, Part);
            var to = TargetRow(image, i);
            switch (header.Bits)
            {
                case 24:
                    for (int x = 0; x < to.Length; x += 3)
                        (to[x], to[x + 1], to[x + 2]) = (row[x + 2], row[x + 1], row[x]);
                    break;
                case 16:
                    for (int x = 0; x < image.Width; x++)
                        PutMasked(to, image.Channels, x, BinaryPrimitives.ReadUInt16LittleEndian(row.AsSpan(2 * x)));
                    break;
                case 32:
                    for (int x = 0; x < image.Width; x++)
                        PutMasked(to, image.Channels, x, BinaryPrimitives.ReadUInt32LittleEndian(row.AsSpan(4 * x)));
                    break;
                default:
                    for (int x = 0; x < image.Width; x++)
                        PutIndexed(to, x, Index(row, x));
                    break;
            }
        }
    }

    private int Index(byte[] row, int x)
    {
        int bits = header.Bits;
        uint at = (uint)x * (uint)bits;
        return (row[at >> 3] >> (8 - bits - (int)(at & 7))) & ((1 << bits) - 1);
    }

    private void PutMasked(Span<byte> row, int channels, int x, uint pixel)
    {
        row[x * channels] = header.Red.Read(pixel);
        row[x * channels + 1] = header.Green.Read(pixel);
        row[x * channels + 2] = header.Blue.Read(pixel);
        if (channels == 4)
            row[x * channels + 3] = header.Alpha.Read(pixel);
    }

    private void PutIndexed(Span<byte> row, int x, int index)
    {
        if (index >= paletteEntries)
            throw reader.Damaged(Part, $"palette indices below {paletteEntries}", $"{index}");
        row[3 * x] = palette[3 * index + 2];
        row[3 * x + 1] = palette[3 * index + 1];
        row[3 * x + 2] = palette[3 * index];
    }

    // Pairs of bytes: a count and the pixels to repeat, or 0 and an escape (0 end of row, 1 end of picture, 2 a step right and up,
    // more: so many pixels as they are, padded to two bytes). What is stepped over has colour 0. Pixels past a row's end are dropped: some
    // writers pad rows to four, and a run never goes on in the next row.
    private void ReadRuns(Image image)
    {
        for (int x = 0; x < image.Width; x++)
            PutIndexed(image.Row8(0), x, 0);
        for (int y = 1; y < image.Height; y++)
            image.Row8(0).CopyTo(image.Row8(y));

        bool rle4 = header.Compression == BmpCompression.Rle4;
        int column = 0, line = 0;
        while (true)
        {
            int count = reader.ReadByte(Part), value = reader.ReadByte(Part);
            if (count > 0)
            {
                int inside = Claim(image, column, line, count);
                for (int i = 0; i < inside; i++)
                    PutIndexed(TargetRow(image, line), column++, rle4 ? (i % 2 == 0 ? value >> 4 : value & 15) : value);
            }
            else if (value == 0)
            {
                column = 0;
                line++;
            }
            else if (value == 1)
            {
                return;
            }
            else if (value == 2)
            {
                column += reader.ReadByte(Part);
                line += reader.ReadByte(Part);
            }
            else
            {
                int inside = Claim(image, column, line, value);
                column = ReadLiterals(TargetRow(image, line), column, value, inside, rle4);
            }

            // An end of row after the last one is usual, and the end of the picture follows; steps must stay within it.
            if (line > image.Height || column > image.Width)
                throw reader.Damaged(Part, $"runs inside {image.Width} x {image.Height}", $"column {column}, line {line}");
        }
    }

    // How many of the pixels lie inside the row.
    private int Claim(Image image, int column, int line, int count)
    {
        if (line >= image.Height)
            throw reader.Damaged(Part, $"runs inside {image.Width} x {image.Height}", $"{count} pixels at column {column}, line {line}");
        return Math.Min(count, image.Width - column);
    }

    private int ReadLiterals(Span<byte> row, int column, int count, int inside, bool rle4)
    {
        int bytes = rle4 ? (count + 1) / 2 : count;
        Span<byte> literals = stackalloc byte[256];
        reader.ReadExactly(literals[..(bytes + (bytes & 1))], Part);
        for (int i = 0; i < inside; i++)
            PutIndexed(row, column++, !rle4 ? literals[i] : i % 2 == 0 ? literals[i / 2] >> 4 : literals[i / 2] & 15);
        return column;
    }
}
