using SRKernels.Models.ResShift;
using SRKernels.Models.Rrdb;
using SRKernels.Models.Sr3;
using SRKernels.Models.Srvgg;

namespace SRKernels.Models.Families;

/// <summary>The families that this program runs: their one list, and the only place that knows them by name.</summary>
internal static class ModelFamilies
{
    /// <summary>All families, in the order in which a file's networks are looked for.</summary>
    public static IReadOnlyList<ModelFamily> All { get; } =
    [
        ResShiftFamily.Instance,
        Sr3Family.Instance,
        RrdbFamily.Instance,
        SrvggFamily.Instance,
    ];

    /// <summary>The family of files of ours that name none: the first one, from before there were others.</summary>
    public static ModelFamily First => All[0];

    /// <summary>A task's published model at its full size.</summary>
    /// <exception cref="InvalidOperationException">Its family knows none.</exception>
    public static ModelConfiguration Published(string task) =>
        All.Select(family => family.TaskCalled(task) is { } found ? family.Published(found) : null).FirstOrDefault(found => found is not null)
        ?? throw new InvalidOperationException($"ModelFamilies: expected a task with a published model, got '{task}'");
}
