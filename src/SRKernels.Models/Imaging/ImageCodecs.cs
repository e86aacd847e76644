using SRKernels.Models.Imaging.Bmp;
using SRKernels.Models.Imaging.Jpeg;
using SRKernels.Models.Imaging.Png;
using SRKernels.Models.Imaging.Pnm;
using SRKernels.Models.Storage;

namespace SRKernels.Models.Imaging;

/// <summary>All image formats: finds the codec by the file's first bytes for reading, by its extension for writing.</summary>
public static class ImageCodecs
{
    /// <summary>How many bytes of a file tell its format.</summary>
    public const int HeadBytes = 32;

    /// <summary>Every codec, in the order in which they are asked.</summary>
    public static IReadOnlyList<IImageCodec> All { get; } = [new PngCodec(), new JpegCodec(), new BmpCodec(), new PnmCodec()];

    /// <summary>The codec for a file that begins with these bytes, or null.</summary>
    /// <param name="head">The first <see cref="HeadBytes"/> bytes, or all if there are fewer.</param>
    public static IImageCodec? Detect(ReadOnlySpan<byte> head)
    {
        foreach (var codec in All)
            if (codec.CanDecode(head))
                return codec;
        return null;
    }

    /// <summary>The codec that writes files with this name's extension.</summary>
    /// <param name="path">A file name; only its extension is looked at, in any case.</param>
    /// <exception cref="ImageException">No format is written under this extension.</exception>
    public static IImageCodec ForWriting(string path)
    {
        string extension = Path.GetExtension(path).ToLowerInvariant();
        foreach (var codec in All)
            if (codec.Format.CanEncode && codec.Format.Extensions.Contains(extension))
                return codec;

        var known = All.Where(c => c.Format.CanEncode).SelectMany(c => c.Format.Extensions);
        throw new ImageException(path, $"an output name that ends in {string.Join(" or ", known)}",
            extension.Length == 0 ? "no extension" : $"'{extension}'", "choose one of these extensions");
    }

    /// <summary>The picture in a file, as stored (EXIF orientation not applied; see <see cref="Image.Oriented"/>).</summary>
    /// <param name="path">The file; its extension is not looked at.</param>
    /// <param name="limits">What is accepted; <see cref="ImageLimits.Default"/> if null.</param>
    /// <exception cref="ImageException">The file cannot be opened, is of no known format, or is damaged.</exception>
    public static Image Read(string path, ImageLimits? limits = null)
    {
        try
        {
            using var file = new FileStream(FilePath.Plain(path), FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            return Decode(file, limits, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(path, "a readable image file", e.Message, "check the path and its permissions", e);
        }
    }

    /// <summary>What a file is, and whether it is whole: a picture that stands where a result is to go.</summary>
    /// <param name="path">The file; its extension is not looked at.</param>
    /// <exception cref="ImageException">The file cannot be opened or read.</exception>
    public static StoredPicture Examine(string path) => Look(path, (file, head) =>
    {
        if (Detect(head) is not { } codec)
            return new StoredPicture(null, false, IsZeros(file, head) || IsCutSignature(head), null);
        file.Position = 0;
        bool whole = codec.IsWhole(file, out string? software);
        // Only what this program's own writer leaves counts as begun: a JPEG without its last bytes is still a picture to most.
        return new StoredPicture(codec.Format, whole, !whole && codec is PngCodec && PngWholeness.IsCut(file), software);
    });

    /// <summary>Whether nothing of a picture is in a file yet (it is empty, zeros, or ends before the pixels), and the program that signed it: from its beginning alone.</summary>
    /// <param name="path">The file; its extension is not looked at.</param>
    /// <exception cref="ImageException">The file cannot be opened or read.</exception>
    public static (bool IsBlank, string? Software) Glance(string path) => Look(path, (file, head) =>
    {
        if (Detect(head) is not PngCodec)
            return (IsZeros(file, head) || IsCutSignature(head), null);
        file.Position = 0;
        string? software = PngWholeness.SoftwareBeforePixels(file, out bool isBlank);
        return (isBlank, software);
    });

    // A look at a file's first bytes, and at more of it where they ask for that.
    private static T Look<T>(string path, Func<FileStream, byte[], T> look)
    {
        try
        {
            using var file = new FileStream(FilePath.Plain(path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            byte[] head = new byte[HeadBytes];
            return look(file, head[..file.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(path, "a readable file", e.Message, "check its permissions", e);
        }
    }

    // Nothing at all, or zeros to the end: data of other programs may begin with some.
    private static bool IsZeros(Stream file, ReadOnlySpan<byte> head)
    {
        if (head.IndexOfAnyExcept((byte)0) >= 0)
            return false;
        file.Position = head.Length;
        byte[] rest = new byte[64 * 1024];
        for (int count; (count = file.Read(rest)) > 0;)
            if (rest.AsSpan(0, count).IndexOfAnyExcept((byte)0) >= 0)
                return false;
        return true;
    }

    // A writer that was stopped in the first bytes.
    private static bool IsCutSignature(ReadOnlySpan<byte> head) =>
        PngCodec.Signature.StartsWith(head) || (head.Length < 3 && head[0] == 0xFF && (head.Length == 1 || head[1] == JpegMarker.Soi));

    /// <summary>The picture in a stream, as stored, read from its position on.</summary>
    /// <param name="stream">Any readable stream; it need not seek.</param>
    /// <param name="limits">What is accepted; <see cref="ImageLimits.Default"/> if null.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="ImageException">It is of no known format, or damaged.</exception>
    public static Image Decode(Stream stream, ImageLimits? limits = null, string name = "stream")
    {
        byte[] head = new byte[HeadBytes];
        int length = stream.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false);
        var codec = Detect(head.AsSpan(0, length)) ?? throw Unknown(name, head.AsSpan(0, length));
        if (stream.CanSeek)
        {
            stream.Seek(-length, SeekOrigin.Current);
            return codec.Decode(stream, limits ?? ImageLimits.Default, name);
        }

        using var whole = new PrefixedStream(head.AsMemory(0, length), stream);
        return codec.Decode(whole, limits ?? ImageLimits.Default, name);
    }

    /// <summary>The picture in a byte array, as stored.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="limits">What is accepted; <see cref="ImageLimits.Default"/> if null.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="ImageException">It is of no known format, or damaged.</exception>
    public static Image Decode(byte[] bytes, ImageLimits? limits = null, string name = "bytes")
    {
        using var stream = new MemoryStream(bytes, writable: false);
        return Decode(stream, limits, name);
    }

    /// <summary>Writes the picture to a file in the format of its extension, wholly or not at all.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="options">How to write; <see cref="ImageWriteOptions.Default"/> if null.</param>
    /// <param name="cancellation">Stops the writing; the file is then as it was before.</param>
    /// <exception cref="ImageException">No format is written under this extension, or it cannot hold this picture.</exception>
    public static void Write(Image image, string path, ImageWriteOptions? options = null,
        CancellationToken cancellation = default)
    {
        var codec = ForWriting(path);
        options ??= ImageWriteOptions.Default;
        AtomicFile.Write(path, stream => codec.Encode(image, stream, options), cancellation, options.Replace);
    }

    /// <summary>Writes a picture to a file row by row as it is made, wholly or not at all.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="make">Gives the writer the picture.</param>
    /// <param name="options">How to write; <see cref="ImageWriteOptions.Default"/> if null.</param>
    /// <param name="cancellation">Stops the writing; the file is then as it was before.</param>
    /// <exception cref="ImageException">The format of the extension is not written, or not by rows.</exception>
    public static void WriteRows(string path, Action<IImageWriter> make, ImageWriteOptions? options = null, CancellationToken cancellation = default)
    {
        var codec = ForWriting(path);
        options ??= ImageWriteOptions.Default;
        AtomicFile.Write(
            path, stream =>
            {
                var writer = codec.Writer(stream, options)
                    ?? throw new ImageException(path, "a format that is written by rows (PNG)", codec.Format.Name, "name a .png, or write a picture from memory");
                using (writer as IDisposable) make(writer);
            }, cancellation, options.Replace);
    }

    private static ImageException Unknown(string name, ReadOnlySpan<byte> head)
    {
        string names = string.Join(", ", All.Select(c => c.Format.Name));
        string got = !head.IsEmpty && IsCutSignature(head) ? $"the first {head.Length} bytes of one" : FormatNames.Describe(head);
        return new ImageException(name, $"an image ({names})", got, "convert it to one of these formats");
    }
}
