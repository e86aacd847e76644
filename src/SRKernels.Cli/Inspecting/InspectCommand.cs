using System.CommandLine;
using SRKernels.Cli.Downloading;
using SRKernels.Models.Imaging;
using SRKernels.Models.Storage;
using SRKernels.Runtime;

namespace SRKernels.Cli.Inspecting;

/// <summary><c>srk inspect</c>: what a weights file or a picture holds.</summary>
internal sealed class InspectCommand
{
    private readonly Argument<string> _file = new("FILE") { Description = "Weights (.safetensors, .pth, .ckpt, ..., or a name that 'srk weights' lists) or a picture." };
    private readonly Option<bool> _tensors = new("--tensors") { Description = "List every tensor, too, with what its values are like." };

    public InspectCommand()
    {
        Command = new Command("inspect", "Shows what a weights file or a picture holds.") { _file, _tensors };
    }

    public Command Command { get; }

    public int Run(ParseResult parsed)
    {
        foreach (var path in NamedModel.Of(_file.Name, FilePath.Plain(parsed.GetRequiredValue(_file))).Files) Show(path, parsed.GetValue(_tensors));
        return ExitCode.Done;
    }

    private static void Show(string path, bool listTensors)
    {
        if (FileFacts.Of(path) is not { } there)
            throw new SrkException(path, "a weights file or a picture", FileFacts.Missing(path), "check the path");
        // It is read more than once.
        if (there.Kind != FileKind.Regular) throw new SrkException(path, "a weights file or a picture", there.Description, "name a file");
        var head = HeadOf(path);
        if (IsWeights(path, head)) WeightsReport.Print(path, listTensors, Terminal.Result);
        else Picture(path, head);
    }

    /// <summary>By its name, or by its first bytes where no image format claims the file: a zip file, a pickle, the brace behind a header's length.</summary>
    private static bool IsWeights(string path, ReadOnlySpan<byte> head)
    {
        if (ImageCodecs.Detect(head) is not null) return false;
        return Path.GetExtension(path).ToLowerInvariant() is ".safetensors" or ".pth" or ".pt" or ".ckpt" or ".pkl" or ".bin"
            || head.StartsWith("PK"u8) || (head.Length > 2 && head[0] == 0x80 && head[1] <= 5) || (head.Length > 9 && head[8] == (byte)'{');
    }

    private static byte[] HeadOf(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            var head = new byte[ImageCodecs.HeadBytes];
            return head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SrkException(path, "a readable file", e.Message, "check its permissions", e);
        }
    }

    private static void Picture(string path, ReadOnlySpan<byte> head)
    {
        var image = ImageCodecs.Read(path);
        var format = ImageCodecs.Detect(head)?.Format.Name ?? "image";
        Terminal.Result($"{Path.GetFileName(path)}: {format}, {image.Width}x{image.Height}, {image.Layout}, {image.BitDepth} bits a sample");
        var metadata = image.Metadata;
        if (metadata.IccProfile is { } icc) Terminal.Result($"  colour profile: {icc.Length:n0} bytes, {IccProfile.ColourSpace(icc)}");
        if (metadata.Exif is { } exif) Terminal.Result($"  EXIF: {exif.Length:n0} bytes, orientation {metadata.Orientation}");
        if (metadata.Xmp is { } xmp) Terminal.Result($"  XMP: {xmp.Length:n0} bytes");
        if (metadata.Iptc is { } iptc) Terminal.Result($"  IPTC: {iptc.Length:n0} bytes");
        if (metadata.Density is { } density) Terminal.Result($"  density: {density.X:0.##} x {density.Y:0.##} ({density.Unit})");
        foreach (var text in metadata.Texts) Terminal.Result($"  {text.Keyword}: {(text.Text.Length > 100 ? text.Text[..100] + "..." : text.Text)}");
        foreach (var dropped in metadata.Dropped) Terminal.Result($"  not kept: {dropped}");
    }
}
