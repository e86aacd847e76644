using SRKernels.Models.Families;
using SRKernels.Models.Weights;
using SRKernels.Runtime;

namespace SRKernels.Models.Recognition;

/// <summary>The open files of a model as one source of weights: each network's names behind its role.</summary>
internal sealed class ModelFiles : IWeightSource, IDisposable
{
    private ModelFiles(IReadOnlyList<NetworkPart> parts, ModelConfiguration configuration) => (Parts, Configuration) = (parts, configuration);

    public ModelConfiguration Configuration { get; }

    /// <summary>The networks, one for each of the family's roles.</summary>
    public IReadOnlyList<NetworkPart> Parts { get; }

    public string Description => string.Join(" and ", Parts.Select(part => part.Description).Distinct());

    /// <summary>All names; in a single file those that belong to no network as well, so that nothing stays unread in silence.</summary>
    public IEnumerable<string> Names => Entries.Select(tensor => tensor.Name).Concat(
        Parts.All(part => part.File == Parts[0].File)
            ? Parts[0].File.Tensors.Keys.Where(name => Parts.All(part => !name.StartsWith(part.Prefix, StringComparison.Ordinal))) : []);

    /// <summary>The description of each tensor of the networks by its name here.</summary>
    public IEnumerable<(string Name, WeightFile File, TensorEntry Entry)> Entries => Parts.SelectMany(
        part => part.Names.Select(name => ($"{part.Role}.{name}", part.File, part.File.Tensors[part.Prefix + name])));

    /// <summary>Opens a model.</summary>
    /// <param name="path">A file of all its networks, or of the first of them.</param>
    /// <param name="partner">The file of the other; null: that of its task, under its published name beside it.</param>
    /// <param name="task">The task where neither the file nor its name tells.</param>
    /// <param name="preferRaw">Where a checkpoint holds averaged and raw weights, take these.</param>
    /// <exception cref="SrkException">A file cannot be read, is no network that this program knows, or does not belong to the other or to the task.</exception>
    public static ModelFiles Open(string path, string? partner = null, string? task = null, bool preferRaw = false)
    {
        List<WeightFile> open = [WeightFile.Open(path, preferRaw)];
        try
        {
            var file = open[0];
            var isOwn = OwnFormat.Is(file);
            var parts = isOwn ? OwnFormat.Parts(file) : NetworkPart.FindAll(file);
            if (parts.Count == 0 || parts[0].Role != parts[0].Family.Roles[0]) throw NoModel(file, parts);
            var family = parts[0].Family;
            if (parts.Count == family.Roles.Count)
            {
                if (partner is not null) throw new SrkException(
                    "--autoencoder", $"none beside '{Path.GetFileName(path)}', which holds {Whole(family)}", $"'{partner}'", "leave it out");
                return new ModelFiles(parts, isOwn ? OwnFormat.Read(file, task) : family.FromParts(parts, TaskFit.Choose(parts[0], task)));
            }

            var chosen = TaskFit.Choose(parts[0], task);
            List<NetworkPart> all = [.. parts];
            foreach (var role in family.Roles.Skip(parts.Count))
            {
                open.Add(WeightFile.Open(partner ?? Beside(path, chosen, family, role), preferRaw));
                all.Add(Of(open[^1], chosen, family, role));
            }

            return new ModelFiles(all, family.FromParts(all, chosen));
        }
        catch
        {
            foreach (var file in open) file.Dispose();
            throw;
        }
    }

    /// <summary>The model with its weights, and their bytes.</summary>
    /// <exception cref="SrkException">A tensor is missing, too many, misshapen or damaged.</exception>
    public (SuperResolutionModel Model, long WeightBytes) Read()
    {
        var root = new WeightScope(this);
        var model = Configuration.Build(root);
        try
        {
            root.CheckAllRead([.. Configuration.Family.Derived]);
        }
        catch
        {
            model.Dispose();
            throw;
        }

        return (model, Entries.Where(t => t.Entry.Type.IsFloat()).Sum(t => t.Entry.Count) * sizeof(float));
    }

    public bool TryGetShape(string name, out IReadOnlyList<long>? shape)
    {
        shape = null;
        return Of(name) is var (part, inner) && part.TryGetShape(inner, out shape);
    }

    public void Read(string name, ReadOnlySpan<int> shape, Span<float> destination)
    {
        if (Of(name) is not var (part, inner)) throw new SrkException(
            $"{Description}: '{name}'", "a tensor of a network", "another", "the configuration does not match this checkpoint");
        part.Read(inner, shape, destination);
    }

    public void Dispose()
    {
        foreach (var part in Parts) part.File.Dispose();
    }

    private static string Whole(ModelFamily family) => family.Roles.Count == 2 ? "both networks" : "the whole model";

    private static NetworkPart Of(WeightFile partner, ModelTask task, ModelFamily family, string role)
    {
        var found = family.Find(partner);
        return found.FirstOrDefault(part => part.Role == role) ?? throw new SrkException(
            Path.GetFileName(partner.Path), $"an {role}", found.Count > 0 ? $"a {found[0].Role}" : "tensors of no network that this program runs",
            $"take {family.PartnerOf(task, role)}, with --{role} or beside the {family.Roles[0]}");
    }

    private static string Beside(string path, ModelTask task, ModelFamily family, string role) => family.PartnerBeside(path, task, role) ?? throw new SrkException(
        $"'{Path.GetFileName(path)}' ({task.Name})", $"its {role} '{family.PartnerOf(task, role)}' beside it", "none of this name",
        $"put it there, or name it with --{role}");

    private static SrkException NoModel(WeightFile file, IReadOnlyList<NetworkPart> parts) => new(
        Path.GetFileName(file.Path), parts.Count > 0 ? $"a {parts[0].Family.Roles[0]} of {parts[0].Family.Name}, or a file of all its networks" : "a network of a model",
        parts.Count > 0 ? $"an {parts[0].Role} alone" : "tensors of no network that this program runs",
        parts.Count > 0 ? $"name the {parts[0].Family.Roles[0]} as the model and this file with --{parts[0].Role}" : "see what it holds with 'srk inspect'");

    private (NetworkPart Part, string Name)? Of(string name)
    {
        foreach (var part in Parts)
            if (name.StartsWith(part.Role, StringComparison.Ordinal) && name.Length > part.Role.Length && name[part.Role.Length] == '.')
                return (part, name[(part.Role.Length + 1)..]);
        return null;
    }
}
