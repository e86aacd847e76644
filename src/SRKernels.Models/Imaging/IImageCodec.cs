namespace SRKernels.Models.Imaging;

/// <summary>Reads, and where <see cref="ImageFormat.CanEncode"/> says so writes, one image format. Stateless and thread-safe.</summary>
public interface IImageCodec
{
    /// <summary>The format this codec is for.</summary>
    ImageFormat Format { get; }

    /// <summary>Whether a file that begins with <paramref name="head"/> is of this format.</summary>
    /// <param name="head">The first <see cref="ImageCodecs.HeadBytes"/> bytes, or the whole file if it is shorter.</param>
    bool CanDecode(ReadOnlySpan<byte> head);

    /// <summary>
    /// The picture as stored (EXIF orientation not applied), read from the stream's position on. Memory is bounded by the
    /// declared pixels plus a constant, whatever the length of the stream.
    /// </summary>
    /// <param name="stream">Any readable stream; it need not seek.</param>
    /// <param name="limits">What is accepted.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <exception cref="ImageException">The file is damaged, truncated, over a limit, or uses what this codec does not know.</exception>
    Image Decode(Stream stream, ImageLimits limits, string name);

    /// <summary>
    /// Whether the stream, from its position on, is a whole file of this format: not cut short, checksums right where there are any. Without
    /// a format's own way it is decoded.
    /// </summary>
    /// <param name="stream">A stream that begins with what <see cref="CanDecode"/> accepts, and seeks.</param>
    /// <param name="software">The program that signed it, or null.</param>
    bool IsWhole(Stream stream, out string? software)
    {
        software = null;
        try
        {
            Decode(stream, ImageLimits.Default with { MaxWidth = int.MaxValue, MaxHeight = int.MaxValue, MaxPixels = long.MaxValue }, "result");
            return true;
        }
        catch (ImageException)
        {
            return false;
        }
    }

    /// <summary>Writes the picture as it is. The same picture and options give the same bytes.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="stream">Any writable stream; it need not seek, and stays open.</param>
    /// <param name="options">How to write.</param>
    /// <exception cref="ImageException">The format cannot hold this picture, or cannot be written at all.</exception>
    void Encode(Image image, Stream stream, ImageWriteOptions options);

    /// <summary>What writes a picture row by row, the same bytes as <see cref="Encode"/>; null where the format needs it whole.</summary>
    /// <param name="stream">Any writable stream; it need not seek, and stays open.</param>
    /// <param name="options">How to write.</param>
    IImageWriter? Writer(Stream stream, ImageWriteOptions options) => null;
}
