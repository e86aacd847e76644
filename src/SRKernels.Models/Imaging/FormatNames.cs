using System.Text;

namespace SRKernels.Models.Imaging;

/// <summary>The names of formats that are not read, by a file's first bytes or its extension: what to call a picture that is refused.</summary>
public static class FormatNames
{
    // Where a signature stands, its bytes, the name. The more exact ones first.
    private static readonly (int At, byte[] Bytes, string Name)[] s_signatures =
    [
        (8, [.. "WEBP"u8], "WebP"),
        (0, [.. "GIF8"u8], "GIF"),
        (0, [(byte)'I', (byte)'I', 0xBC, 1], "JPEG XR"),
        (0, [.. "II*\0\x10\0\0\0CR"u8], "Canon raw"),
        (0, [.. "II*\0"u8], "TIFF"),
        (0, [.. "MM\0*"u8], "TIFF"),
        (0, [.. "II+\0"u8], "BigTIFF"),
        (0, [.. "MM\0+"u8], "BigTIFF"),
        (4, [.. "ftypavif"u8], "AVIF"),
        (4, [.. "ftypavis"u8], "AVIF"),
        (4, [.. "ftyphe"u8], "HEIC"),
        (4, [.. "ftypmif1"u8], "HEIC"),
        (4, [.. "ftypmsf1"u8], "HEIC"),
        (4, [.. "ftypcrx"u8], "Canon raw"),
        (4, [.. "ftyp"u8], "video"),
        (0, [0xFF, 0x0A], "JPEG XL"),
        (4, [.. "JXL \r\n"u8], "JPEG XL"),
        (4, [.. "jP  \r\n"u8], "JPEG 2000"),
        (0, [0xFF, 0x4F, 0xFF, 0x51], "JPEG 2000"),
        (0, [.. "8BPS"u8], "Photoshop"),
        (0, [.. "gimp xcf"u8], "GIMP"),
        (0, [0x76, 0x2F, 0x31, 0x01], "OpenEXR"),
        (0, [.. "#?RADIANCE"u8], "Radiance HDR"),
        (0, [.. "qoif"u8], "QOI"),
        (0, [.. "DDS "u8], "DirectDraw surface"),
        (0, [.. "BM"u8], "unknown BMP"),
        (0, [0, 0, 1, 0], "icon"),
        (0, [.. "FUJIFILMCCD-RAW"u8], "Fujifilm raw"),
        (0, [.. "%PDF"u8], "PDF"),
        (0, [.. "RIFF"u8], "RIFF"),
        (0, [.. "PK\x03\x04"u8], "zip"),
        (0, [0x1F, 0x8B], "gzip"),
    ];

    private static readonly (string Name, string[] Extensions)[] s_extensions =
    [
        ("WebP", [".webp"]), ("TIFF", [".tif", ".tiff"]), ("GIF", [".gif"]), ("HEIC", [".heic", ".heif", ".hif"]), ("AVIF", [".avif"]),
        ("JPEG XL", [".jxl"]), ("JPEG 2000", [".jp2", ".j2k", ".jpf", ".jpx"]), ("JPEG XR", [".jxr", ".wdp"]), ("Photoshop", [".psd", ".psb"]),
        ("GIMP", [".xcf"]), ("TGA", [".tga"]), ("icon", [".ico"]), ("OpenEXR", [".exr"]), ("Radiance HDR", [".hdr"]), ("QOI", [".qoi"]),
        ("DirectDraw surface", [".dds"]), ("SVG", [".svg", ".svgz"]), ("animated PNG", [".apng"]), ("JFIF", [".jfif", ".jif"]), ("PFM", [".pfm"]),
        ("raw", [".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf", ".pef", ".srw"]),
    ];

    private static readonly HashSet<string> s_read = ImageCodecs.All.SelectMany(codec => codec.Format.Extensions).ToHashSet(StringComparer.OrdinalIgnoreCase);

    private static readonly Dictionary<string, string> s_unread = s_extensions
        .SelectMany(format => format.Extensions.Where(extension => !s_read.Contains(extension)).Select(extension => (extension, format.Name)))
        .ToDictionary(pair => pair.extension, pair => pair.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether files of this extension are taken from a folder.</summary>
    /// <param name="extension">With its dot, in any case.</param>
    public static bool IsRead(string extension) => s_read.Contains(extension);

    /// <summary>The name of a picture format that is not read, or null for files that are no pictures and for those that are read.</summary>
    /// <param name="extension">With its dot, in any case.</param>
    public static string? OfUnread(string extension) => s_unread.GetValueOrDefault(extension);

    /// <summary>What a file is that no codec claims, for a message: <c>WebP data</c>, <c>text</c>.</summary>
    /// <param name="head">Its first <see cref="ImageCodecs.HeadBytes"/> bytes, or all if there are fewer.</param>
    public static string Describe(ReadOnlySpan<byte> head)
    {
        if (head.IsEmpty) return "an empty file";
        if (head.StartsWith("version https://git-lfs"u8)) return "a Git LFS pointer in the picture's place";
        foreach (var (at, bytes, name) in s_signatures)
            if (head.Length >= at + bytes.Length && head[at..].StartsWith(bytes))
                return $"{name} data";
        var text = Encoding.Latin1.GetString(head).TrimStart();
        if (text.StartsWith('<')) return text.Contains("svg", StringComparison.OrdinalIgnoreCase) ? "SVG data" : "a web page or other markup";
        if (head.IndexOfAnyExceptInRange((byte)0, (byte)0) < 0) return "nothing but zeros";
        return IsText(head) ? "text" : "data of an unknown format";
    }

    private static bool IsText(ReadOnlySpan<byte> head)
    {
        foreach (var b in head)
            if (b is 0x7F or (< 0x20 and not ((byte)'\t' or (byte)'\n' or (byte)'\r' or (byte)'\f')))
                return false;
        return true;
    }
}
