using SRKernels.Models.Recognition;
using SRKernels.Models.Weights;
using SRKernels.Runtime;

namespace SRKernels.Models.Configuration;

/// <summary>Everything about a super-resolution model but its weights: what it does, its two networks and its chain.</summary>
public sealed record ModelConfiguration
{
    /// <summary>What the denoiser's tensors start with in a file of both networks.</summary>
    public const string DenoiserPrefix = "denoiser.";

    /// <summary>What the autoencoder's tensors start with in a file of both networks.</summary>
    public const string AutoencoderPrefix = "autoencoder.";

    /// <summary>What the model was trained for, for example <c>realsr-x4</c>.</summary>
    public string Task { get; init; } = "realsr-x4";

    /// <summary>How much larger the result is, along each side; 1 for restoration at the same size.</summary>
    public int Scale { get; init; } = 4;

    /// <summary>The network that predicts the clean latent.</summary>
    public UNetConfiguration Denoiser { get; init; } = new();

    /// <summary>The network that turns pictures into latents and back.</summary>
    public AutoencoderConfiguration Autoencoder { get; init; } = new();

    /// <summary>The noise schedule and how it is walked.</summary>
    public DiffusionConfiguration Diffusion { get; init; } = new();

    /// <summary>
    /// The configuration of an open file: from its own metadata where it is in our format, else from its tensors' shapes and the task's preset.
    /// </summary>
    /// <param name="file">A file of both networks.</param>
    /// <param name="task">A preset's name, or null. Needed where the file does not say; must agree where it does.</param>
    /// <exception cref="SrkException">The metadata is damaged, the task unknown or another, or the tensors are those of no known network.</exception>
    public static ModelConfiguration FromFile(WeightFile file, string? task = null)
    {
        var who = Path.GetFileName(file.Path);
        var configuration = IsOwnFormat(file) ? FromMetadata(who, file.Metadata, task) : FromShapes(who, file, task);
        configuration.Validate(who);
        return configuration;
    }

    /// <summary>Checks that the parts are possible and belong together; untrusted files come through here.</summary>
    /// <param name="who">The file or object, for the error.</param>
    /// <exception cref="SrkException">A number is out of range, or two contradict each other.</exception>
    public void Validate(string who)
    {
        Denoiser.Validate(who);
        Autoencoder.Validate(who);
        Diffusion.Validate(who);
        var check = new ConfigurationRange(who);
        check.Within("scale", Scale, 1, 8);
        check.Equal("in_channels of the denoiser (embed_dim of the autoencoder)", Denoiser.LatentChannels, Autoencoder.EmbedDim);
        check.Equal("out_channels of the denoiser (embed_dim of the autoencoder)", Denoiser.OutChannels, Autoencoder.EmbedDim);
        check.Equal(
            "downscale of the autoencoder (scale times 2^stages of the feature extractor)",
            Autoencoder.Downscale,
            Scale << Denoiser.FeatureExtractorStages);
    }

    /// <summary>Whether a file says in our words what it holds.</summary>
    internal static bool IsOwnFormat(WeightFile file) => file.Metadata.TryGetValue("format", out var format) && format == "srkernels";

    private static ModelConfiguration FromMetadata(string who, IReadOnlyDictionary<string, string> metadata, string? task)
    {
        var own = Require(who, metadata, "task");
        var preset = TaskPreset.Find(own);
        if (task is not null && TaskPreset.Find(task) != preset)
            throw new SrkException($"{who}: task", $"'{task}'", $"'{own}'", "leave out --task, or give the weights of that task");
        var autoencoder = ConfigurationReader.Autoencoder(who, Fields(who, metadata, "autoencoder"));
        return new ModelConfiguration
        {
            Task = own,
            Scale = preset.Scale,
            Autoencoder = autoencoder,
            Denoiser = ConfigurationReader.Denoiser(who, Fields(who, metadata, "denoiser"), autoencoder.EmbedDim),
            Diffusion = ConfigurationReader.Diffusion(who, Fields(who, metadata, "diffusion")),
        };
    }

    private static ModelConfiguration FromShapes(string who, WeightFile file, string? task)
    {
        if (task is null)
            throw new SrkException(who, "metadata that says what the model is", "none of ours", "say it with --task");
        var preset = TaskPreset.Find(task);
        return new ModelConfiguration
        {
            Task = preset.Name,
            Scale = preset.Scale,
            Autoencoder = ShapeInference.Autoencoder(new NetworkPart(file, NetworkRole.Autoencoder, AutoencoderPrefix)),
            Denoiser = ShapeInference.Denoiser(new NetworkPart(file, NetworkRole.Denoiser, DenoiserPrefix), preset),
            Diffusion = preset.Diffusion,
        };
    }

    private static ConfigurationFields Fields(string who, IReadOnlyDictionary<string, string> metadata, string name) =>
        ConfigurationFields.Parse($"{who}: {name}", Require(who, metadata, name));

    private static string Require(string who, IReadOnlyDictionary<string, string> metadata, string name) => metadata.TryGetValue(name, out var value)
        ? value
        : throw new SrkException(
            $"{who}: metadata", $"'{name}'", "none", "the file was not written by this project's tools: convert the checkpoint again");
}
