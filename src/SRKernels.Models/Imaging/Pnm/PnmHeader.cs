using System.Text;

namespace SRKernels.Models.Imaging.Pnm;

/// <summary>What stands before the samples: of P1 to P6 two or three numbers, of P7 lines of keywords.</summary>
/// <param name="Width">Pixels per row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Layout">The channels.</param>
/// <param name="Maximum">The sample that is white, 1 to 65535.</param>
/// <param name="IsPlain">Samples are decimal text.</param>
/// <param name="IsBitmap">Samples are single bits (P1, P4), 1 for black.</param>
internal readonly record struct PnmHeader(int Width, int Height, PixelLayout Layout, int Maximum, bool IsPlain, bool IsBitmap)
{
    private const string Part = "header";

    // A PAM header is a handful of short lines; comments may stand between them.
    private const int LongestLine = 1024;
    private const int MostLines = 1000;

    /// <summary>The fewest bytes that the samples can take.</summary>
    public long LeastBytes
    {
        get
        {
            long samples = (long)Width * Height * (int)Layout;
            if (IsPlain)
                return IsBitmap ? samples : 2 * samples - 1;
            return IsBitmap ? (Width + 7L) / 8 * Height : samples * (Maximum > 255 ? 2 : 1);
        }
    }

    public static PnmHeader Read(ImageReader reader, ImageLimits limits)
    {
        Span<byte> magic = stackalloc byte[2];
        reader.ReadExactly(magic, Part);
        int kind = magic[1] - '0';
        if (magic[0] != (byte)'P' || kind is < 1 or > 7)
            throw reader.Damaged(Part, "P1 to P7", $"0x{Convert.ToHexString(magic)}");
        if (kind == 7)
            return ReadPam(reader, limits);

        bool bitmap = kind is 1 or 4, plain = kind <= 3;
        int width = ReadNumber(reader, Part), height = ReadNumber(reader, Part);
        int maximum = bitmap ? 1 : ReadNumber(reader, Part);
        var layout = kind is 3 or 6 ? PixelLayout.Rgb : PixelLayout.Grey;
        Check(reader, limits, width, height, maximum, layout);
        // ReadNumber took the one white-space character that ends the header.
        return new PnmHeader(width, height, layout, maximum, plain, bitmap);
    }

    /// <summary>Space, tab, line feed, vertical tab, form feed, carriage return.</summary>
    public static bool IsSpace(int c) => c is ' ' or (>= 9 and <= 13);

    /// <summary>The next character that is neither white space nor in a comment (from # to the end of its line).</summary>
    public static int SkipSpace(ImageReader reader, string part)
    {
        while (true)
        {
            int c = reader.ReadByte(part);
            if (c == '#')
                SkipComment(reader, part);
            else if (!IsSpace(c))
                return c;
        }
    }

    /// <summary>A decimal number and the white space character (or comment, or end) after it.</summary>
    public static int ReadNumber(ImageReader reader, string part)
    {
        int c = SkipSpace(reader, part);
        if (c is < '0' or > '9')
            throw reader.Damaged(part, "a decimal number", $"byte {c}");
        long value = 0;
        for (; c is >= '0' and <= '9'; c = reader.TryReadByte())
        {
            value = value * 10 + (c - '0');
            if (value > int.MaxValue)
                throw reader.Damaged(part, "numbers below 2^31", $"{value}...");
        }

        if (c == '#')
            SkipComment(reader, part);
        else if (c >= 0 && !IsSpace(c))
            throw reader.Damaged(part, "white space after a number", $"byte {c}");
        return (int)value;
    }

    /// <summary>Whether another picture begins here, perhaps behind white space.</summary>
    public static bool IsNextPicture(ImageReader reader)
    {
        int c = reader.TryReadByte();
        while (IsSpace(c))
            c = reader.TryReadByte();
        return c == 'P' && reader.PeekByte() is >= '1' and <= '7';
    }

    private static PnmHeader ReadPam(ImageReader reader, ImageLimits limits)
    {
        int width = 0, height = 0, depth = 0, maximum = 0;
        string tupleType = "";
        if (ReadLine(reader).Length != 0)
            throw reader.Damaged(Part, "a line of P7 alone", "more on it");
        for (int lines = 0; lines < MostLines; lines++)
        {
            string line = ReadLine(reader);
            if (line.Length == 0 || line[0] == '#')
                continue;
            string[] words = line.Split([' ', '\t', '\r', '\v', '\f'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
                continue;
            switch (words[0])
            {
                case "ENDHDR":
                    var layout = LayoutOf(reader, depth, tupleType);
                    Check(reader, limits, width, height, maximum, layout);
                    return new PnmHeader(width, height, layout, maximum, IsPlain: false, IsBitmap: false);
                case "WIDTH":
                    width = Number(reader, words);
                    break;
                case "HEIGHT":
                    height = Number(reader, words);
                    break;
                case "DEPTH":
                    depth = Number(reader, words);
                    break;
                case "MAXVAL":
                    maximum = Number(reader, words);
                    break;
                case "TUPLTYPE":
                    tupleType = words.Length > 1 ? words[1] : "";
                    break;
                default:
                    throw reader.Unsupported(Part, "WIDTH, HEIGHT, DEPTH, MAXVAL, TUPLTYPE or ENDHDR", $"'{words[0]}'");
            }
        }

        throw reader.Damaged(Part, $"at most {MostLines} lines", "more");
    }

    // The number of channels decides; a known tuple type must agree with it.
    private static PixelLayout LayoutOf(ImageReader reader, int depth, string tupleType)
    {
        if (depth is < 1 or > 4)
            throw reader.Unsupported(Part, "DEPTH 1 to 4", $"{depth}");
        int? expected = tupleType switch
        {
            "BLACKANDWHITE" or "GRAYSCALE" => 1,
            "BLACKANDWHITE_ALPHA" or "GRAYSCALE_ALPHA" => 2,
            "RGB" => 3,
            "RGB_ALPHA" => 4,
            "" => null,
            _ => throw reader.Unsupported(Part, "TUPLTYPE GRAYSCALE, RGB or BLACKANDWHITE, each perhaps with _ALPHA", $"'{tupleType}'"),
        };
        if (expected is not null && expected != depth)
            throw reader.Damaged(Part, $"DEPTH {expected} for {tupleType}", $"{depth}");
        return (PixelLayout)depth;
    }

    private static int Number(ImageReader reader, string[] words)
    {
        if (words.Length == 2 && int.TryParse(words[1], System.Globalization.NumberStyles.None, null, out int value))
            return value;
        throw reader.Damaged(Part, $"a number below 2^31 after {words[0]}", string.Join(' ', words.Skip(1)));
    }

    private static string ReadLine(ImageReader reader)
    {
        var line = new StringBuilder();
        for (int c; (c = reader.ReadByte(Part)) != '\n';)
        {
            if (line.Length == LongestLine)
                throw reader.Damaged(Part, $"lines of at most {LongestLine} characters", "a longer one");
            line.Append((char)c);
        }

        return line.ToString();
    }

    private static void SkipComment(ImageReader reader, string part)
    {
        while (reader.ReadByte(part) is not ((byte)'\n' or (byte)'\r'))
        {
        }
    }

    private static void Check(ImageReader reader, ImageLimits limits, int width, int height, int maximum, PixelLayout layout)
    {
        limits.Check($"{reader.Who} {Part}", width, height, layout);
        if (maximum is < 1 or > 65535)
            throw reader.Damaged(Part, "a maximum of 1 to 65535", $"{maximum}");
    }
}
