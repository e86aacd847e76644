namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>
/// The one scan of a file: takes the picture a row of MCUs at a time, makes Y, Cb and Cr, halves chroma, and codes the
/// blocks. Samples beyond the picture repeat its edge; blocks that only fill an MCU repeat the DC before them, which
/// costs the fewest bits.
/// </summary>
internal sealed class JpegScanWriter
{
    // round(x * 2^16): ITU T.871, 7.
    private const int R2Y = 19595, G2Y = 38470, B2Y = 7471, R2Cb = 11059, G2Cb = 21709, Half = 32768, G2Cr = 27439, B2Cr = 5329;

    private readonly Image image;
    private readonly bool half;
    private readonly Plane[] planes;

    // Cb and Cr at full resolution, before they are halved.
    private readonly byte[][] full;
    private readonly short[] block = new short[64];

    public JpegScanWriter(Image image, bool half, byte[] lumaQuant, byte[] chromaQuant)
    {
        this.image = image;
        this.half = half;
        int factor = half ? 2 : 1, chromaWidth = (image.Width + factor - 1) / factor, chromaHeight = (image.Height + factor - 1) / factor;
        var luma = new Plane(factor, image.Width, image.Height, lumaQuant, StandardTables.DcLuma, StandardTables.AcLuma);
        planes = image.Channels == 1
            ? [luma]
            : [luma, Chroma(), Chroma()];
        full = half ? [new byte[16 * luma.Stride], new byte[16 * luma.Stride]] : [];

        Plane Chroma() => new(1, chromaWidth, chromaHeight, chromaQuant, StandardTables.DcChroma, StandardTables.AcChroma);
    }

    /// <summary>Bytes that writing holds beside the picture, at most: rows of two MCUs at full and at half resolution.</summary>
    public static long HeldBytes(int width) => 56L * (width + 16);

    public void Write(Stream stream)
    {
        var writer = new JpegBitWriter(stream);
        int mcuSide = half ? 16 : 8;
        int mcusWide = (image.Width + mcuSide - 1) / mcuSide, mcusHigh = (image.Height + mcuSide - 1) / mcuSide;
        for (int y = 0; y < mcusHigh; y++)
        {
            FillRows(y * mcuSide, mcuSide);
            for (int x = 0; x < mcusWide; x++)
                foreach (var plane in planes)
                    WriteMcu(writer, plane, x, y);
        }

        writer.Finish();
    }

    private void WriteMcu(JpegBitWriter writer, Plane plane, int x, int y)
    {
        for (int v = 0; v < plane.Factor; v++)
        {
            for (int h = 0; h < plane.Factor; h++)
            {
                int column = x * plane.Factor + h;
                if (column < plane.BlocksWide && y * plane.Factor + v < plane.BlocksHigh)
                {
                    ForwardDct.Transform(plane.Rows.AsSpan(v * 8 * plane.Stride + column * 8), plane.Stride, plane.Quant, block);
                }
                else
                {
                    Array.Clear(block);
                    block[0] = (short)plane.PreviousDc;
                }

                writer.WriteBlock(block, plane.PreviousDc, plane.Dc, plane.Ac);
                plane.PreviousDc = block[0];
            }
        }
    }

    private void FillRows(int top, int count)
    {
        int inside = Math.Min(count, image.Height - top);
        for (int row = 0; row < inside; row++)
        {
            var pixels = image.Row8(top + row);
            if (planes.Length == 1) pixels.CopyTo(planes[0].Row(row));
            else Convert(pixels, planes[0].Row(row), ChromaRow(0, row), ChromaRow(1, row));
        }

        planes[0].ExtendRight(inside);
        planes[0].ExtendDown(inside, count);
        if (planes.Length == 1) return;
        for (int c = 1; c < 3; c++)
        {
            if (half) Halve(full[c - 1], planes[c], inside);
            else planes[c].ExtendRight(inside);
            planes[c].ExtendDown(half ? (inside + 1) / 2 : inside, 8);
        }
    }

    // Where chroma goes before it is halved, or for good if it is not.
    private Span<byte> ChromaRow(int c, int row) => (half ? full[c] : planes[c + 1].Rows).AsSpan(row * planes[0].Stride);

    private static void Convert(ReadOnlySpan<byte> rgb, Span<byte> y, Span<byte> cb, Span<byte> cr)
    {
        const int chromaBias = (128 << 16) + Half - 1, lumaBias = Half;
        for (int x = 0, i = 0; i + 2 < rgb.Length; x++, i += 3)
        {
            int r = rgb[i], g = rgb[i + 1], b = rgb[i + 2];
            y[x] = (byte)((R2Y * r + G2Y * g + B2Y * b + lumaBias) >> 16);
            cb[x] = (byte)((-R2Cb * r - G2Cb * g + Half * b + chromaBias) >> 16);
            cr[x] = (byte)((Half * r - G2Cr * g - B2Cr * b + chromaBias) >> 16);
        }
    }

    // Means of 2x2, ties rounded down and up in turn so that no drift is added.
    private void Halve(byte[] source, Plane plane, int inside)
    {
        int stride = planes[0].Stride, last = image.Width - 1;
        for (int row = 0; row < (inside + 1) / 2; row++)
        {
            var above = source.AsSpan(2 * row * stride, image.Width);
            var below = source.AsSpan(Math.Min(2 * row + 1, inside - 1) * stride, image.Width);
            var target = plane.Row(row);
            int whole = image.Width / 2;
            for (int x = 0; x < whole; x++)
            {
                int sum = above[2 * x] + above[2 * x + 1] + below[2 * x] + below[2 * x + 1];
                target[x] = (byte)((sum + 1 + (x & 1)) >> 2);
            }

            for (int x = whole; x < plane.Stride; x++)
            {
                int left = Math.Min(2 * x, last), right = Math.Min(2 * x + 1, last);
                target[x] = (byte)((above[left] + above[right] + below[left] + below[right] + 1 + (x & 1)) >> 2);
            }
        }
    }

    /// <summary>A component: one row of MCUs of its samples, its tables, its last DC.</summary>
    private sealed class Plane(int factor, int width, int height, byte[] quant, ReadOnlySpan<byte> dc, ReadOnlySpan<byte> ac)
    {
        public int Factor { get; } = factor;

        public int BlocksWide { get; } = (width + 7) / 8;

        public int BlocksHigh { get; } = (height + 7) / 8;

        public int Stride => BlocksWide * 8;

        public byte[] Rows { get; } = new byte[8 * factor * ((width + 7) / 8 * 8)];

        public byte[] Quant { get; } = quant;

        public HuffmanEncodingTable Dc { get; } = new(dc);

        public HuffmanEncodingTable Ac { get; } = new(ac);

        public int PreviousDc { get; set; }

        public Span<byte> Row(int row) => Rows.AsSpan(row * Stride, Stride);

        public void ExtendRight(int rows)
        {
            for (int row = 0; row < rows; row++) Row(row)[width..].Fill(Row(row)[width - 1]);
        }

        public void ExtendDown(int rows, int wanted)
        {
            for (int row = rows; row < wanted; row++) Row(rows - 1).CopyTo(Row(row));
        }
    }
}
