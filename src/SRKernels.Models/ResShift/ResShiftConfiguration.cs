using SRKernels.Models.Configuration;
using SRKernels.Models.Families;
using SRKernels.Models.Planning;
using SRKernels.Models.Vq;
using SRKernels.Models.Weights;
using SRKernels.Runtime;

namespace SRKernels.Models.ResShift;

/// <summary>Everything about a model of residual shifting but its weights: what it does, its two networks and its chain.</summary>
internal sealed record ResShiftConfiguration : ModelConfiguration
{
    /// <summary>What the denoiser's tensors start with in a file of both networks.</summary>
    public const string DenoiserPrefix = ResShiftFamily.Denoiser + ".";

    /// <summary>What the autoencoder's tensors start with in a file of both networks.</summary>
    public const string AutoencoderPrefix = ResShiftFamily.Autoencoder + ".";

    // What the authors' command cuts pictures into at x4; its others see the same part of the result.
    private const int UpstreamScale = 4;
    private const int UpstreamTile = 512;
    private const int UpstreamOverlap = 64;

    /// <inheritdoc/>
    public override string Task { get; init; } = "realsr-x4";

    /// <inheritdoc/>
    public override int Scale { get; init; } = 4;

    /// <summary>The network that predicts the clean latent.</summary>
    public UNetConfiguration Denoiser { get; init; } = new();

    /// <summary>The network that turns pictures into latents and back.</summary>
    public AutoencoderConfiguration Autoencoder { get; init; } = new();

    /// <summary>The noise schedule and how it is walked.</summary>
    public DiffusionConfiguration Diffusion { get; init; } = new();

    public override ModelFamily Family => ResShiftFamily.Instance;

    public override int? Steps => Diffusion.Steps;

    public override bool TakesMask => Denoiser.CondMask;

    public override string Chain =>
        $"{Diffusion.Steps} steps, {Diffusion.Sampling}, kappa {Diffusion.Kappa:g3}, noise {Diffusion.MinNoiseLevel:g3} to {Diffusion.EtasEnd:g3}, power {Diffusion.Power:g3}";

    public override TileGeometry Geometry => new()
    {
        Scale = Scale,
        Multiple = checked(Denoiser.WindowMultiple * Math.Max(1, Autoencoder.Downscale / Scale)),
        PaddingMultiple = Denoiser.PaddingMultiple,
        NoiseDownscale = Autoencoder.Downscale,
        NoiseChannels = Autoencoder.EmbedDim,
        UpstreamTile = UpstreamTile * Math.Max(1, UpstreamScale / Scale),
        UpstreamOverlap = UpstreamOverlap * Math.Max(1, UpstreamScale / Scale),
    };

    /// <summary>
    /// The configuration of an open file: from its own metadata where it is in our format, else from its tensors' shapes and the task.
    /// </summary>
    /// <param name="file">A file of both networks under their roles.</param>
    /// <param name="task">A task's name, or null. Needed where the file does not say; must agree where it does.</param>
    /// <exception cref="SrkException">The metadata is damaged, the task unknown or another, or the tensors are those of no known network.</exception>
    public static ResShiftConfiguration FromFile(WeightFile file, string? task = null) => (ResShiftConfiguration)ResShiftFamily.Instance.FromFile(file, task);

    public override TileCost CostOf(int height, int width)
    {
        var pixels = (double)height * width * Scale * Scale;
        return new TileCost(
            VqCost.Encoder(Autoencoder, pixels), DenoiserCost.Of(Denoiser, (double)height * width / Math.Pow(4, Denoiser.FeatureExtractorStages)),
            VqCost.Decoder(Autoencoder, pixels));
    }

    public override IReadOnlyDictionary<string, string> Metadata() => ConfigurationWriter.Metadata(this);

    public override ResidualShiftModel Build(WeightScope root) => new(this, root[ResShiftFamily.Denoiser], root[ResShiftFamily.Autoencoder]);

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
}
