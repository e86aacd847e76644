using SRKernels.Models.Configuration;
using SRKernels.Models.Families;
using SRKernels.Models.Weights;
using SRKernels.Runtime;

namespace SRKernels.Models.Recognition;

/// <summary>Files of ours, which say in their metadata what they hold: one model, each network's tensors under its role.</summary>
internal static class OwnFormat
{
    /// <summary>Whether a file is one.</summary>
    public static bool Is(WeightFile file) => file.Metadata.TryGetValue("format", out var format) && format == "srkernels";

    /// <summary>Whose model it holds.</summary>
    /// <exception cref="SrkException">It names a family that this program does not know.</exception>
    public static ModelFamily FamilyOf(WeightFile file)
    {
        if (!file.Metadata.TryGetValue("family", out var id)) return ModelFamilies.First;
        return ModelFamilies.All.FirstOrDefault(family => family.Id == id) ?? throw new SrkException(
            $"{Path.GetFileName(file.Path)}: family", string.Join(" or ", ModelFamilies.All.Select(family => family.Id)), $"'{ShownName.Of(id)}'", "use a newer version");
    }

    /// <summary>Its networks.</summary>
    public static IReadOnlyList<NetworkPart> Parts(WeightFile file)
    {
        var family = FamilyOf(file);
        return [.. family.Roles.Select(role => new NetworkPart(file, family, role, role + "."))];
    }

    /// <summary>What it says.</summary>
    /// <param name="file">The file.</param>
    /// <param name="asked">A task's name that it must agree with, or null.</param>
    /// <exception cref="SrkException">The metadata is damaged, or the task is another.</exception>
    public static ModelConfiguration Read(WeightFile file, string? asked = null)
    {
        var who = Path.GetFileName(file.Path);
        var family = FamilyOf(file);
        var own = ConfigurationFields.Required(who, file.Metadata, "task");
        var task = family.TaskCalled(own) ?? throw new SrkException(
            $"{who}: task", $"one of {string.Join(", ", family.Tasks.Select(known => known.Name))}", $"'{ShownName.Of(own)}'", "use a newer version");
        if (asked is not null && ModelTask.Find(asked) != task)
            throw new SrkException($"{who}: task", $"'{asked}'", $"'{own}'", "leave out --task, or give the weights of that task");
        return family.FromMetadata(who, file.Metadata, task);
    }

    /// <summary>The metadata of such a file.</summary>
    public static IReadOnlyDictionary<string, string> Metadata(ModelConfiguration configuration)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "srkernels", ["task"] = configuration.Task };
        // Files from before there were several families name none.
        if (configuration.Family != ModelFamilies.First) metadata.Add("family", configuration.Family.Id);
        foreach (var (name, text) in configuration.Metadata()) metadata.Add(name, text);
        return metadata;
    }
}
