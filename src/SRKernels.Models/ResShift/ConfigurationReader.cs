using System.Text.Json;
using SRKernels.Models.Configuration;
using SRKernels.Runtime;

namespace SRKernels.Models.ResShift;

/// <summary>
/// Configuration records from JSON: the short form in our files' metadata and the published configurations' words, which name some fields
/// otherwise (<c>window</c> and <c>window_size</c>). Fields that change nothing at inference are passed over; unknown ones are errors.
/// </summary>
internal static class ConfigurationReader
{
    public static UNetConfiguration Denoiser(string who, JsonElement element, int latentChannels = 3) =>
        Denoiser(who, new ConfigurationFields($"{who}: denoiser", element), latentChannels);

    public static DiffusionConfiguration Diffusion(string who, JsonElement element) =>
        Diffusion(who, new ConfigurationFields($"{who}: diffusion", element));

    public static UNetConfiguration Denoiser(string who, ConfigurationFields fields, int latentChannels)
    {
        fields.Require("type", "unet_swin");
        fields.Require("use_scale_shift_norm", "true");
        fields.Require("resblock_updown", "false");
        fields.Require("conv_resample", "true");
        fields.Require("dims", "2");
        fields.Ignore("dropout", "use_fp16", "derived", "input_concat");
        var imageSize = fields.Int(64, "image_size");
        var mult = fields.Ints("channel_mult") ?? [1, 2, 2, 4];
        var outChannels = fields.Int(latentChannels, "out_channels");
        var condLq = fields.Flag(true, "cond_lq");
        var condMask = fields.Flag(false, "cond_mask");
        var lqSize = fields.OptionalInt("lq_size");
        var inChannels = fields.Int(outChannels, "in_channels");
        // SinSR counts the low-quality picture among the channels; it is the one that gives no lq_size.
        var includesCondition = lqSize is null && condLq && inChannels == outChannels + 3;
        var configuration = new UNetConfiguration
        {
            ImageSize = imageSize,
            LatentChannels = includesCondition ? outChannels : inChannels,
            OutChannels = outChannels,
            ModelChannels = fields.Int(160, "model_channels"),
            ChannelMult = mult,
            NumResBlocks = fields.PerLevel(mult.Length, 2, "num_res_blocks"),
            AttentionResolutions = fields.Ints("attention_resolutions") ?? [.. mult.Select((_, level) => imageSize >> level)],
            SwinEmbedDim = fields.Int(192, "swin_embed_dim"),
            NumHeadChannels = fields.Int(32, "num_head_channels", "head_channels"),
            SwinDepth = fields.Int(2, "swin_depth", "depth"),
            WindowSize = fields.Int(8, "window_size", "window"),
            MlpRatio = fields.Number(4, "mlp_ratio"),
            PatchNorm = fields.Flag(false, "patch_norm"),
            CondLq = condLq,
            CondMask = condMask,
            LqSize = lqSize,
            Groups = fields.Int(32, "groups"),
            NormEps = (float)fields.Number(1e-5, "norm_eps"),
        };
        fields.CheckNothingLeft();
        configuration.Validate(who);
        return configuration;
    }

    public static DiffusionConfiguration Diffusion(string who, ConfigurationFields fields)
    {
        fields.Require("type", "resshift");
        fields.Require("schedule_name", "exponential");
        fields.Require("predict_type", "xstart");
        fields.Require("latent_flag", "true");
        fields.Require("clip_denoised", "false");
        fields.Ignore("table");
        var configuration = new DiffusionConfiguration
        {
            Steps = fields.Int(4, "steps"),
            Power = fields.Number(0.3, "power"),
            MinNoiseLevel = fields.Number(0.2, "min_noise_level"),
            EtasEnd = fields.Number(0.99, "etas_end"),
            Kappa = fields.Number(2, "kappa"),
            NormalizeInput = fields.Flag(true, "normalize_input"),
            ScaleFactor = fields.Number(1, "scale_factor"),
            Respacing = fields.OptionalInt("timestep_respacing"),
            Sampling = fields.Text("sampling") switch
            {
                null or "ancestral" => SamplingRule.Ancestral,
                "one-step" => SamplingRule.OneStep,
                "ddim" => SamplingRule.Ddim,
                var other => throw new SrkException($"{who}: diffusion: 'sampling'", "ancestral, one-step or ddim", $"'{other}'", "use a newer version"),
            },
        };
        fields.CheckNothingLeft();
        configuration.Validate(who);
        return configuration;
    }
}
