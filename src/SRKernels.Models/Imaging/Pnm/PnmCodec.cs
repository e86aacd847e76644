namespace SRKernels.Models.Imaging.Pnm;

/// <summary>
/// PBM, PGM, PPM (plain P1 to P3, raw P4 to P6) and PAM (P7), as their Netpbm manual pages define them. Read only: the first picture of a
/// stream. Any maximum up to 65535 is scaled, rounding to nearest, to 255 or (above 255) to 65535.
/// </summary>
internal sealed class PnmCodec : IImageCodec
{
    public ImageFormat Format { get; } = new("PNM", [".pnm", ".pbm", ".pgm", ".ppm", ".pam"], CanEncode: false);

    public bool CanDecode(ReadOnlySpan<byte> head) => head.Length >= 3 && head[0] == (byte)'P'
        && head[1] is >= (byte)'1' and <= (byte)'7' && (PnmHeader.IsSpace(head[2]) || head[2] == (byte)'#');

    public Image Decode(Stream stream, ImageLimits limits, string name)
    {
        var reader = new ImageReader(stream, $"{name}: PNM");
        var header = PnmHeader.Read(reader, limits);
        // Before the pixels are allocated: every pixel takes at least a bit, in plain text a character a sample.
        if (reader.RemainingBytes < header.LeastBytes)
            throw reader.Truncated("pixels");
        var image = new Image(header.Width, header.Height, header.Layout, header.Maximum > 255 ? 16 : 8);
        for (int y = 0; y < image.Height; y++)
            if (header.IsBitmap)
                ReadBits(reader, header, image.Row8(y));
            else if (image.BitDepth == 8)
                ReadRow(reader, header, image.Row8(y));
            else
                ReadRow(reader, header, image.Row16(y));
        // Several pictures may follow one another; of a pipe only what is here is looked at, since asking for more waits.
        if ((stream.CanSeek || reader.HasBuffered) && PnmHeader.IsNextPicture(reader))
            image.Metadata = ImageMetadata.Empty with { HasMorePictures = true };
        return image;
    }

    public void Encode(Image image, Stream stream, ImageWriteOptions options) =>
        throw new ImageException("PNM", "an output format that is written", "PNM, which is only read", "write PNG");

    // 1 is black. Plain digits need no space between them; raw bits fill bytes from the top, each row from a new byte.
    private static void ReadBits(ImageReader reader, PnmHeader header, Span<byte> row)
    {
        int bits = 0;
        for (int x = 0; x < row.Length; x++)
        {
            bool black;
            if (header.IsPlain)
            {
                int digit = PnmHeader.SkipSpace(reader, "pixels");
                if (digit is not ('0' or '1'))
                    throw reader.Damaged("pixels", "the digits 0 and 1", $"byte {digit}");
                black = digit == '1';
            }
            else
            {
                bits = x % 8 == 0 ? reader.ReadByte("pixels") : bits << 1;
                black = (bits & 128) != 0;
            }

            row[x] = black ? (byte)0 : (byte)255;
        }
    }

    private static void ReadRow(ImageReader reader, PnmHeader header, Span<byte> row)
    {
        if (!header.IsPlain)
            reader.ReadExactly(row, "pixels");
        else
            for (int i = 0; i < row.Length; i++)
                row[i] = (byte)PlainSample(reader, header.Maximum);
        if (header.Maximum == 255)
            return;
        for (int i = 0; i < row.Length; i++)
            row[i] = (byte)Scale(reader, row[i], header.Maximum, 255);
    }

    private static void ReadRow(ImageReader reader, PnmHeader header, Span<ushort> row)
    {
        for (int i = 0; i < row.Length; i++)
        {
            int sample = header.IsPlain ? PlainSample(reader, header.Maximum) : reader.ReadUInt16BigEndian("pixels");
            row[i] = (ushort)Scale(reader, sample, header.Maximum, 65535);
        }
    }

    private static int PlainSample(ImageReader reader, int maximum)
    {
        int value = PnmHeader.ReadNumber(reader, "pixels");
        return value <= maximum ? value : throw reader.Damaged("pixels", $"samples up to {maximum}", $"{value}");
    }

    private static int Scale(ImageReader reader, int sample, int maximum, int white)
    {
        if (sample > maximum)
            throw reader.Damaged("pixels", $"samples up to {maximum}", $"{sample}");
        return (int)(((long)sample * white + maximum / 2) / maximum);
    }
}
