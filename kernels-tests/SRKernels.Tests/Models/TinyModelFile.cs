using System.Text.Json;
using SRKernels.Models;
using SRKernels.Models.Configuration;
using SRKernels.Models.ResShift;
using SRKernels.Models.Vq;
using SRKernels.Models.Weights;
using SRKernels.Tests.Models.Weights;

namespace SRKernels.Tests.Models;

/// <summary>
/// The smallest model with every part of a large one, as a file: x2 in one step, all tiles multiples of 8 pixels. For devices on which a launch takes
/// seconds.
/// </summary>
internal static class TinyModelFile
{
    private const string Denoiser = """
        {"image_size": 8, "lq_size": 8, "model_channels": 8, "channel_mult": [1], "num_res_blocks": [1], "attention_resolutions": [8], "swin_embed_dim": 32,
         "head_channels": 32, "window": 8, "depth": 1, "mlp_ratio": 1, "groups": 4}
        """;

    private const string Autoencoder = """{"ch": 8, "ch_mult": [1, 1], "num_res_blocks": 1, "z_channels": 3, "embed_dim": 3, "n_embed": 16, "groups": 4}""";

    private const string Diffusion = """{"steps": 4, "sampling": "one-step"}""";

    /// <summary>Writes it.</summary>
    /// <param name="path">The file.</param>
    public static void Write(string path)
    {
        using var denoiser = JsonDocument.Parse(Denoiser);
        using var autoencoder = JsonDocument.Parse(Autoencoder);
        using var diffusion = JsonDocument.Parse(Diffusion);
        var configuration = new ResShiftConfiguration
        {
            Task = "x2",
            Scale = 2,
            Denoiser = ConfigurationReader.Denoiser(path, denoiser.RootElement),
            Autoencoder = AutoencoderFields.Read(path, new ConfigurationFields(path, autoencoder.RootElement)),
            Diffusion = ConfigurationReader.Diffusion(path, diffusion.RootElement),
        };
        var tensors = new Dictionary<string, TensorContent>(StringComparer.Ordinal);
        using var model = new ResidualShiftModel(
            configuration,
            new WeightScope(new CopiedWeights(FormulaWeights.FullSizeDenoiser(), ResShiftConfiguration.DenoiserPrefix, tensors)),
            new WeightScope(new CopiedWeights(FormulaWeights.FullSizeAutoencoder(), ResShiftConfiguration.AutoencoderPrefix, tensors)));
        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["format"] = "srkernels", ["task"] = configuration.Task, ["denoiser"] = Denoiser, ["autoencoder"] = Autoencoder, ["diffusion"] = Diffusion,
        });
    }
}
