using System.Text.Json;
using SRKernels.Models.Configuration;
using SRKernels.Models.Vq;

namespace SRKernels.Models.ResShift;

/// <summary>Configuration records as the metadata of our files, which <see cref="ConfigurationReader"/> reads back.</summary>
internal static class ConfigurationWriter
{
    /// <summary>The strings that say what a model is.</summary>
    public static IReadOnlyDictionary<string, string> Metadata(ResShiftConfiguration model) => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["denoiser"] = ConfigurationJson.Text(writer => Denoiser(writer, model.Denoiser)),
        ["autoencoder"] = ConfigurationJson.Text(writer => AutoencoderFields.Write(writer, model.Autoencoder)),
        ["diffusion"] = ConfigurationJson.Text(writer => Diffusion(writer, model.Diffusion)),
    };

    private static void Denoiser(Utf8JsonWriter writer, UNetConfiguration u)
    {
        writer.WriteNumber("image_size", u.ImageSize);
        writer.WriteNumber("in_channels", u.LatentChannels);
        writer.WriteNumber("out_channels", u.OutChannels);
        writer.WriteNumber("model_channels", u.ModelChannels);
        writer.WriteNumbers("channel_mult", u.ChannelMult);
        writer.WriteNumbers("num_res_blocks", u.NumResBlocks);
        writer.WriteNumbers("attention_resolutions", u.AttentionResolutions);
        writer.WriteNumber("swin_embed_dim", u.SwinEmbedDim);
        writer.WriteNumber("head_channels", u.NumHeadChannels);
        writer.WriteNumber("window", u.WindowSize);
        writer.WriteNumber("depth", u.SwinDepth);
        writer.WriteNumber("mlp_ratio", u.MlpRatio);
        writer.WriteBoolean("patch_norm", u.PatchNorm);
        writer.WriteBoolean("cond_lq", u.CondLq);
        writer.WriteBoolean("cond_mask", u.CondMask);
        if (u.LqSize is { } size) writer.WriteNumber("lq_size", size);
        writer.WriteNumber("groups", u.Groups);
        writer.WriteNumber("norm_eps", u.NormEps);
    }

    private static void Diffusion(Utf8JsonWriter writer, DiffusionConfiguration d)
    {
        writer.WriteNumber("steps", d.Steps);
        writer.WriteNumber("min_noise_level", d.MinNoiseLevel);
        writer.WriteNumber("etas_end", d.EtasEnd);
        writer.WriteNumber("kappa", d.Kappa);
        writer.WriteNumber("power", d.Power);
        writer.WriteBoolean("normalize_input", d.NormalizeInput);
        writer.WriteNumber("scale_factor", d.ScaleFactor);
        if (d.Respacing is { } kept) writer.WriteNumber("timestep_respacing", kept);
        writer.WriteString("sampling", d.Sampling switch { SamplingRule.OneStep => "one-step", SamplingRule.Ddim => "ddim", _ => "ancestral" });
    }
}
