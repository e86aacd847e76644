using System.Buffers.Binary;

namespace SRKernels.Models.Imaging.Png;

/// <summary>Turns the bytes of unfiltered rows into samples: bits unpacked and scaled, palette looked up, tRNS made alpha.</summary>
internal sealed class PngRows
{
    private readonly ImageReader reader;
    private readonly PngHeader header;
    private readonly byte[] palette;
    private readonly byte[] paletteAlpha;

    // The colour that tRNS makes transparent, at the file's own depth; null for none.
    private readonly ushort[]? key;

    /// <param name="reader">For messages.</param>
    /// <param name="header">What the rows hold.</param>
    /// <param name="palette">PLTE: three bytes an entry; empty without.</param>
    /// <param name="transparency">tRNS, checked, or null.</param>
    public PngRows(ImageReader reader, PngHeader header, byte[] palette, byte[]? transparency)
    {
        this.reader = reader;
        this.header = header;
        this.palette = palette;
        paletteAlpha = [];
        Layout = header.Colour switch
        {
            PngColour.Grey => transparency is null ? PixelLayout.Grey : PixelLayout.GreyAlpha,
            PngColour.GreyAlpha => PixelLayout.GreyAlpha,
            PngColour.Rgba => PixelLayout.Rgba,
            _ => transparency is null ? PixelLayout.Rgb : PixelLayout.Rgba,
        };
        if (transparency is null)
            return;

        if (header.Colour == PngColour.Palette)
        {
            paletteAlpha = new byte[palette.Length / 3];
            paletteAlpha.AsSpan().Fill(255);
            transparency.CopyTo(paletteAlpha, 0);
        }
        else
        {
            key = new ushort[transparency.Length / 2];
            for (int i = 0; i < key.Length; i++)
                key[i] = (ushort)(BinaryPrimitives.ReadUInt16BigEndian(transparency.AsSpan(2 * i)) & ((1 << header.Depth) - 1));
        }
    }

    /// <summary>The channels that the rows become.</summary>
    public PixelLayout Layout { get; }

    /// <summary>Depth 1 to 8.</summary>
    public void Expand(ReadOnlySpan<byte> row, Span<byte> samples)
    {
        if (header.Colour == PngColour.Palette)
            ExpandPalette(row, samples);
        else if (key is null && header.Depth == 8)
            row.CopyTo(samples);
        else if (header.Colour == PngColour.Grey)
            ExpandGrey(row, samples);
        else
            ExpandKeyed(row, samples);
    }

    /// <summary>Depth 16.</summary>
    public void Expand(ReadOnlySpan<byte> row, Span<ushort> samples)
    {
        int stored = header.StoredChannels, channels = (int)Layout;
        if (key is null)
        {
            for (int i = 0; i < samples.Length; i++)
                samples[i] = BinaryPrimitives.ReadUInt16BigEndian(row[(2 * i)..]);
            return;
        }

        for (int to = 0, from = 0; to < samples.Length; to += channels, from += 2 * stored)
        {
            bool transparent = true;
            for (int c = 0; c < stored; c++)
            {
                samples[to + c] = BinaryPrimitives.ReadUInt16BigEndian(row[(from + 2 * c)..]);
                transparent &= samples[to + c] == key[c];
            }

            samples[to + stored] = transparent ? (ushort)0 : ushort.MaxValue;
        }
    }

    // Depth 1, 2, 4 or 8: bits from the top of each byte.
    private int Sample(ReadOnlySpan<byte> row, int x)
    {
        int depth = header.Depth;
        if (depth == 8)
            return row[x];
        uint bit = (uint)x * (uint)depth;
        return (row[(int)(bit >> 3)] >> (8 - depth - (int)(bit & 7))) & ((1 << depth) - 1);
    }

    private void ExpandGrey(ReadOnlySpan<byte> row, Span<byte> samples)
    {
        int scale = 255 / ((1 << header.Depth) - 1);
        if (key is null)
        {
            for (int x = 0; x < samples.Length; x++)
                samples[x] = (byte)(Sample(row, x) * scale);
            return;
        }

        for (int x = 0; x < samples.Length / 2; x++)
        {
            int sample = Sample(row, x);
            samples[2 * x] = (byte)(sample * scale);
            samples[2 * x + 1] = sample == key[0] ? (byte)0 : (byte)255;
        }
    }

    private void ExpandKeyed(ReadOnlySpan<byte> row, Span<byte> samples)
    {
        for (int to = 0, from = 0; to < samples.Length; to += 4, from += 3)
        {
            row.Slice(from, 3).CopyTo(samples[to..]);
            bool transparent = row[from] == key![0] && row[from + 1] == key[1] && row[from + 2] == key[2];
            samples[to + 3] = transparent ? (byte)0 : (byte)255;
        }
    }

    private void ExpandPalette(ReadOnlySpan<byte> row, Span<byte> samples)
    {
        int channels = (int)Layout;
        for (int x = 0, to = 0; to < samples.Length; x++, to += channels)
        {
            int index = Sample(row, x);
            if (index * 3 >= palette.Length)
                throw reader.Damaged("IDAT", $"palette indices below {palette.Length / 3}", $"{index}");
            palette.AsSpan(index * 3, 3).CopyTo(samples[to..]);
            if (channels == 4)
                samples[to + 3] = paletteAlpha[index];
        }
    }
}
