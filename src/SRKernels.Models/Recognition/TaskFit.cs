using SRKernels.Models.Configuration;
using SRKernels.Runtime;

namespace SRKernels.Models.Recognition;

/// <summary>Which tasks a denoiser's shapes allow. What they do not tell (the schedule) comes from the name of the file or the user.</summary>
internal static class TaskFit
{
    /// <summary>The tasks whose condition comes in the denoiser's way.</summary>
    public static IReadOnlyList<TaskPreset> Of(NetworkPart denoiser)
    {
        var network = ShapeInference.Denoiser(denoiser, TaskPreset.All[0]);
        return [.. TaskPreset.All.Where(task => task.ConditionStages == network.FeatureExtractorStages && task.HasMask == network.CondMask)];
    }

    /// <summary>The task of a denoiser: the one that was asked for, else that of its file's name, else the only one that fits.</summary>
    /// <exception cref="SrkException">It does not fit, or nothing tells which of several it is.</exception>
    public static TaskPreset Choose(NetworkPart denoiser, string? asked)
    {
        var who = $"{denoiser.Description}: task";
        var fitting = Of(denoiser);
        var names = string.Join(", ", fitting.Select(task => task.Name));
        if (fitting.Count == 0) throw new SrkException(who, "a denoiser whose condition a known task has", "another", "see 'srk inspect'");
        var task = asked is null ? PublishedFiles.TaskOf(denoiser.File.Path) : TaskPreset.Find(asked);
        if (task is null && fitting.Count == 1) task = fitting[0];
        if (task is null) throw new SrkException(who, "a published file's name, or --task", "neither", $"say with --task which of these it is: {names}");
        return fitting.Contains(task)
            ? task
            : throw new SrkException(
                who, $"one that the weights' shapes fit: {names}", $"'{task.Name}'{(asked is null ? ", as the file is called" : "")}",
                "say one of them with --task, or give the weights of that task");
    }
}
