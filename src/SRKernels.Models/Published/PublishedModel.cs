using SRKernels.Models.Families;

namespace SRKernels.Models.Published;

/// <summary>A model whose weights its authors published, by a name of ours. What is known of them stands with the families.</summary>
/// <param name="Name">What <c>--model</c> calls it.</param>
/// <param name="Family">The method.</param>
/// <param name="Task">What the weights are for, as <c>--task</c> calls it.</param>
/// <param name="Main">The file that is the model, or its denoiser.</param>
/// <param name="Autoencoder">The file with the autoencoder, where it is another.</param>
public sealed record PublishedModel(string Name, string Family, string Task, PublishedFile Main, PublishedFile? Autoencoder = null)
{
    /// <summary>All that are known.</summary>
    public static IReadOnlyList<PublishedModel> All { get; } = [.. ModelFamilies.All.SelectMany(family => family.PublishedModels)];

    /// <summary>What else the model needs.</summary>
    public IReadOnlyList<PublishedFile> Others { get; init; } = [];

    /// <summary>All of its files, the main one first.</summary>
    public IReadOnlyList<PublishedFile> Files => [Main, .. Autoencoder is null ? [] : new[] { Autoencoder }, .. Others];

    /// <summary>The licences of its files, each once.</summary>
    public IReadOnlyList<PublishedLicence> Licences => [.. Files.Select(file => file.Licence).Distinct()];

    /// <summary>The model of a name, in any case; null where none is known.</summary>
    /// <param name="name">What <c>--model</c> calls it.</param>
    public static PublishedModel? Find(string name) => All.FirstOrDefault(model => string.Equals(model.Name, name, StringComparison.OrdinalIgnoreCase));
}
