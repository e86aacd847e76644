using SRKernels.Models.Storage;

namespace SRKernels.Models.ResShift;

/// <summary>The authors' files by their names: which task a denoiser was trained for, and which autoencoder belongs to it (spec, section 1).</summary>
internal static class PublishedFiles
{
    private const string Natural = "autoencoder_vq_f4", Faces = "celeba256_vq_f4_dim3_face", LargeFaces = "ffhq512_vq_f8_dim8_face";
    private static readonly string[] s_extensions = [".pth", ".safetensors", ".ckpt", ".pt"];

    private static readonly (string NamePart, string Task)[] s_denoisers =
    [
        ("realsrx4_s15_v1", "realsr-v1"), ("realsrx4_s15_v2", "realsr-v1"), ("realsrx4_s4_v3", "realsr-v3"), ("bicsrx4_s4", "bicsr"),
        ("inpainting_imagenet", "inpaint-imagenet"), ("inpainting_face", "inpaint-face"), ("faceir", "faceir"), ("sinsr", "sinsr"),
    ];

    private static readonly Dictionary<string, string> s_autoencoders = new(StringComparer.Ordinal)
    {
        ["inpaint-face"] = Faces, ["faceir"] = LargeFaces,
    };

    /// <summary>The task that a published denoiser's name tells; null for another name.</summary>
    public static ModelTask? TaskOf(string path)
    {
        var name = Path.GetFileName(path);
        foreach (var (part, task) in s_denoisers)
            if (name.Contains(part, StringComparison.OrdinalIgnoreCase)) return ModelTask.Find(task);
        return null;
    }

    /// <summary>The published autoencoder's file for a task.</summary>
    public static string AutoencoderOf(ModelTask task) => s_autoencoders.GetValueOrDefault(task.Name, Natural) + s_extensions[0];

    /// <summary>The autoencoder that lies beside a denoiser, under its published name and any extension of weights; null where none does.</summary>
    public static string? AutoencoderBeside(string denoiser, ModelTask task) => Beside(denoiser, AutoencoderOf(task)).FirstOrDefault();

    /// <summary>All published autoencoders that lie beside a denoiser: one of them is read with it, which its task will tell.</summary>
    public static IEnumerable<string> AutoencodersBeside(string denoiser) => new[] { Natural, Faces, LargeFaces }.SelectMany(name => Beside(denoiser, name + s_extensions[0]));

    private static IEnumerable<string> Beside(string denoiser, string name)
    {
        var folder = Path.GetDirectoryName(FilePath.Full(denoiser))!;
        return s_extensions.Select(extension => Path.Combine(folder, Path.ChangeExtension(name, extension))).Where(File.Exists);
    }
}
