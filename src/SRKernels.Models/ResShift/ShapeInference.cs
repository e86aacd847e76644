using SRKernels.Models.Recognition;
using SRKernels.Models.Vq;

namespace SRKernels.Models.ResShift;

/// <summary>
/// Network configurations from the names and shapes of a checkpoint's tensors, for files that carry none. What shapes do not tell (scale,
/// schedule, nominal resolution) comes from the task preset; group counts are the published 32.
/// </summary>
internal static class ShapeInference
{
    private const string Kind = "ResShift or SinSR model";
    private const int MostBlocks = 256;

    /// <summary>The denoiser that tensors are of.</summary>
    public static UNetConfiguration Denoiser(NetworkPart part, ResShiftTask preset)
    {
        var shapes = new NetworkShapes(part, Kind);
        var modelChannels = shapes.Extent("time_embed.0.weight", 1, 2);
        List<int> mult = [], blocks = [], swinLevels = [], windows = [];
        for (var n = 1; n < MostBlocks; n++)
        {
            if (shapes.Has($"input_blocks.{n}.0.op.weight")) continue;
            if (!shapes.Has($"input_blocks.{n}.0.in_layers.2.weight")) break;
            var startsLevel = n == 1 || shapes.Has($"input_blocks.{n - 1}.0.op.weight");
            if (startsLevel)
            {
                mult.Add(shapes.Extent($"input_blocks.{n}.0.in_layers.2.weight", 0, 4) / modelChannels);
                blocks.Add(0);
            }

            blocks[^1]++;
            if (!startsLevel || !shapes.Has($"input_blocks.{n}.1.patch_embed.proj.weight")) continue;
            swinLevels.Add(mult.Count - 1);
            windows.Add(Window(shapes, $"input_blocks.{n}.1"));
        }

        var embedDim = shapes.Extent("middle_block.1.patch_embed.proj.weight", 0, 4);
        var middleWindow = Window(shapes, "middle_block.1");
        var window = Math.Max(middleWindow, windows.DefaultIfEmpty(1).Max());
        // A level with smaller windows than others is no larger than one: that tells the nominal resolution.
        var imageSize = middleWindow < window ? middleWindow << (mult.Count - 1) : ResShiftTask.LatentSize;
        var stages = shapes.Count(8, i => $"feature_extractor.{(3 * i) + 2}.op.weight");
        var outChannels = shapes.Extent("out.2.weight", 0, 4);
        var condition = stages > 0
            ? shapes.Extent("feature_extractor.0.weight", 1, 4)
            : shapes.Extent("input_blocks.0.0.weight", 1, 4) - outChannels;
        var configuration = new UNetConfiguration
        {
            ImageSize = imageSize,
            LatentChannels = outChannels,
            OutChannels = outChannels,
            ModelChannels = modelChannels,
            ChannelMult = mult,
            NumResBlocks = blocks,
            AttentionResolutions = [.. swinLevels.Select(level => imageSize >> level)],
            SwinEmbedDim = embedDim,
            NumHeadChannels = embedDim / Math.Max(1, shapes.Extent("middle_block.1.blocks.0.attn.relative_position_bias_table", 1, 2)),
            SwinDepth = shapes.Count(64, i => $"middle_block.1.blocks.{i}.norm1.weight"),
            WindowSize = window,
            MlpRatio = (double)shapes.Extent("middle_block.1.blocks.0.mlp.fc1.weight", 0, 4) / Math.Max(1, embedDim),
            PatchNorm = shapes.Has("middle_block.1.patch_embed.norm.weight"),
            CondLq = condition is 3 or 4,
            CondMask = condition == 4,
            LqSize = preset.LqSize is null ? null : imageSize << stages,
        };
        configuration.Validate(shapes.Who);
        return configuration;
    }

    /// <summary>The autoencoder that tensors are of.</summary>
    public static AutoencoderConfiguration Autoencoder(NetworkPart part)
    {
        var shapes = new NetworkShapes(part, Kind);
        var channels = shapes.Extent("encoder.conv_in.weight", 0, 4);
        List<int> mult = [], blocks = [], attention = [];
        for (var level = 0; shapes.Has($"encoder.down.{level}.block.0.conv1.weight") && level < MostBlocks; level++)
        {
            mult.Add(shapes.Extent($"encoder.down.{level}.block.0.conv1.weight", 0, 4) / channels);
            blocks.Add(shapes.Count(MostBlocks, j => $"encoder.down.{level}.block.{j}.conv1.weight"));
            if (shapes.Has($"encoder.down.{level}.attn.0.q.weight")) attention.Add(level);
        }

        var configuration = new AutoencoderConfiguration
        {
            Channels = channels,
            ChannelMult = mult,
            NumResBlocks = blocks,
            AttentionLevels = attention,
            ZChannels = shapes.Extent("encoder.conv_out.weight", 0, 4),
            EmbedDim = shapes.Extent("quant_conv.weight", 0, 4),
            CodeCount = shapes.Extent("quantize.embedding.weight", 0, 2),
        };
        configuration.Validate(shapes.Who);
        return configuration;
    }

    /// <summary>The side of a Swin layer's windows: its bias table has (2 side - 1)^2 rows.</summary>
    private static int Window(NetworkShapes shapes, string layer) =>
        ((int)Math.Sqrt(shapes.Extent($"{layer}.blocks.0.attn.relative_position_bias_table", 0, 2)) + 1) / 2;
}
