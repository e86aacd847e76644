using SRKernels.Models.Families;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Recognition;

/// <summary>The tensors of one network in a file, without what stands before their names there.</summary>
/// <param name="File">The file; not disposed here.</param>
/// <param name="Family">Whose network it is.</param>
/// <param name="Role">The part that it plays: one of the family's roles.</param>
/// <param name="Prefix">What its tensors' names start with in the file.</param>
internal sealed record NetworkPart(WeightFile File, ModelFamily Family, string Role, string Prefix) : IWeightSource
{
    // What training leaves beside the networks.
    private static readonly string[] s_training = ["loss.", "discriminator.", "model_ema."];

    public string Description => Path.GetFileName(File.Path);

    public IEnumerable<string> Names => File.Tensors.Keys
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(name => name[Prefix.Length..])
        .Where(name => !s_training.Any(start => name.StartsWith(start, StringComparison.Ordinal)));

    /// <summary>The networks of a file, of the first family that finds all of its own, else of the first that finds any.</summary>
    public static IReadOnlyList<NetworkPart> FindAll(WeightFile file)
    {
        IReadOnlyList<NetworkPart> some = [];
        foreach (var family in ModelFamilies.All)
        {
            var parts = family.Find(file);
            if (parts.Any(part => part.Role == family.Roles[0])) return parts;
            if (some.Count == 0) some = parts;
        }

        return some;
    }

    /// <summary>The first of some prefixes under which there is a tensor whose name goes on in one of some ways; null: none.</summary>
    public static string? PrefixOf(WeightFile file, IEnumerable<string> prefixes, params string[] starts) => prefixes.FirstOrDefault(
        prefix => starts.Any(start => file.Tensors.Keys.Any(name => name.StartsWith(prefix + start, StringComparison.Ordinal))));

    public bool TryGetShape(string name, out IReadOnlyList<long>? shape) => ((IWeightSource)File).TryGetShape(Prefix + name, out shape);

    public void Read(string name, ReadOnlySpan<int> shape, Span<float> destination) => File.ReadFloat32(Prefix + name, shape, destination);
}
