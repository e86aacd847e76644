namespace SRKernels.Models.ResShift;

/// <summary>
/// What a task fixes that no tensor's shape tells: scale, schedule, nominal sizes. One row for each published model (spec, section 1).
/// </summary>
/// <param name="Name">The name for <c>--task</c>.</param>
/// <param name="Aliases">Other names of the same.</param>
/// <param name="Scale">How much larger the result is.</param>
/// <param name="Steps">Steps of the chain.</param>
/// <param name="MinNoiseLevel">Noise left at the first step.</param>
/// <param name="LqSize">Nominal side of the low-quality picture, or null where it follows the latent.</param>
/// <param name="Sampling">How the chain runs.</param>
/// <param name="Describes">One line for the user.</param>
/// <param name="TakesMask">Whether a mask of what is to be made up belongs to the picture.</param>
internal sealed record ResShiftTask(
    string Name, IReadOnlyList<string> Aliases, int Scale, int Steps, double MinNoiseLevel, int? LqSize, SamplingRule Sampling, string Describes,
    bool TakesMask = false) : ModelTask(Name, Aliases, Scale, Describes, TakesMask)
{
    /// <summary>Nominal side of the latent, the same for all published models.</summary>
    public const int LatentSize = 64;

    /// <summary>All tasks of the family.</summary>
    public static new IReadOnlyList<ResShiftTask> All { get; } =
    [
        new("realsr-v3", ["realsr-x4", "realsr"], 4, 4, 0.2, 64, SamplingRule.Ancestral, "real photographs x4, 4 steps"),
        new("realsr-v1", ["realsr-v2"], 4, 15, 0.04, 64, SamplingRule.Ancestral, "real photographs x4, 15 steps"),
        new("bicsr", ["bicsr-x4"], 4, 4, 0.2, 64, SamplingRule.Ancestral, "bicubically shrunk pictures x4, 4 steps"),
        new("x2", ["realsr-x2"], 2, 4, 0.2, 128, SamplingRule.Ancestral, "real photographs x2, 4 steps"),
        new("inpaint-imagenet", [], 1, 4, 0.2, 256, SamplingRule.Ancestral, "fills masked parts of natural pictures, 4 steps", TakesMask: true),
        new("inpaint-face", [], 1, 4, 0.2, 256, SamplingRule.Ancestral, "fills masked parts of faces, 4 steps", TakesMask: true),
        new("faceir", [], 1, 4, 0.2, 512, SamplingRule.Ancestral, "restores faces of 512x512, 4 steps"),
        new("sinsr", ["sinsr-v1", "sinsr-v2"], 4, 15, 0.04, null, SamplingRule.OneStep, "real photographs x4, one step of 15"),
    ];

    /// <summary>How often the condition is halved to come to the latent's size.</summary>
    public int ConditionStages => int.Log2((LqSize ?? LatentSize) / LatentSize);

    /// <summary>The chain of this task.</summary>
    public DiffusionConfiguration Diffusion => new() { Steps = Steps, MinNoiseLevel = MinNoiseLevel, Sampling = Sampling };
}
