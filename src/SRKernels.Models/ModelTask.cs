using SRKernels.Models.Families;
using SRKernels.Runtime;

namespace SRKernels.Models;

/// <summary>What a model can have been trained for, and what no tensor's shape tells about it.</summary>
/// <param name="Name">The name for <c>--task</c> and for <see cref="SuperResolver.Load(string, string, int, Kernels.ExecutionKind, string)"/>.</param>
/// <param name="Aliases">Other names of the same.</param>
/// <param name="Scale">How much larger the result is.</param>
/// <param name="Describes">One line for the user.</param>
/// <param name="TakesMask">Whether a mask of what is to be made up belongs to the picture.</param>
public record ModelTask(string Name, IReadOnlyList<string> Aliases, int Scale, string Describes, bool TakesMask = false)
{
    /// <summary>All tasks of all families.</summary>
    public static IReadOnlyList<ModelTask> All { get; } = [.. ModelFamilies.All.SelectMany(family => family.Tasks)];

    /// <summary>Finds a task by its name or an alias, in any case.</summary>
    /// <exception cref="SrkException">There is none; the error lists them all.</exception>
    public static ModelTask Find(string name) => TryFind(name) ?? throw new SrkException(
        "task", $"one of {string.Join(", ", All.Select(task => task.Name))}", $"'{name}'", "choose one of these");

    internal static ModelTask? TryFind(string name) => All.FirstOrDefault(task => task.IsCalled(name));

    internal bool IsCalled(string name) =>
        string.Equals(Name, name, StringComparison.OrdinalIgnoreCase) || Aliases.Contains(name, StringComparer.OrdinalIgnoreCase);
}
