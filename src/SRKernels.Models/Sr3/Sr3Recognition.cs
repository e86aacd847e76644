using SRKernels.Models.Recognition;
using SRKernels.Models.Weights;
using SRKernels.Runtime;

namespace SRKernels.Models.Sr3;

/// <summary>What the shapes of an SR3 network's tensors tell.</summary>
internal static class Sr3Recognition
{
    private const int MostEntries = 400;

    /// <summary>The published models that are built alike: levels, blocks, attention. Widths may differ, as those of smaller networks of one's own do.</summary>
    public static IReadOnlyList<Sr3Task> Fitting(IWeightSource network) => [.. Sr3Task.All.Where(task =>
    {
        var (found, published) = (Read(network, task.Configuration), task.Configuration);
        return found.Levels == published.Levels && found.ResBlocks == published.ResBlocks && found.InnerChannels % published.Groups == 0
            && Enumerable.Range(0, found.Levels).All(level => found.AttendsAt(level) == published.AttendsAt(level));
    })];

    /// <summary>The configuration that tensors are of; what they do not tell is taken from the task's.</summary>
    /// <exception cref="SrkException">They are those of no SR3 network.</exception>
    public static Sr3Configuration Infer(IWeightSource network, Sr3Configuration task)
    {
        var configuration = Read(network, task);
        configuration.Validate(network.Description);
        return configuration;
    }

    private static Sr3Configuration Read(IWeightSource network, Sr3Configuration task)
    {
        var shapes = new NetworkShapes(network, "SR3 model");
        var inner = shapes.Extent("noise_level_mlp.1.weight", 1, 2);
        List<int> mults = [], blocks = [];
        var attending = new HashSet<int>();
        var startsLevel = true;
        for (var n = 1; n < MostEntries; n++)
        {
            if (shapes.Has($"downs.{n}.conv.weight"))
            {
                startsLevel = true;
                continue;
            }

            if (!shapes.Has($"downs.{n}.res_block.block1.block.3.weight")) break;
            if (startsLevel)
            {
                mults.Add(shapes.Extent($"downs.{n}.res_block.block1.block.3.weight", 0, 4) / inner);
                blocks.Add(0);
            }

            startsLevel = false;
            blocks[^1]++;
            if (shapes.Has($"downs.{n}.attn.qkv.weight")) attending.Add(mults.Count - 1);
        }

        if (blocks.Count == 0 || blocks.Any(count => count != blocks[0]))
            throw new SrkException(
                shapes.Who, "the same number of blocks on every level of 'downs'", $"[{string.Join(',', blocks)}]", "the file is damaged or of another architecture");
        return task with
        {
            InnerChannels = inner,
            ChannelMults = mults,
            ResBlocks = blocks[0],
            AttentionResolutions = [.. attending.Order().Select(level => task.ImageSize >> level)],
        };
    }
}
