using SRKernels.Models.Configuration;
using SRKernels.Models.Recognition;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Families;

/// <summary>A family whose models are one network that runs once: all that its shapes tell is all that there is to know.</summary>
internal abstract class OneNetworkFamily : ModelFamily
{
    /// <summary>The one network.</summary>
    public const string Network = "network";

    // Plain in published files; below its role in files of ours; below a trainer's name.
    private static readonly string[] s_prefixes = ["", Network + ".", "netG.", "generator."];

    public sealed override IReadOnlyList<string> Roles { get; } = [Network];

    public sealed override IReadOnlyList<NetworkPart> Find(WeightFile file) =>
        [.. s_prefixes.Select(prefix => new NetworkPart(file, this, Network, prefix)).Where(IsIn).Take(1)];

    public sealed override IReadOnlyList<ModelTask> TasksOf(NetworkPart main)
    {
        var scale = Infer(main).Scale;
        return [.. Tasks.Where(task => task.Scale == scale)];
    }

    public sealed override ModelConfiguration FromMetadata(string who, IReadOnlyDictionary<string, string> metadata, ModelTask task) =>
        new OneNetworkConfiguration(this, task.Name, Read(who, ConfigurationFields.Of(who, metadata, Network)));

    public sealed override ModelConfiguration FromParts(IReadOnlyList<NetworkPart> parts, ModelTask task)
    {
        var network = Infer(parts[0]);
        network.Validate(parts[0].Description);
        return new OneNetworkConfiguration(this, task.Name, network);
    }

    public sealed override void BuildNetwork(NetworkPart part, ModelConfiguration? own, WeightScope weights) => NetworkOf(part, own).Build(weights).Dispose();

    public sealed override string Describe(NetworkPart part, ModelConfiguration? own) => NetworkOf(part, own).ToString()!;

    /// <summary>Whether tensors are those of such a network.</summary>
    protected abstract bool IsIn(IWeightSource tensors);

    /// <summary>The network that names and shapes of tensors tell.</summary>
    /// <exception cref="Runtime.SrkException">It is a variant that is not run, or its shapes do not fit each other.</exception>
    protected abstract IPictureNetworkConfiguration Infer(IWeightSource tensors);

    /// <summary>The network of a file of ours.</summary>
    /// <exception cref="Runtime.SrkException">A number is missing or out of range.</exception>
    protected abstract IPictureNetworkConfiguration Read(string who, ConfigurationFields fields);

    private IPictureNetworkConfiguration NetworkOf(NetworkPart part, ModelConfiguration? own) => (own as OneNetworkConfiguration)?.Network ?? Infer(part);
}
