using SRKernels.Runtime;

namespace SRKernels.Models.Weights.Checkpoints;

/// <summary>The dictionary of tensors inside what was saved, whatever it is wrapped in.</summary>
/// <param name="Place">Where it was, as keys with dots; empty at the top.</param>
/// <param name="Items">Names, cleared of what distributed and compiled training put before them, with tensors and opaque objects.</param>
internal sealed record StateDictionary(string Place, IReadOnlyDictionary<string, object> Items)
{
    private const int MostLevels = 4;
    private static readonly string[] s_raw = ["state_dict", "model_state_dict", "params", "model", "generator"];
    private static readonly string[] s_averaged = ["params_ema", "ema_state_dict", "model_ema", "ema", "ema_model"];

    /// <summary>Finds it.</summary>
    /// <param name="who">The file.</param>
    /// <param name="root">What was saved.</param>
    /// <param name="preferRaw">Where there are averaged and raw weights, take these.</param>
    /// <exception cref="SrkException">There is none, or it has a name twice.</exception>
    public static StateDictionary Find(string who, object? root, bool preferRaw)
    {
        string[] wrappers = preferRaw ? [.. s_raw, .. s_averaged] : [.. s_averaged, .. s_raw];
        var found = Inside(root, wrappers, "", MostLevels) ?? Several(root) ?? throw new SrkException(
            who, $"a dictionary of tensors, plain or under {string.Join(", ", s_averaged.Concat(s_raw))}", Described(root), "get the authors' file of weights; a whole pickled module needs their code");
        var items = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var (name, value) in found.Dictionary.Items)
        {
            if (value is not (PickledTensor or OpaqueObject)) continue;
            if (!items.TryAdd(Plain(name), value))
                throw new SrkException(who, "every tensor once", $"'{ShownName.Of(Plain(name))}' twice", "the checkpoint mixes several models");
        }

        return new StateDictionary(found.Place, items);
    }

    // Wrappers first: a dictionary of settings may hold a tensor of its own beside the weights.
    private static (PickleDictionary Dictionary, string Place)? Inside(object? value, string[] wrappers, string place, int levels)
    {
        if (value is not PickleDictionary dictionary || levels == 0) return null;
        foreach (var name in wrappers)
        {
            if (dictionary.Items.TryGetValue(name, out var inner) && Inside(inner, wrappers, place.Length == 0 ? name : $"{place}.{name}", levels - 1) is { } found)
                return found;
        }

        return dictionary.Items.Values.Any(item => item is PickledTensor) ? (dictionary, place) : null;
    }

    // Several networks side by side, under names of the authors' own: theirs before the tensors'.
    private static (PickleDictionary Dictionary, string Place)? Several(object? root)
    {
        var all = new PickleDictionary();
        foreach (var (name, value) in (root as PickleDictionary)?.Items ?? new Dictionary<string, object?>(StringComparer.Ordinal))
        {
            if (value is not PickleDictionary inner) continue;
            foreach (var (innerName, tensor) in inner.Items)
                if (tensor is PickledTensor) all.Set($"{name}.{innerName}", tensor);
        }

        return all.Items.Count > 0 ? (all, "") : null;
    }

    private static string Plain(string name)
    {
        while (name.StartsWith("module.", StringComparison.Ordinal) || name.StartsWith("_orig_mod.", StringComparison.Ordinal))
            name = name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..];
        return name.Replace("._orig_mod.", ".", StringComparison.Ordinal);
    }

    private static string Described(object? root) => root switch
    {
        OpaqueObject opaque => $"an object of '{ShownName.Of(opaque.Global)}', which is not made",
        PickleDictionary dictionary => $"a dictionary of {ShownName.Of(string.Join(", ", dictionary.Items.Keys.Take(5)))}{(dictionary.Items.Count > 5 ? ", ..." : "")}",
        PickleList => "a list",
        PickledTensor => "one tensor",
        _ => "something else",
    };
}
