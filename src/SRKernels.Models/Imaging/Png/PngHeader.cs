using System.Buffers.Binary;

namespace SRKernels.Models.Imaging.Png;

/// <summary>PNG's colour types (specification, third edition, table 11.1).</summary>
internal enum PngColour
{
    Grey = 0,
    Rgb = 2,
    Palette = 3,
    GreyAlpha = 4,
    Rgba = 6,
}

/// <summary>The IHDR chunk, checked: 13 bytes that everything else depends on.</summary>
internal readonly record struct PngHeader(int Width, int Height, int Depth, PngColour Colour, bool Interlaced)
{
    public const int LengthBytes = 13;

    /// <summary>Samples per pixel as stored (a palette index is one).</summary>
    public int StoredChannels => Colour switch
    {
        PngColour.Rgb => 3,
        PngColour.GreyAlpha => 2,
        PngColour.Rgba => 4,
        _ => 1,
    };

    /// <summary>The distance at which filters look back: bytes of a whole pixel, at least one.</summary>
    public int FilterBytes => Math.Max(1, StoredChannels * Depth / 8);

    /// <summary>Bytes of a row of <paramref name="pixels"/> pixels, without its filter byte.</summary>
    public long RowBytes(int pixels) => ((long)pixels * StoredChannels * Depth + 7) / 8;

    /// <summary>The passes that are not empty: one, or up to seven of Adam7.</summary>
    public IEnumerable<PngPass> Passes()
    {
        if (!Interlaced)
        {
            yield return new PngPass(Width, Height, 0, 0, 1, 1);
            yield break;
        }

        foreach (var (x, y, stepX, stepY) in PngPass.Adam7)
        {
            int columns = (Width - x + stepX - 1) / stepX;
            int rows = (Height - y + stepY - 1) / stepY;
            if (columns > 0 && rows > 0)
                yield return new PngPass(columns, rows, x, y, stepX, stepY);
        }
    }

    /// <summary>The bytes that the IDAT chunks inflate to.</summary>
    public long InflatedBytes()
    {
        long total = 0;
        foreach (var pass in Passes())
            total += pass.Rows * (1 + RowBytes(pass.Columns));
        return total;
    }

    public static PngHeader Parse(ReadOnlySpan<byte> data, ImageReader reader, ImageLimits limits)
    {
        const string Part = "IHDR";
        uint width = BinaryPrimitives.ReadUInt32BigEndian(data);
        uint height = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        int depth = data[8];
        int colour = data[9];
        ReadOnlySpan<int> depths = colour switch
        {
            (int)PngColour.Grey => [1, 2, 4, 8, 16],
            (int)PngColour.Palette => [1, 2, 4, 8],
            (int)PngColour.Rgb or (int)PngColour.GreyAlpha or (int)PngColour.Rgba => [8, 16],
            _ => throw reader.Damaged(Part, "colour type 0, 2, 3, 4 or 6", $"{colour}"),
        };
        if (!depths.Contains(depth))
            throw reader.Damaged(Part, $"bit depth {string.Join(" or ", depths.ToArray())} for colour type {colour}", $"{depth}");
        if (data[10] != 0)
            throw reader.Unsupported(Part, "compression method 0", $"{data[10]}");
        if (data[11] != 0)
            throw reader.Unsupported(Part, "filter method 0", $"{data[11]}");
        if (data[12] > 1)
            throw reader.Unsupported(Part, "interlace method 0 or 1", $"{data[12]}");

        // The largest layout that the pixels can become, since a tRNS chunk may still add alpha.
        var layout = colour is (int)PngColour.Grey or (int)PngColour.GreyAlpha ? PixelLayout.GreyAlpha : PixelLayout.Rgba;
        limits.Check($"{reader.Who} {Part}", width, height, layout);
        var header = new PngHeader((int)width, (int)height, depth, (PngColour)colour, data[12] == 1);
        if (header.RowBytes(header.Width) > Array.MaxLength)
            throw reader.Unsupported(Part, $"rows of at most {Array.MaxLength} bytes", $"{header.RowBytes(header.Width)}");
        return header;
    }
}

/// <summary>A reduced picture of the interlacing: pixel (x, y) of it is (X + x * StepX, Y + y * StepY) of the whole.</summary>
internal readonly record struct PngPass(int Columns, int Rows, int X, int Y, int StepX, int StepY)
{
    /// <summary>X, Y, StepX, StepY of the seven passes (specification, 8.2).</summary>
    public static readonly (int X, int Y, int StepX, int StepY)[] Adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
}
