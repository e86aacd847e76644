using System.IO.Compression;

namespace SRKernels.Models.Imaging.Png;

/// <summary>Reads one PNG stream. W3C PNG specification, third edition; APNG's extra frames are counted and skipped.</summary>
/// <remarks>An ancillary chunk whose CRC is wrong is dropped with a reason, as libpng does; a critical one is an error.</remarks>
internal sealed class PngDecoder
{
    // DEFLATE's best case: 258 bytes for a length code and a distance code of one bit each.
    private const long LargestRatio = 258 * 8 / 2;

    private readonly ImageReader reader;
    private readonly ImageLimits limits;
    private readonly PngChunks chunks;
    private readonly PngMetadataReader metadata;
    private PngHeader header;
    private byte[]? palette;
    private byte[]? transparency;
    private bool hasTransparency;

    public PngDecoder(ImageReader reader, ImageLimits limits)
    {
        (this.reader, this.limits) = (reader, limits);
        var dropped = new DroppedMetadata();
        chunks = new PngChunks(reader, dropped);
        metadata = new PngMetadataReader(chunks, limits, dropped);
    }

    public Image Decode()
    {
        Span<byte> signature = stackalloc byte[8];
        reader.ReadExactly(signature, "signature");
        if (!signature.SequenceEqual(PngCodec.Signature))
            throw reader.Damaged("signature", Convert.ToHexString(PngCodec.Signature), Convert.ToHexString(signature));
        chunks.Next();
        if (chunks.Type is not "IHDR")
            throw reader.Damaged(chunks.Type, "IHDR as the first chunk", chunks.Type);
        header = PngHeader.Parse(chunks.ReadWhole(PngHeader.LengthBytes, PngHeader.LengthBytes)!, reader, limits);

        Image? image = null;
        chunks.Next();
        while (chunks.Type is not "IEND")
        {
            if (chunks.Type is "IDAT")
            {
                if (image is not null)
                    throw reader.Damaged("IDAT", "all IDAT chunks in a row", "another chunk between them");
                image = ReadPixels();
                continue;
            }

            ReadOther(afterPixels: image is not null);
            chunks.Next();
        }

        chunks.ReadWhole(0, 0);
        if (image is null)
            throw reader.Damaged("IEND", "an IDAT chunk before it", "none");
        image.Metadata = metadata.ForPixels(image.Layout);
        return image;
    }

    private void ReadOther(bool afterPixels)
    {
        switch (chunks.Type)
        {
            case "IHDR":
                throw reader.Damaged("IHDR", "one IHDR chunk", "a second one");
            case "PLTE":
                ReadPalette(afterPixels);
                break;
            case "tRNS":
                ReadTransparency(afterPixels);
                break;
            default:
                if (metadata.TryRead(afterPixels))
                    break;
                if (chunks.IsCritical)
                    throw reader.Unsupported(chunks.Type, "known critical chunks", $"'{chunks.Type}'");
                chunks.Finish();
                break;
        }
    }

    private void ReadPalette(bool afterPixels)
    {
        if (palette is not null || afterPixels || hasTransparency)
            throw reader.Damaged("PLTE", "one PLTE chunk before tRNS and IDAT", palette is null ? "a late one" : "a second one");
        if (header.Colour is PngColour.Grey or PngColour.GreyAlpha)
            throw reader.Damaged("PLTE", "no palette in a grey picture", "one");
        // In an RGB picture it is only a suggestion, whatever the depth.
        int entries = header.Colour == PngColour.Palette ? 1 << header.Depth : 256;
        byte[] data = chunks.ReadWhole(3, 3 * entries)!;
        if (data.Length % 3 != 0)
            throw reader.Damaged("PLTE", "a multiple of 3 bytes", $"{data.Length}");
        palette = data;
    }

    private void ReadTransparency(bool afterPixels)
    {
        if (hasTransparency || afterPixels)
            throw reader.Damaged("tRNS", "one tRNS chunk before IDAT", hasTransparency ? "a second one" : "a late one");
        hasTransparency = true;
        transparency = header.Colour switch
        {
            PngColour.Grey => chunks.ReadWhole(2, 2),
            PngColour.Rgb => chunks.ReadWhole(6, 6),
            PngColour.Palette when palette is null =>
                throw reader.Damaged("tRNS", "PLTE before tRNS", "no PLTE"),
            PngColour.Palette => chunks.ReadWhole(0, palette.Length / 3),
            _ => throw reader.Damaged("tRNS", "no tRNS in a picture with alpha", "one"),
        };
    }

    private Image ReadPixels()
    {
        if (header.Colour == PngColour.Palette && palette is null)
            throw reader.Damaged("IDAT", "PLTE before IDAT", "no PLTE");
        long inflatedBytes = header.InflatedBytes();
        // Before the pixels are allocated: a few bytes cannot hold a huge picture, however well compressed.
        if (reader.RemainingBytes is { } rest && (rest + chunks.Remaining) * LargestRatio < inflatedBytes)
            throw reader.Truncated("IDAT");

        bool suggestedOnly = header.Colour != PngColour.Palette;
        var rows = new PngRows(reader, header, suggestedOnly ? [] : palette!, transparency);
        var image = new Image(header.Width, header.Height, rows.Layout, header.Depth == 16 ? 16 : 8);
        var idat = new IdatStream(chunks);
        try
        {
            using var inflater = new ZLibStream(idat, CompressionMode.Decompress, leaveOpen: true);
            foreach (var pass in header.Passes())
                ReadPass(inflater, pass, rows, image);
            // Reading on to the end is also what checks the Adler-32 behind the last byte.
            if (inflater.ReadByte() >= 0)
                throw reader.Damaged("IDAT", $"{inflatedBytes} bytes of pixels", "more");
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            // The inflater's own: InvalidDataException for most, an IOException for a preset dictionary. The file's come as ImageException.
            throw new ImageException($"{reader.Who} IDAT", "compressed data with a valid checksum", "damaged or truncated data",
                "get the file again or re-save it with another program", e);
        }

        idat.Drain();
        return image;
    }

    private void ReadPass(ZLibStream inflater, PngPass pass, PngRows rows, Image image)
    {
        int rowBytes = (int)header.RowBytes(pass.Columns);
        // Each row comes with its filter in front.
        byte[] row = new byte[1 + rowBytes];
        byte[] above = new byte[1 + rowBytes];
        Expand<byte> expand8 = rows.Expand;
        Expand<ushort> expand16 = rows.Expand;
        byte[] narrow8 = pass.StepX > 1 && image.BitDepth == 8 ? new byte[pass.Columns * image.Channels] : [];
        ushort[] narrow16 = pass.StepX > 1 && image.BitDepth == 16 ? new ushort[pass.Columns * image.Channels] : [];
        for (int y = 0; y < pass.Rows; y++)
        {
            if (inflater.ReadAtLeast(row, row.Length, throwOnEndOfStream: false) < row.Length)
                throw reader.Damaged("IDAT", $"{header.InflatedBytes()} bytes of pixels", "fewer");
            if (row[0] >= PngFilters.Count)
                throw reader.Damaged("IDAT", "filter 0 to 4", $"{row[0]}");
            PngFilters.Undo(row[0], row.AsSpan(1), above.AsSpan(1), header.FilterBytes);
            int target = pass.Y + y * pass.StepY;
            if (image.BitDepth == 8)
                Place(row.AsSpan(1), expand8, narrow8, image.Row8(target), pass, image.Channels);
            else
                Place(row.AsSpan(1), expand16, narrow16, image.Row16(target), pass, image.Channels);
            (row, above) = (above, row);
        }
    }

    private delegate void Expand<T>(ReadOnlySpan<byte> row, Span<T> samples);

    private static void Place<T>(ReadOnlySpan<byte> row, Expand<T> expand, Span<T> narrow, Span<T> target, PngPass pass, int channels)
    {
        if (pass.StepX == 1)
        {
            expand(row, target);
            return;
        }

        expand(row, narrow);
        for (int x = 0; x < pass.Columns; x++)
            narrow.Slice(x * channels, channels).CopyTo(target[((pass.X + x * pass.StepX) * channels)..]);
    }
}
