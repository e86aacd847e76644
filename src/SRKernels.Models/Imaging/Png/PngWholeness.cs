using System.Buffers.Binary;
using System.Text;

namespace SRKernels.Models.Imaging.Png;

/// <summary>Whether a file is a whole PNG, from its chunks and their checksums alone: nothing is inflated, no size is too large.</summary>
internal static class PngWholeness
{
    private const int LongestText = 1 << 10;

    public static bool Check(Stream stream, out string? software)
    {
        software = null;
        var reader = new ImageReader(stream, "result");
        var chunks = new PngChunks(reader);
        try
        {
            reader.Skip(PngCodec.Signature.Length, "signature");
            bool pixels = false;
            chunks.Next();
            if (chunks.Type is not "IHDR")
                return false;
            while (chunks.Type is not "IEND")
            {
                pixels |= chunks.Type is "IDAT" && chunks.Remaining > 0;
                if (chunks.Type is "tEXt" && chunks.ReadMetadata(LongestText) is { } text)
                    software = PngText.Software(text) ?? software;
                else if (chunks.Type is not "tEXt")
                    chunks.Finish();
                chunks.Next();
            }

            chunks.Finish();
            return pixels;
        }
        catch (ImageException)
        {
            return false;
        }
    }

    /// <summary>The program that signed a file, if that stands before its pixels, as this program's writer puts it; whole or not.</summary>
    /// <param name="stream">Begins with the signature.</param>
    /// <param name="endsBefore">Whether the file ends before its pixels.</param>
    public static string? SoftwareBeforePixels(Stream stream, out bool endsBefore)
    {
        string? software = null;
        var reader = new ImageReader(stream, "picture");
        var chunks = new PngChunks(reader);
        try
        {
            reader.Skip(PngCodec.Signature.Length, "signature");
            for (chunks.Next(); chunks.Type is not ("IDAT" or "IEND"); chunks.Next())
            {
                if (chunks.Type is not "tEXt")
                    chunks.Finish();
                else if (chunks.ReadMetadata(LongestText) is { } text)
                    software = PngText.Software(text) ?? software;
            }

            endsBefore = false;
        }
        catch (ImageException)
        {
            endsBefore = reader.PeekByte() < 0;
        }

        return software;
    }

    /// <summary>Whether the file ends before its last chunk does: not one that is damaged inside.</summary>
    /// <param name="file">Begins with the signature, and seeks.</param>
    public static bool IsCut(Stream file)
    {
        Span<byte> head = stackalloc byte[8];
        for (long at = PngCodec.Signature.Length; ; at += 12 + (long)BinaryPrimitives.ReadUInt32BigEndian(head))
        {
            if (at + 12 > file.Length) return true;
            file.Position = at;
            file.ReadExactly(head);
            if (head[4..].SequenceEqual("IEND"u8)) return false;
        }
    }
}

/// <summary>PNG's tEXt chunks: a keyword, a zero, Latin-1 text.</summary>
internal static class PngText
{
    public const string SoftwareKeyword = "Software";

    private static ReadOnlySpan<byte> Keyword => "Software\0"u8;

    /// <summary>The data of a chunk that names the program which wrote the file.</summary>
    public static byte[] OfSoftware(string name) => [.. Keyword, .. Encoding.Latin1.GetBytes(name)];

    /// <summary>The program that the chunk names, or null where it says something else.</summary>
    public static string? Software(ReadOnlySpan<byte> data) => data.StartsWith(Keyword) ? Encoding.Latin1.GetString(data[Keyword.Length..]) : null;
}
