using System.Text.Json;
using SRKernels.Models.ResShift;
using SRKernels.Models.Vq;
using SRKernels.Tests.Models.Weights;

namespace SRKernels.Tests.Models;

/// <summary>Configurations and weights as cases.json words them.</summary>
internal static class GoldenConfiguration
{
    public static UNetConfiguration UNet(JsonElement n) => new()
    {
        ImageSize = Int(n, "image_size"),
        LatentChannels = Int(n.GetProperty("derived"), "x_channels"),
        OutChannels = Int(n, "out_channels"),
        ModelChannels = Int(n, "model_channels"),
        ChannelMult = Ints(n, "channel_mult"),
        NumResBlocks = Ints(n, "num_res_blocks"),
        AttentionResolutions = Ints(n, "attention_resolutions"),
        SwinEmbedDim = Int(n, "swin_embed_dim"),
        NumHeadChannels = Int(n, "num_head_channels"),
        SwinDepth = Int(n, "swin_depth"),
        WindowSize = Int(n, "window_size"),
        MlpRatio = n.GetProperty("mlp_ratio").GetDouble(),
        PatchNorm = n.GetProperty("patch_norm").GetBoolean(),
        CondLq = n.GetProperty("cond_lq").GetBoolean(),
        CondMask = n.GetProperty("cond_mask").GetBoolean(),
        LqSize = n.GetProperty("lq_size") is { ValueKind: JsonValueKind.Number } lq ? lq.GetInt32() : null,
        Groups = Int(n, "groups"),
        NormEps = n.GetProperty("norm_eps").GetSingle(),
    };

    public static AutoencoderConfiguration Autoencoder(JsonElement n)
    {
        var mult = Ints(n, "ch_mult");
        var resolution = Int(n, "resolution");
        var blocks = n.GetProperty("num_res_blocks");
        var attention = Ints(n, "attn_resolutions");
        return new AutoencoderConfiguration
        {
            Channels = Int(n, "ch"),
            ChannelMult = mult,
            NumResBlocks = blocks.ValueKind == JsonValueKind.Number
                ? [.. Enumerable.Repeat(blocks.GetInt32(), mult.Length)]
                : Ints(n, "num_res_blocks"),
            AttentionLevels = [.. Enumerable.Range(0, mult.Length).Where(level => attention.Contains(resolution >> level))],
            ZChannels = Int(n, "z_channels"),
            EmbedDim = Int(n, "embed_dim"),
            CodeCount = Int(n, "n_embed"),
            Groups = Int(n, "groups"),
            NormEps = n.GetProperty("norm_eps").GetSingle(),
        };
    }

    public static DiffusionConfiguration Diffusion(JsonElement d, string sampler) => new()
    {
        Steps = Int(d, "steps"),
        Power = d.GetProperty("power").GetDouble(),
        MinNoiseLevel = d.GetProperty("min_noise_level").GetDouble(),
        EtasEnd = d.GetProperty("etas_end").GetDouble(),
        Kappa = d.GetProperty("kappa").GetDouble(),
        NormalizeInput = d.GetProperty("normalize_input").GetBoolean(),
        ScaleFactor = d.GetProperty("scale_factor").GetDouble(),
        Respacing = d.GetProperty("timestep_respacing") is { ValueKind: JsonValueKind.Number } kept ? kept.GetInt32() : null,
        Sampling = sampler switch
        {
            "ancestral" => SamplingRule.Ancestral,
            "one_step" => SamplingRule.OneStep,
            "ddim" => SamplingRule.Ddim,
            _ => throw new InvalidDataException($"sampler {sampler}"),
        },
    };

    public static FormulaWeights Weights(JsonElement owner, string role)
    {
        var prefix = owner.TryGetProperty("key_prefix", out var given) ? given.GetString()! : "";
        return FormulaWeights.FromWeightSet(GoldenFolder.WeightSet(owner.GetProperty("weights").GetProperty(role).GetString()!), prefix);
    }

    public static JsonElement Network(JsonElement owner, string role) =>
        GoldenFolder.Network(owner.GetProperty("networks").GetProperty(role).GetString()!);

    public static string[] Strings(JsonElement owner, string name) =>
        [.. owner.GetProperty(name).EnumerateArray().Select(e => e.GetString()!)];

    public static int Int(JsonElement owner, string name) => owner.GetProperty(name).GetInt32();

    public static int[] Ints(JsonElement owner, string name) => [.. owner.GetProperty(name).EnumerateArray().Select(e => e.GetInt32())];
}
