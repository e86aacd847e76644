using SRKernels.Models.Configuration;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Recognition;

/// <summary>One of a model's two networks.</summary>
internal enum NetworkRole
{
    /// <summary>ResShift's or SinSR's U-Net.</summary>
    Denoiser,

    /// <summary>The vector-quantised autoencoder.</summary>
    Autoencoder,
}

/// <summary>The tensors of one network in a file, without what stands before their names there.</summary>
/// <param name="File">The file; not disposed here.</param>
/// <param name="Role">Which network it is.</param>
/// <param name="Prefix">What its tensors' names start with in the file.</param>
internal sealed record NetworkPart(WeightFile File, NetworkRole Role, string Prefix) : IWeightSource
{
    // What training leaves beside the networks.
    private static readonly string[] s_training = ["loss.", "discriminator.", "model_ema."];
    private static readonly string[] s_denoiserPrefixes = ["", ModelConfiguration.DenoiserPrefix, "model.", "diffusion_model.", "model.diffusion_model."];
    private static readonly string[] s_autoencoderPrefixes = ["", ModelConfiguration.AutoencoderPrefix, "model.", "first_stage_model."];

    /// <summary>Buffers that checkpoints carry along and the ops compute themselves.</summary>
    public static IReadOnlyList<string> Derived { get; } = ["attn_mask", "relative_position_index"];

    public string Description => Path.GetFileName(File.Path);

    public IEnumerable<string> Names => File.Tensors.Keys
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(name => name[Prefix.Length..])
        .Where(name => !s_training.Any(start => name.StartsWith(start, StringComparison.Ordinal)));

    /// <summary>Whether a tensor is one of <see cref="Derived"/>.</summary>
    public static bool IsDerived(string name) => Derived.Any(end => name.EndsWith("." + end, StringComparison.Ordinal));

    /// <summary>The networks of a file, recognised by tensors that no other network has, wherever they hang.</summary>
    public static IReadOnlyList<NetworkPart> FindAll(WeightFile file)
    {
        var parts = new List<NetworkPart>(2);
        // The middle block's Swin layer; the code book.
        if (s_denoiserPrefixes.FirstOrDefault(prefix => HasAny(file, prefix + "middle_block.1.patch_embed.") || HasAny(file, prefix + "middle_block.1.patch_unembed.")) is { } denoiser)
            parts.Add(new NetworkPart(file, NetworkRole.Denoiser, denoiser));
        if (s_autoencoderPrefixes.FirstOrDefault(prefix => HasAny(file, prefix + "quantize.")) is { } autoencoder)
            parts.Add(new NetworkPart(file, NetworkRole.Autoencoder, autoencoder));
        return parts;
    }

    public bool TryGetShape(string name, out IReadOnlyList<long>? shape) => ((IWeightSource)File).TryGetShape(Prefix + name, out shape);

    public void Read(string name, ReadOnlySpan<int> shape, Span<float> destination) => File.ReadFloat32(Prefix + name, shape, destination);

    private static bool HasAny(WeightFile file, string start) => file.Tensors.Keys.Any(name => name.StartsWith(start, StringComparison.Ordinal));
}
