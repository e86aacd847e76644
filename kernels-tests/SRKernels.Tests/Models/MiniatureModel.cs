using SRKernels.Models;
using SRKernels.Models.Configuration;
using SRKernels.Models.ResShift;
using SRKernels.Models.Vq;
using SRKernels.Models.Weights;
using SRKernels.Tests.Models.Weights;

namespace SRKernels.Tests.Models;

/// <summary>
/// The smallest network of the family, with formula weights: its pictures mean nothing, but all of its size's work is done in a hundredth of the time,
/// for tests about sizes.
/// </summary>
internal static class MiniatureModel
{
    private const string Autoencoder =
        """{"ch": 4, "ch_mult": [1, 1, 1], "num_res_blocks": 1, "z_channels": 3, "embed_dim": 3, "n_embed": 16, "groups": 2}""";

    private const string Denoiser =
        """{"image_size": 64, "model_channels": 4, "channel_mult": [1], "num_res_blocks": [1], "swin_embed_dim": 4, "head_channels": 4, "window": 8, "depth": 1, "mlp_ratio": 1, "groups": 2}""";

    private const string Diffusion = """{"steps": 2, "min_noise_level": 0.2, "etas_end": 0.99, "kappa": 2.0, "power": 0.3}""";

    /// <summary>Writes it as a file that <see cref="SuperResolver.Load(string, string, int, SRKernels.Kernels.ExecutionKind)"/> takes.</summary>
    public static void Write(string path)
    {
        var tensors = new Dictionary<string, TensorContent>(StringComparer.Ordinal);
        var formula = new FormulaWeights { Seed = 5, Gain = 0.8 };
        var configuration = new ResShiftConfiguration
        {
            Autoencoder = AutoencoderFields.Read("miniature", ConfigurationFields.Parse("miniature", Autoencoder)),
            Denoiser = ConfigurationReader.Denoiser("miniature", ConfigurationFields.Parse("miniature", Denoiser), latentChannels: 3),
            Diffusion = ConfigurationReader.Diffusion("miniature", ConfigurationFields.Parse("miniature", Diffusion)),
        };
        new ResidualShiftModel(
            configuration, new WeightScope(new CopiedWeights(formula, ResShiftConfiguration.DenoiserPrefix, tensors)),
            new WeightScope(new CopiedWeights(formula, ResShiftConfiguration.AutoencoderPrefix, tensors))).Dispose();
        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["format"] = "srkernels", ["task"] = "realsr-x4", ["autoencoder"] = Autoencoder, ["denoiser"] = Denoiser, ["diffusion"] = Diffusion,
        });
    }
}
