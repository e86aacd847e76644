using System.CommandLine;
using SRKernels.Models.Configuration;
using SRKernels.Models.Imaging;
using SRKernels.Models.Storage;
using SRKernels.Models.Weights;
using SRKernels.Runtime;

namespace SRKernels.Cli;

/// <summary><c>srk inspect</c>: what a weights file or a picture holds.</summary>
internal sealed class InspectCommand
{
    private readonly Argument<string> _file = new("FILE") { Description = "A .safetensors file or a picture." };
    private readonly Option<bool> _tensors = new("--tensors") { Description = "List every tensor, too." };

    public InspectCommand()
    {
        Command = new Command("inspect", "Shows what a weights file or a picture holds.") { _file, _tensors };
    }

    public Command Command { get; }

    public int Run(ParseResult parsed)
    {
        var path = FilePath.Plain(parsed.GetRequiredValue(_file));
        if (!File.Exists(path)) throw new SrkException(path, "a weights file or a picture", "no file of this name", "check the path");
        // It is read more than once.
        if (FileFacts.Of(path) is { Kind: not FileKind.Regular } there)
            throw new SrkException(path, "a weights file or a picture", there.Description, "name a file");
        if (IsSafetensors(path)) Weights(path, parsed.GetValue(_tensors));
        else Picture(path);
        return ExitCode.Done;
    }

    /// <summary>By its name, or by the brace behind the header's length where no image format claims the file.</summary>
    private static bool IsSafetensors(string path)
    {
        if (string.Equals(Path.GetExtension(path), ".safetensors", StringComparison.OrdinalIgnoreCase)) return true;
        try
        {
            using var stream = File.OpenRead(path);
            var head = new byte[ImageCodecs.HeadBytes];
            var length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            return ImageCodecs.Detect(head.AsSpan(0, length)) is null && length > 9 && head[8] == (byte)'{';
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SrkException(path, "a readable file", e.Message, "check its permissions", e);
        }
    }

    private static void Weights(string path, bool listTensors)
    {
        using var file = SafetensorsFile.Open(path);
        var all = file.Tensors.Values;
        Say($"{Path.GetFileName(path)}: {file.Tensors.Count} tensors, {all.Sum(t => t.LengthBytes):n0} bytes");
        foreach (var role in all.GroupBy(t => t.Name.Split('.')[0], StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).Take(20))
        {
            var types = string.Join(", ", role.Select(t => t.Type).Distinct().Order());
            Say($"  {role.Key}: {role.Count()} tensors, {role.Sum(t => t.Count):n0} values, {types}");
        }

        Configuration(file);
        if (!listTensors) return;
        foreach (var tensor in all.OrderBy(t => t.Name, StringComparer.Ordinal)) Say($"  {tensor.Name} {tensor.Type} {tensor.ShapeText}");
    }

    private static void Configuration(SafetensorsFile file)
    {
        try
        {
            var model = ModelConfiguration.FromFile(file);
            var (u, a, d) = (model.Denoiser, model.Autoencoder, model.Diffusion);
            Say($"task {model.Task}, scale {model.Scale}, sides padded to multiples of {u.PaddingMultiple}");
            Say($"denoiser: {u.ModelChannels} channels x ({string.Join(", ", u.ChannelMult)}), blocks ({string.Join(", ", u.NumResBlocks)}), "
                + $"Swin {u.SwinEmbedDim} wide, {u.NumHeads} heads, windows of {u.WindowSize}, depth {u.SwinDepth}, MLP x{u.MlpRatio:g3}, groups {u.Groups}"
                + $"{(u.CondMask ? ", reads a mask" : "")}");
            Say($"autoencoder: 1/{a.Downscale}, {a.Channels} channels x ({string.Join(", ", a.ChannelMult)}), blocks ({string.Join(", ", a.NumResBlocks)}), "
                + $"{a.CodeCount} codes of {a.EmbedDim}, groups {a.Groups}");
            Say($"chain: {d.Steps} steps, {d.Sampling}, kappa {d.Kappa:g3}, noise {d.MinNoiseLevel:g3} to {d.EtasEnd:g3}, power {d.Power:g3}");
        }
        catch (SrkException e)
        {
            Say($"no configuration: {e.Message}");
        }
    }

    private static void Picture(string path)
    {
        var head = new byte[ImageCodecs.HeadBytes];
        int length;
        using (var stream = File.OpenRead(path)) length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        var image = ImageCodecs.Read(path);
        var format = ImageCodecs.Detect(head.AsSpan(0, length))?.Format.Name ?? "image";
        Say($"{Path.GetFileName(path)}: {format}, {image.Width}x{image.Height}, {image.Layout}, {image.BitDepth} bits a sample");
        var metadata = image.Metadata;
        if (metadata.IccProfile is { } icc) Say($"  colour profile: {icc.Length:n0} bytes, {IccProfile.ColourSpace(icc)}");
        if (metadata.Exif is { } exif) Say($"  EXIF: {exif.Length:n0} bytes, orientation {metadata.Orientation}");
        foreach (var dropped in metadata.Dropped) Say($"  not kept: {dropped}");
    }

    /// <summary>Names come from the file: none of it may move the cursor.</summary>
    private static void Say(string text) => Console.Out.WriteLine(string.Concat(text.Select(c => char.IsControl(c) ? '?' : c)));
}
