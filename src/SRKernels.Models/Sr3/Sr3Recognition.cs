using SRKernels.Models.Weights;
using SRKernels.Runtime;

namespace SRKernels.Models.Sr3;

/// <summary>SR3 models by their tensors: where the network hangs in a file, and what its shapes tell.</summary>
internal static class Sr3Recognition
{
    private const int MostEntries = 400;

    // A layer that no other family has.
    private const string OwnTensor = "noise_level_mlp.1.weight";

    private static readonly string[] s_prefixes = ["denoise_fn.", "", "netG.denoise_fn.", "model.denoise_fn."];

    /// <summary>
    /// What checkpoints carry beside the network: the schedule of training. Inference takes that of its task, as upstream does ("val").
    /// </summary>
    public static IReadOnlyList<string> ScheduleBuffers { get; } =
    [
        "betas", "alphas_cumprod", "alphas_cumprod_prev", "sqrt_alphas_cumprod", "sqrt_one_minus_alphas_cumprod", "log_one_minus_alphas_cumprod",
        "sqrt_recip_alphas_cumprod", "sqrt_recipm1_alphas_cumprod", "posterior_variance", "posterior_log_variance_clipped", "posterior_mean_coef1",
        "posterior_mean_coef2",
    ];

    /// <summary>What the network's names start with in a file; null: there is none.</summary>
    public static string? PrefixIn(IWeightSource file) => s_prefixes.FirstOrDefault(prefix => file.TryGetShape(prefix + OwnTensor, out _));

    /// <summary>Whether a tensor of a file is a buffer that is passed over.</summary>
    public static bool IsScheduleBuffer(string name, string prefix)
    {
        var outside = prefix.EndsWith("denoise_fn.", StringComparison.Ordinal) ? prefix[..^"denoise_fn.".Length] : prefix;
        return name.StartsWith(outside, StringComparison.Ordinal) && ScheduleBuffers.Contains(name[outside.Length..]);
    }

    /// <summary>The published models whose tensors have these shapes.</summary>
    public static IReadOnlyList<Sr3Task> Fitting(IWeightSource file, string prefix)
    {
        var found = Infer(file, prefix, Sr3Task.All[0].Configuration);
        return [.. Sr3Task.All.Where(task => IsSameNetwork(Infer(file, prefix, task.Configuration), task.Configuration) && found.Levels == task.Configuration.Levels)];
    }

    /// <summary>The configuration that tensors are of; what they do not tell is taken from the task's.</summary>
    /// <exception cref="SrkException">They are those of no SR3 network.</exception>
    public static Sr3Configuration Infer(IWeightSource file, string prefix, Sr3Configuration task)
    {
        var shapes = new Shapes(file, prefix);
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
        var configuration = task with
        {
            InnerChannels = inner,
            ChannelMults = mults,
            ResBlocks = blocks[0],
            AttentionResolutions = [.. attending.Order().Select(level => task.ImageSize >> level)],
        };
        configuration.Validate(shapes.Who);
        return configuration;
    }

    private static bool IsSameNetwork(Sr3Configuration a, Sr3Configuration b) =>
        a.InnerChannels == b.InnerChannels && a.ResBlocks == b.ResBlocks && a.ChannelMults.SequenceEqual(b.ChannelMults)
        && Enumerable.Range(0, a.Levels).All(level => a.AttendsAt(level) == b.AttendsAt(level));

    private sealed class Shapes(IWeightSource file, string prefix)
    {
        public string Who { get; } = file.Description;

        public bool Has(string name) => file.TryGetShape(prefix + name, out _);

        public int Extent(string name, int dimension, int rank)
        {
            if (!file.TryGetShape(prefix + name, out var shape))
                throw new SrkException($"{Who}: '{prefix}{name}'", "a tensor of this name", "none", "this is no SR3 model, or a damaged one: see 'srk inspect'");
            if (shape!.Count != rank || shape[dimension] is < 1 or > 1 << 24)
                throw new SrkException(
                    $"{Who}: '{prefix}{name}'", $"{rank} extents of a network", $"[{string.Join(',', shape)}]", "the file is damaged or of another architecture");
            return (int)shape[dimension];
        }
    }
}
