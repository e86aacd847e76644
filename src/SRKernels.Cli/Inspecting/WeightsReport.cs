using SRKernels.Models.Families;
using SRKernels.Models.Recognition;
using SRKernels.Models.Weights;
using SRKernels.Models.Weights.Checkpoints;
using SRKernels.Runtime;

namespace SRKernels.Cli.Inspecting;

/// <summary>The lines of <c>srk inspect</c> about weights: tensors, what their values are like, the networks they are of, what is wrong with them.</summary>
internal static class WeightsReport
{
    private const int MostGroups = 20, MostNames = 20;

    public static void Print(string path, bool listTensors, Action<string> say)
    {
        using var file = WeightFile.Open(path);
        var all = file.Tensors.Values.ToArray();
        say($"{Path.GetFileName(path)}: {file.Format}, {all.Length} tensors, {all.Sum(t => t.LengthBytes):n0} bytes");
        // All of it is read: what the values are like, and that no sum over them is wrong.
        var statistics = all.ToDictionary(t => t.Name, t => TensorStatistics.Of(file, t), StringComparer.Ordinal);
        foreach (var group in all.GroupBy(t => t.Name.Split('.')[0], StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).Take(MostGroups))
        {
            var together = new TensorStatistics();
            foreach (var tensor in group.Where(t => t.Type.IsFloat())) together.Add(statistics[tensor.Name]);
            var types = string.Join(", ", group.Select(t => t.Type).Distinct().Order());
            say($"  {group.Key}: {group.Count()} tensors, {group.Sum(t => t.Count):n0} values, {types}{(together.Count == 0 ? "" : $", {together}")}");
        }

        if (file is CheckpointFile { Opaque.Count: > 0 } checkpoint)
            say($"  not made, as nothing in the file is run: {Names(checkpoint.Opaque.Select(pair => $"{pair.Key} ({pair.Value})"))}");
        Networks(file, say);
        if (!listTensors) return;
        foreach (var tensor in all.OrderBy(t => t.Name, StringComparer.Ordinal)) say($"  {tensor.Name} {tensor.Type} {tensor.ShapeText}  {statistics[tensor.Name]}");
    }

    private static void Networks(WeightFile file, Action<string> say)
    {
        var parts = NetworkPart.FindAll(file);
        ModelConfiguration? own = null;
        try
        {
            if (OwnFormat.Is(file)) Whole(own = OwnFormat.Read(file), say);
        }
        catch (SrkException e)
        {
            say($"no configuration: {e.Message}");
        }

        if (parts.Count == 0 && own is null) say("no family that this program runs is recognised in it");
        foreach (var part in parts) Try(say, part, () => Network(part, own, say));
    }

    private static void Whole(ModelConfiguration model, Action<string> say)
    {
        say($"task {model.Task}, scale {model.Scale}, sides padded to multiples of {model.Geometry.PaddingMultiple}");
        if (model.Chain is { } chain) say($"chain: {chain}");
    }

    private static void Network(NetworkPart part, ModelConfiguration? own, Action<string> say)
    {
        var where = part.Prefix.Length == 0 ? "" : $", tensors under '{part.Prefix.TrimEnd('.')}'";
        say($"{part.Role} of {part.Family.Name}{where}: {part.Family.Describe(part, own)}");
        if (own is null && part.Role == part.Family.Roles[0]) Tasks(part, say);
        var differences = TensorDifferences.Of(part, own);
        if (differences.IsEmpty) say("  every tensor is there, in its shape, and none too many");
        foreach (var (kind, names) in differences.ByKind)
            if (names.Count > 0)
                say($"  {kind}: {Names(names)}");
    }

    private static void Tasks(NetworkPart main, Action<string> say)
    {
        var fitting = main.Family.TasksOf(main);
        var byName = main.Family.TaskOfName(main.File.Path);
        var told = fitting.Count == 1 ? fitting[0] : byName is not null && fitting.Contains(byName) ? byName : null;
        if (fitting.Count == 0)
        {
            say("  its shapes fit no known task, so it cannot be run");
            return;
        }

        say(told is null ? "  task: its shapes do not tell, so --task is needed" : $"  task {told.Name}, scale {told.Scale}: {told.Describes}, by its {(told == byName ? "name" : "shapes")}");
        say($"  its shapes fit: {string.Join(", ", fitting.Select(task => task.Name))}");
        if (told is null) return;
        foreach (var role in main.Family.Roles.Skip(1))
            say($"  its {role}: {main.Family.PartnerBeside(main.File.Path, told, role) ?? $"{main.Family.PartnerOf(told, role)}, which is not beside it"}");
    }

    private static string Names(IEnumerable<string> names)
    {
        var all = names.ToArray();
        return $"{string.Join(", ", all.Take(MostNames))}{(all.Length > MostNames ? $" and {all.Length - MostNames} more" : "")}";
    }

    private static void Try(Action<string> say, NetworkPart part, Action print)
    {
        try
        {
            print();
        }
        catch (SrkException e)
        {
            say($"  {part.Role}, but its shapes tell no network: {e.Message}");
        }
    }
}
