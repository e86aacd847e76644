using SRKernels.Runtime;

namespace SRKernels.Models.Weights;

/// <summary>Tensors' names, cleared of what distributed and compiled training put before them; the same in every container.</summary>
internal static class TensorNames
{
    /// <summary>Of one name; a network's are a tenth of it.</summary>
    public const int MostLetters = 4096;
    private const string Distributed = "module.", Compiled = "_orig_mod.";

    /// <summary>All of a file's under their plain names, in order.</summary>
    /// <exception cref="SrkException">A name is there twice, or too long.</exception>
    public static Dictionary<string, T> Cleared<T>(string who, IEnumerable<KeyValuePair<string, T>> items)
    {
        var cleared = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var (name, value) in items)
        {
            var plain = Plain(who, name);
            if (!cleared.TryAdd(plain, value))
                throw new SrkException(who, "every tensor once", $"'{ShownName.Of(plain)}' twice", "the checkpoint mixes several models");
        }

        return cleared;
    }

    private static string Plain(string who, string name)
    {
        if (name.Length > MostLetters)
            throw new SrkException(who, $"names of at most {MostLetters} letters", $"{name.Length}: '{ShownName.Of(name)}'", "the file is damaged: get it again");
        var rest = name.AsSpan();
        while (true)
        {
            if (rest.StartsWith(Distributed, StringComparison.Ordinal)) rest = rest[Distributed.Length..];
            else if (rest.StartsWith(Compiled, StringComparison.Ordinal)) rest = rest[Compiled.Length..];
            else break;
        }

        return (rest.Length == name.Length ? name : rest.ToString()).Replace($".{Compiled}", ".", StringComparison.Ordinal);
    }
}
