using System.Text.Json;
using SRKernels.Models.Configuration;

namespace SRKernels.Models.Vq;

/// <summary>An autoencoder's configuration from JSON and to it: the short form in our files' metadata and the published configurations' words.</summary>
internal static class AutoencoderFields
{
    public static AutoencoderConfiguration Read(string who, ConfigurationFields fields)
    {
        fields.Require("type", "vq");
        fields.Require("double_z", "false");
        fields.Require("padding_mode", "zeros");
        fields.Ignore("dropout", "derived");
        var mult = fields.Ints("ch_mult") ?? [1, 2, 4];
        var resolution = fields.OptionalInt("resolution");
        var zChannels = fields.Int(3, "z_channels");
        var imageChannels = fields.Int(3, "in_channels");
        fields.Require("out_ch", $"{imageChannels}");
        var configuration = new AutoencoderConfiguration
        {
            ImageChannels = imageChannels,
            Channels = fields.Int(128, "ch"),
            ChannelMult = mult,
            NumResBlocks = fields.PerLevel(mult.Length, 2, "num_res_blocks"),
            AttentionLevels = fields.Ints("attention_levels") ?? LevelsOf(fields.Ints("attn_resolutions") ?? [], resolution, mult.Length),
            ZChannels = zChannels,
            EmbedDim = fields.Int(zChannels, "embed_dim"),
            CodeCount = fields.Int(8192, "n_embed"),
            Groups = fields.Int(32, "groups"),
            NormEps = (float)fields.Number(1e-6, "norm_eps"),
        };
        fields.CheckNothingLeft();
        configuration.Validate(who);
        return configuration;
    }

    public static void Write(Utf8JsonWriter writer, AutoencoderConfiguration a)
    {
        writer.WriteNumber("ch", a.Channels);
        writer.WriteNumbers("ch_mult", a.ChannelMult);
        writer.WriteNumbers("num_res_blocks", a.NumResBlocks);
        writer.WriteNumbers("attention_levels", a.AttentionLevels);
        writer.WriteNumber("z_channels", a.ZChannels);
        writer.WriteNumber("embed_dim", a.EmbedDim);
        writer.WriteNumber("n_embed", a.CodeCount);
        writer.WriteNumber("groups", a.Groups);
        writer.WriteNumber("norm_eps", a.NormEps);
    }

    /// <summary>Nominal resolutions to levels: level i works at resolution / 2^i.</summary>
    private static int[] LevelsOf(int[] resolutions, int? resolution, int levels) =>
        [.. Enumerable.Range(0, Math.Min(levels, 31)).Where(level => resolution is { } side && resolutions.Contains(side >> level))];
}
