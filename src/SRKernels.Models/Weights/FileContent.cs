using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using SRKernels.Models.Storage;
using SRKernels.Runtime;

namespace SRKernels.Models.Weights;

/// <summary>What reads a weights file.</summary>
internal enum WeightFormat
{
    /// <summary>No container that is known by its first bytes: a safetensors file, or damaged.</summary>
    Safetensors,

    /// <summary>A zip file, as <c>torch.save</c> has written it since 1.6.</summary>
    Zip,

    /// <summary>Pickles in a row, as <c>torch.save</c> wrote it before.</summary>
    Pickle,
}

/// <summary>Tells by a file's first bytes what it is, and names what is no checkpoint at all: most broken downloads are pages, pointers or pieces.</summary>
internal static class FileContent
{
    /// <summary>What to do about a file that ends too early.</summary>
    public const string Incomplete = "the download is incomplete: get the file again";
    private const string Expected = "a checkpoint: safetensors, or what torch.save writes";
    private const int HeadBytes = 512, TarMagicAt = 257;
    private const string Unpack = "unpack it first", Authors = "get the authors' PyTorch file", Again = "the download went to another file: get the file of weights itself";

    private static readonly SearchValues<byte> s_plain = SearchValues.Create([.. "\t\r\n"u8, .. Enumerable.Range(' ', 95).Select(letter => (byte)letter)]);
    private static readonly (byte[] Magic, string Name, string Remedy)[] s_known =
    [
        ([0x1F, 0x8B], "a gzip file", Unpack), ([0x89, .. "HDF"u8], "an HDF5 file", Authors),
        ([.. "7z"u8, 0xBC, 0xAF, 0x27, 0x1C], "a 7z file", Unpack), ([.. "Rar!"u8, 0x1A, 0x07], "a RAR file", Unpack),
        ([0xFD, .. "7zXZ"u8, 0], "an xz file", Unpack), ([0x28, 0xB5, 0x2F, 0xFD], "a zstd file", Unpack), ([.. "BZh"u8], "a bzip2 file", Unpack),
        ([0x89, .. "PNG"u8], "a PNG picture", Again), ([0xFF, 0xD8, 0xFF], "a JPEG picture", Again), ([.. "%PDF-"u8], "a PDF document", Again),
        ([.. "GGUF"u8], "a GGUF file", Authors),
    ];

    /// <exception cref="SrkException">It cannot be read, or is something else than weights.</exception>
    public static WeightFormat Of(string path)
    {
        var head = new byte[HeadBytes];
        int length;
        try
        {
            using var handle = File.OpenHandle(Place(path));
            using var slice = new FileSlice(handle, 0, RandomAccess.GetLength(handle));
            length = slice.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new SrkException(
                $"weights '{path}'", "a readable file (.safetensors, .pth, .ckpt, ...)", e.Message, "check the path and its permissions", e);
        }

        return Of(Path.GetFileName(path), head.AsSpan(0, length));
    }

    /// <summary>The file as the system finds it.</summary>
    /// <exception cref="SrkException">It is a pipe, a device, a folder: of those neither the length nor a place can be had, and opening one may wait for its other side.</exception>
    public static string Place(string path) => FileFacts.Of(path) is { Kind: not FileKind.Regular } there
        ? throw new SrkException($"weights '{path}'", "a readable file", there.Description, "name a file: weights are read from all over it")
        : FilePath.Plain(path);

    /// <summary>What is told by a file's first bytes alone.</summary>
    /// <exception cref="SrkException">They are those of something else than weights.</exception>
    public static WeightFormat Of(string who, ReadOnlySpan<byte> head)
    {
        if (head.Length == 0) throw new SrkException(who, Expected, "an empty file", Incomplete);
        if (head.IndexOfAnyExcept((byte)0) < 0) throw new SrkException(who, Expected, "zeros", Incomplete);
        // A header's length and its brace: whatever the length's bytes look like.
        if (head.Length > 8 && head[8] == (byte)'{' && BinaryPrimitives.ReadUInt64LittleEndian(head) <= SafetensorsHeader.MaxHeaderBytes) return WeightFormat.Safetensors;
        if (head.StartsWith("PK\u0003\u0004"u8)) return WeightFormat.Zip;
        if (head.Length > TarMagicAt + 5 && head[TarMagicAt..].StartsWith("ustar"u8))
            throw new SrkException(who, Expected, "a tar file, as torch wrote it before 0.1.10", "load and save it again in a torch of today");
        foreach (var (magic, name, remedy) in s_known)
            if (head.StartsWith(magic)) throw new SrkException(who, Expected, name, remedy);
        if (head.StartsWith("version https://git-lfs"u8))
            throw new SrkException(
                who, Expected, "a Git LFS pointer, which stands for the file", "get the file itself: git lfs pull, or the page's download link");
        // Protocol 2 and later say so; the magic number of the older ones is a text.
        if (head[0] == 0x80 || head.StartsWith("L119547037146038801333356L"u8)) return WeightFormat.Pickle;
        CheckText(who, head);
        return WeightFormat.Safetensors;
    }

    private static void CheckText(string who, ReadOnlySpan<byte> head)
    {
        var text = head.StartsWith(new byte[] { 0xEF, 0xBB, 0xBF }) ? head[3..] : head;
        text = text.TrimStart(" \t\r\n"u8);
        if (text.StartsWith("<"u8))
            throw new SrkException(
                who, Expected, "a web page",
                "the download went to a page instead of the file: open its address in a browser and get the file itself");
        if (IsPlain(text) && (text.IndexOf("p0\n"u8) >= 0 || text.IndexOf("p1\n"u8) >= 0))
            throw new SrkException(who, Expected, "a pickle of protocol 0", "save it again with protocol 2, as torch.save does by itself");
        if (text.StartsWith("{"u8) || IsPlain(text))
            throw new SrkException(
                who, Expected, $"a text: '{ShownName.Of(Encoding.Latin1.GetString(text[..Math.Min(60, text.Length)]))}'",
                "the server answered with a message instead of the file: get it again");
    }

    private static bool IsPlain(ReadOnlySpan<byte> text) => !text.ContainsAnyExcept(s_plain);
}
