using SRKernels.Runtime;

namespace SRKernels.Models.Recognition;

/// <summary>Which task a network is for. What its shapes do not tell (a schedule) comes from the name of the file or the user.</summary>
internal static class TaskFit
{
    /// <summary>The task of a model's first network: the one that was asked for, else that of its file's name, else the only one that fits.</summary>
    /// <exception cref="SrkException">It does not fit, or nothing tells which of several it is.</exception>
    public static ModelTask Choose(NetworkPart main, string? asked)
    {
        var who = $"{main.Description}: task";
        var fitting = main.Family.TasksOf(main);
        var names = string.Join(", ", fitting.Select(task => task.Name));
        if (fitting.Count == 0) throw new SrkException(
            who, $"a {main.Role} of one of {string.Join(", ", main.Family.Tasks.Select(known => known.Name))}", $"one of {main.Family.Name} in other shapes",
            "'srk inspect' says which; such a network is not run");
        var task = asked is null ? main.Family.TaskOfName(main.File.Path) : ModelTask.Find(asked);
        if (task is null && fitting.Count == 1) task = fitting[0];
        if (task is null) throw new SrkException(who, "a published file's name, or --task", "neither", $"say with --task which of these it is: {names}");
        return fitting.Contains(task)
            ? task
            : throw new SrkException(
                who, $"one that the weights' shapes fit: {names}", $"'{task.Name}'{(asked is null ? ", as the file is called" : "")}",
                "say one of them with --task, or give the weights of that task");
    }
}
