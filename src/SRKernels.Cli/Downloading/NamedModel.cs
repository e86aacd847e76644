using SRKernels.Models.Published;
using SRKernels.Models.Storage;
using SRKernels.Runtime;

namespace SRKernels.Cli.Downloading;

/// <summary>What a model's file or name stands for: a path that exists is that file, else the name of a published model is what was downloaded of it.</summary>
/// <param name="File">The file.</param>
/// <param name="Model">The published model of this name; null for a file.</param>
/// <param name="Cache">Where its files are; null for a file.</param>
internal readonly record struct NamedModel(string File, PublishedModel? Model = null, WeightCache? Cache = null)
{
    /// <summary>The autoencoder that belongs to a named model.</summary>
    public string? Autoencoder => Model?.Autoencoder is { } autoencoder ? Cache!.PathOf(autoencoder) : null;

    /// <summary>What a named model is for.</summary>
    public string? Task => Model?.Task;

    /// <summary>All files of a named model, or the file.</summary>
    public IReadOnlyList<string> Files => Model is null ? [File] : [.. Model.Files.Select(Cache!.PathOf)];

    /// <exception cref="SrkException">There is no such file and no such name, or the model is not downloaded or has changed.</exception>
    public static NamedModel Of(string who, string path)
    {
        if (FileFacts.Of(path) is not null) return new(path);
        if (PublishedModel.Find(path) is { } model)
        {
            var cache = WeightCache.OfUser();
            cache.Check(model);
            return new(cache.PathOf(model.Main), model, cache);
        }

        // What looks like a path is missed where it is opened.
        if (path.Length > 0 && path.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'))
            throw new SrkException(who, "a file, or a name that 'srk weights' lists", $"'{path}', which is neither", "check the path, or see 'srk weights'");
        return new(path);
    }
}
