using SRKernels.Runtime;

namespace SRKernels.Models.Configuration;

/// <summary>Everything about a super-resolution model but its weights: what it does, its two networks and its chain.</summary>
public sealed record ModelConfiguration
{
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
        check.Equal("downscale of the autoencoder (scale times 2^stages of the feature extractor)", Autoencoder.Downscale, Scale << Denoiser.FeatureExtractorStages);
        check.Equal("out_channels of the denoiser (embed_dim of the autoencoder)", Denoiser.OutChannels, Autoencoder.EmbedDim);
    }
}
