using SRKernels.Models.Configuration;
using SRKernels.Models.Weights;
using SRKernels.Runtime;

namespace SRKernels.Models.Recognition;

/// <summary>
/// The one or two open files of a model as one source of weights, its networks' names behind <see cref="ModelConfiguration.DenoiserPrefix"/> and
/// <see cref="ModelConfiguration.AutoencoderPrefix"/>.
/// </summary>
internal sealed class ModelFiles : IWeightSource, IDisposable
{
    private readonly NetworkPart _denoiser, _autoencoder;

    private ModelFiles(NetworkPart denoiser, NetworkPart autoencoder, ModelConfiguration configuration)
    {
        (_denoiser, _autoencoder, Configuration) = (denoiser, autoencoder, configuration);
    }

    public ModelConfiguration Configuration { get; }

    public string Description => IsOneFile ? _denoiser.Description : $"{_denoiser.Description} and {_autoencoder.Description}";

    /// <summary>All names; in a file of both networks those that belong to neither as well, so that nothing stays unread in silence.</summary>
    public IEnumerable<string> Names => Entries.Select(tensor => tensor.Name)
        .Concat(IsOneFile ? _denoiser.File.Tensors.Keys.Where(name => Parts.All(part => !name.StartsWith(part.Prefix, StringComparison.Ordinal))) : []);

    /// <summary>The description of each tensor of the networks by its name here.</summary>
    public IEnumerable<(string Name, WeightFile File, TensorEntry Entry)> Entries =>
        new[] { (Part: _denoiser, Start: ModelConfiguration.DenoiserPrefix), (Part: _autoencoder, Start: ModelConfiguration.AutoencoderPrefix) }.SelectMany(
            of => of.Part.Names.Select(name => (of.Start + name, of.Part.File, of.Part.File.Tensors[of.Part.Prefix + name])));

    /// <summary>The networks.</summary>
    public IReadOnlyList<NetworkPart> Parts => [_denoiser, _autoencoder];

    private bool IsOneFile => _denoiser.File == _autoencoder.File;

    /// <summary>Opens a model.</summary>
    /// <param name="path">A file of both networks, or a denoiser.</param>
    /// <param name="autoencoder">The autoencoder of a denoiser; null: that of its task, under its published name beside it.</param>
    /// <param name="task">The task's preset where neither the file nor its name tells.</param>
    /// <param name="preferRaw">Where a checkpoint holds averaged and raw weights, take these.</param>
    /// <exception cref="SrkException">A file cannot be read, is no network that this program knows, or does not belong to the other or to the task.</exception>
    public static ModelFiles Open(string path, string? autoencoder = null, string? task = null, bool preferRaw = false)
    {
        var file = WeightFile.Open(path, preferRaw);
        WeightFile? partner = null;
        try
        {
            var parts = NetworkPart.FindAll(file);
            if (ModelConfiguration.IsOwnFormat(file) || parts.Count == 2)
            {
                if (autoencoder is not null) throw new SrkException(
                    "--autoencoder", $"none beside '{Path.GetFileName(path)}', which holds both networks", $"'{autoencoder}'", "leave it out");
                return OneFile(file, parts, task);
            }

            var denoiser = parts is [{ Role: NetworkRole.Denoiser }] ? parts[0] : throw NoDenoiser(file, parts);
            var preset = TaskFit.Choose(denoiser, task);
            partner = WeightFile.Open(autoencoder ?? Beside(path, preset), preferRaw);
            return Pair(denoiser, partner, preset);
        }
        catch
        {
            file.Dispose();
            partner?.Dispose();
            throw;
        }
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
        _denoiser.File.Dispose();
        _autoencoder.File.Dispose();
    }

    private static ModelFiles OneFile(WeightFile file, IReadOnlyList<NetworkPart> parts, string? task)
    {
        if (ModelConfiguration.IsOwnFormat(file))
        {
            return new ModelFiles(
                new(file, NetworkRole.Denoiser, ModelConfiguration.DenoiserPrefix), new(file, NetworkRole.Autoencoder, ModelConfiguration.AutoencoderPrefix),
                ModelConfiguration.FromFile(file, task));
        }

        return Paired(parts[0], parts[1], TaskFit.Choose(parts[0], task));
    }

    private static ModelFiles Pair(NetworkPart denoiser, WeightFile partner, TaskPreset task)
    {
        var found = NetworkPart.FindAll(partner);
        var autoencoder = found.FirstOrDefault(part => part.Role == NetworkRole.Autoencoder) ?? throw new SrkException(
            Path.GetFileName(partner.Path), "an autoencoder", found.Count > 0 ? "a denoiser" : "tensors of no network that this program runs",
            $"take {PublishedFiles.AutoencoderOf(task)}, with --autoencoder or beside the denoiser");
        return Paired(denoiser, autoencoder, task);
    }

    private static ModelFiles Paired(NetworkPart denoiser, NetworkPart autoencoder, TaskPreset task)
    {
        var (network, coder) = (ShapeInference.Denoiser(denoiser, task), ShapeInference.Autoencoder(autoencoder));
        var downscale = task.Scale << network.FeatureExtractorStages;
        if (coder.Downscale != downscale || coder.EmbedDim != network.OutChannels)
        {
            throw new SrkException(
                autoencoder.Description, $"an autoencoder of 1/{downscale} with latents of {network.OutChannels} channels, as '{denoiser.Description}' takes",
                $"one of 1/{coder.Downscale} with {coder.EmbedDim}",
                $"take {PublishedFiles.AutoencoderOf(task)}");
        }

        var configuration = new ModelConfiguration { Task = task.Name, Scale = task.Scale, Denoiser = network, Autoencoder = coder, Diffusion = task.Diffusion };
        configuration.Validate(denoiser.Description);
        return new ModelFiles(denoiser, autoencoder, configuration);
    }

    private static string Beside(string denoiser, TaskPreset task) => PublishedFiles.AutoencoderBeside(denoiser, task) ?? throw new SrkException(
        $"'{Path.GetFileName(denoiser)}' ({task.Name})", $"its autoencoder '{PublishedFiles.AutoencoderOf(task)}' beside it", "none of this name",
        "put it there, or name it with --autoencoder");

    private static SrkException NoDenoiser(WeightFile file, IReadOnlyList<NetworkPart> parts) => new(
        Path.GetFileName(file.Path), "a ResShift or SinSR denoiser, or a file of both networks",
        parts.Count > 0 ? "an autoencoder alone" : "tensors of no network that this program runs",
        parts.Count > 0 ? "name the denoiser as the model and this file with --autoencoder" : "see what it holds with 'srk inspect'");

    private (NetworkPart Part, string Name)? Of(string name) =>
        name.StartsWith(ModelConfiguration.DenoiserPrefix, StringComparison.Ordinal) ? (_denoiser, name[ModelConfiguration.DenoiserPrefix.Length..])
        : name.StartsWith(ModelConfiguration.AutoencoderPrefix, StringComparison.Ordinal) ? (_autoencoder, name[ModelConfiguration.AutoencoderPrefix.Length..])
        : null;
}
