using System.Text;
using System.Text.Json;

namespace SRKernels.Models.Configuration;

/// <summary>Configuration records as the metadata of our files, which <see cref="ConfigurationReader"/> reads back.</summary>
internal static class ConfigurationWriter
{
    /// <summary>All strings that make a file of a model's tensors one of ours.</summary>
    public static IReadOnlyDictionary<string, string> Metadata(ModelConfiguration model) => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["format"] = "srkernels",
        ["task"] = model.Task,
        ["denoiser"] = Json(writer => Denoiser(writer, model.Denoiser)),
        ["autoencoder"] = Json(writer => Autoencoder(writer, model.Autoencoder)),
        ["diffusion"] = Json(writer => Diffusion(writer, model.Diffusion)),
    };

    private static void Denoiser(Utf8JsonWriter writer, UNetConfiguration u)
    {
        writer.WriteNumber("image_size", u.ImageSize);
        writer.WriteNumber("in_channels", u.LatentChannels);
        writer.WriteNumber("out_channels", u.OutChannels);
        writer.WriteNumber("model_channels", u.ModelChannels);
        Numbers(writer, "channel_mult", u.ChannelMult);
        Numbers(writer, "num_res_blocks", u.NumResBlocks);
        Numbers(writer, "attention_resolutions", u.AttentionResolutions);
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

    private static void Autoencoder(Utf8JsonWriter writer, AutoencoderConfiguration a)
    {
        writer.WriteNumber("ch", a.Channels);
        Numbers(writer, "ch_mult", a.ChannelMult);
        Numbers(writer, "num_res_blocks", a.NumResBlocks);
        Numbers(writer, "attention_levels", a.AttentionLevels);
        writer.WriteNumber("z_channels", a.ZChannels);
        writer.WriteNumber("embed_dim", a.EmbedDim);
        writer.WriteNumber("n_embed", a.CodeCount);
        writer.WriteNumber("groups", a.Groups);
        writer.WriteNumber("norm_eps", a.NormEps);
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

    private static void Numbers(Utf8JsonWriter writer, string name, IReadOnlyList<int> values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values) writer.WriteNumberValue(value);
        writer.WriteEndArray();
    }

    private static string Json(Action<Utf8JsonWriter> fields)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            fields(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
