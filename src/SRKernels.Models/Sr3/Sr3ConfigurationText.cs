using SRKernels.Models.Configuration;

namespace SRKernels.Models.Sr3;

/// <summary>SR3's configuration as JSON, as in our files' metadata, in the words of the published configurations.</summary>
internal static class Sr3ConfigurationText
{
    /// <summary>Reads both objects; fields that change nothing at inference are passed over, unknown ones are errors.</summary>
    public static Sr3Configuration Read(string who, ConfigurationFields network, ConfigurationFields diffusion)
    {
        network.Require("type", "unet_sr3");
        network.Require("in_channel", "6");
        network.Require("out_channel", "3");
        network.Ignore("dropout", "derived", "input_concat");
        diffusion.Require("type", "ddpm");
        diffusion.Require("predict_type", "epsilon");
        diffusion.Require("clip_denoised", "true");
        diffusion.Ignore("table");
        var usual = new Sr3Configuration();
        var configuration = usual with
        {
            ImageSize = network.Int(usual.ImageSize, "image_size"),
            Scale = network.Int(usual.Scale, "scale"),
            InnerChannels = network.Int(usual.InnerChannels, "inner_channel"),
            ChannelMults = network.Ints("channel_multiplier", "channel_mults") ?? usual.ChannelMults,
            AttentionResolutions = network.Ints("attn_res") ?? usual.AttentionResolutions,
            ResBlocks = network.Int(usual.ResBlocks, "res_blocks"),
            Groups = network.Int(usual.Groups, "norm_groups"),
            NormEps = (float)network.Number(usual.NormEps, "norm_eps"),
            Schedule = new NoiseSchedule
            {
                Name = diffusion.Text("schedule") ?? usual.Schedule.Name,
                Steps = diffusion.Int(usual.Schedule.Steps, "n_timestep"),
                Start = diffusion.Number(usual.Schedule.Start, "linear_start"),
                End = diffusion.Number(usual.Schedule.End, "linear_end"),
                CosineOffset = diffusion.Number(usual.Schedule.CosineOffset, "cosine_s"),
            },
        };
        network.CheckNothingLeft();
        diffusion.CheckNothingLeft();
        configuration.Validate(who);
        return configuration;
    }

    /// <summary>The strings that <see cref="Read"/> takes.</summary>
    public static IReadOnlyDictionary<string, string> Metadata(Sr3Configuration c) => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["denoiser"] = ConfigurationJson.Text(writer =>
        {
            writer.WriteString("type", "unet_sr3");
            writer.WriteNumber("image_size", c.ImageSize);
            writer.WriteNumber("scale", c.Scale);
            writer.WriteNumber("inner_channel", c.InnerChannels);
            writer.WriteNumbers("channel_multiplier", c.ChannelMults);
            writer.WriteNumbers("attn_res", c.AttentionResolutions);
            writer.WriteNumber("res_blocks", c.ResBlocks);
            writer.WriteNumber("norm_groups", c.Groups);
            writer.WriteNumber("norm_eps", c.NormEps);
        }),
        ["diffusion"] = ConfigurationJson.Text(writer =>
        {
            writer.WriteString("type", "ddpm");
            writer.WriteString("schedule", c.Schedule.Name);
            writer.WriteNumber("n_timestep", c.Schedule.Steps);
            writer.WriteNumber("linear_start", c.Schedule.Start);
            writer.WriteNumber("linear_end", c.Schedule.End);
            writer.WriteNumber("cosine_s", c.Schedule.CosineOffset);
        }),
    };
}
