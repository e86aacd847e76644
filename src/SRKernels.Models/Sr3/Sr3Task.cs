namespace SRKernels.Models.Sr3;

/// <summary>What no tensor's shape tells of a published SR3 model: its scale, the size it was trained at, its norms' groups. One row each (spec, section 11b).</summary>
/// <param name="Name">The name for <c>--task</c>.</param>
/// <param name="Aliases">Other names of the same.</param>
/// <param name="Configuration">The published configuration.</param>
/// <param name="Describes">One line for the user.</param>
internal sealed record Sr3Task(string Name, IReadOnlyList<string> Aliases, Sr3Configuration Configuration, string Describes)
    : ModelTask(Name, Aliases, Configuration.Scale, Describes)
{
    /// <summary>All published models.</summary>
    public static new IReadOnlyList<Sr3Task> All { get; } =
    [
        new(
            "sr3-16-128", ["sr3"],
            new Sr3Configuration { Task = "sr3-16-128", ImageSize = 128, ChannelMults = [1, 2, 4, 8, 8], AttentionResolutions = [16], ResBlocks = 2, Groups = 32 },
            "faces of 16x16 x8, 2000 steps"),
        new(
            "sr3-64-512", [],
            new Sr3Configuration { Task = "sr3-64-512", ImageSize = 512, ChannelMults = [1, 2, 4, 8, 16], AttentionResolutions = [], ResBlocks = 1, Groups = 16 },
            "faces of 64x64 x8, 2000 steps"),
    ];
}
