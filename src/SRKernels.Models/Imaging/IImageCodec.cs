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
