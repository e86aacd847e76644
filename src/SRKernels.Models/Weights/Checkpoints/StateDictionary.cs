using SRKernels.Runtime;

namespace SRKernels.Models.Weights.Checkpoints;

/// <summary>The dictionary of tensors inside what was saved, whatever it is wrapped in.</summary>
/// <param name="Place">Where it was, as keys with dots; empty at the top.</param>
/// <param name="Items">Names, cleared of what distributed and compiled training put before them, with tensors and opaque objects.</param>
internal sealed record StateDictionary(string Place, IReadOnlyDictionary<string, object> Items)
{
    private const int MostLevels = 4, MostLetters = 1 << 24;
    private static readonly string[] s_raw = ["state_dict", "model_state_dict", "params", "model", "generator"];
    private static readonly string[] s_averaged = ["params_ema", "ema_state_dict", "model_ema", "ema", "ema_model", "shadow"];

    /// <summary>Finds it.</summary>
    /// <param name="who">The file.</param>
    /// <param name="root">What was saved.</param>
    /// <param name="preferRaw">Where there are averaged and raw weights, take these.</param>
    /// <exception cref="SrkException">There is none, or it has a name twice.</exception>
    public static StateDictionary Find(string who, object? root, bool preferRaw)
    {
        string[] wrappers = preferRaw ? [.. s_raw, .. s_averaged] : [.. s_averaged, .. s_raw];
        var found = Inside(root, wrappers, "", MostLevels, HasWeights, Seen()) ?? Inside(root, wrappers, "", MostLevels, HasTensors, Seen()) ?? Several(who, root)
            ?? throw new SrkException(
                who, $"a dictionary of tensors, plain or under {string.Join(", ", s_averaged.Concat(s_raw))}", Described(root),
                "get the authors' file of weights; a whole pickled module needs their code");
        var items = found.Dictionary.Items.Where(item => item.Value is PickledTensor or OpaqueObject).Select(item => KeyValuePair.Create(item.Key, item.Value!));
        return new StateDictionary(found.Place, TensorNames.Cleared(who, items));
    }

    private static HashSet<PickleDictionary> Seen() => new(ReferenceEqualityComparer.Instance);

    // Averages keep their rate and a count beside the weights, as tensors of one value.
    private static bool HasWeights(PickleDictionary dictionary) => dictionary.Items.Values.Any(item => item is PickledTensor tensor && tensor.Shape.Any(extent => extent > 1));

    private static bool HasTensors(PickleDictionary dictionary) => dictionary.Items.Values.Any(item => item is PickledTensor);

    // Wrappers first: a dictionary of settings may hold a tensor of its own beside the weights. Each dictionary once: one may hold itself.
    private static (PickleDictionary Dictionary, string Place)? Inside(
        object? value, string[] wrappers, string place, int levels, Func<PickleDictionary, bool> isOne, HashSet<PickleDictionary> seen)
    {
        if (value is not PickleDictionary dictionary || levels == 0 || !seen.Add(dictionary)) return null;
        foreach (var name in wrappers)
        {
            if (dictionary.Items.TryGetValue(name, out var inner) && Inside(inner, wrappers, place.Length == 0 ? name : $"{place}.{name}", levels - 1, isOne, seen) is { } found)
                return found;
        }

        return isOne(dictionary) ? (dictionary, place) : null;
    }

    // Several networks side by side, under names of the authors' own: theirs before the tensors'. Each once, whatever it is called.
    private static (PickleDictionary Dictionary, string Place)? Several(string who, object? root)
    {
        var all = new PickleDictionary();
        var (seen, letters) = (Seen(), 0L);
        foreach (var (name, value) in (root as PickleDictionary)?.Items ?? new Dictionary<string, object?>(StringComparer.Ordinal))
        {
            if (value is not PickleDictionary inner || !seen.Add(inner)) continue;
            foreach (var (innerName, tensor) in inner.Items)
            {
                if (tensor is not PickledTensor) continue;
                letters += name.Length + innerName.Length;
                if (letters > MostLetters) throw new SrkException(
                    who, $"names of at most {MostLetters} letters together", "more", "save the tensors alone, as a dictionary by name");
                all.Set($"{name}.{innerName}", tensor);
            }
        }

        return all.Items.Count > 0 ? (all, "") : null;
    }

    private static string Described(object? root) => root switch
    {
        OpaqueObject opaque => $"an object of '{ShownName.Of(opaque.Global)}', which is not made",
        PickleDictionary dictionary =>
            $"a dictionary of {ShownName.Of(string.Join(", ", dictionary.Items.Keys.Take(5)))}{(dictionary.Items.Count > 5 ? ", ..." : "")}{DescribedOpaque(dictionary)}",
        PickleList => "a list",
        PickledTensor => "one tensor",
        _ => "something else",
    };

    private static string DescribedOpaque(PickleDictionary dictionary) =>
        s_averaged.Concat(s_raw).FirstOrDefault(name => dictionary.Items.GetValueOrDefault(name) is OpaqueObject) is { } name
            ? $", where '{name}' is {Described(dictionary.Items[name])}"
            : "";
}
