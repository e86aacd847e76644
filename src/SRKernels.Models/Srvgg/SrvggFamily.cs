using SRKernels.Models.Configuration;
using SRKernels.Models.Families;
using SRKernels.Models.Recognition;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Srvgg;

/// <summary>Compact networks: Real-ESRGAN's quick models for pictures and drawn films, and what was trained from them.</summary>
internal sealed class SrvggFamily : ModelFamily
{
    /// <summary>The one network.</summary>
    public const string Network = "network";

    private static readonly string[] s_prefixes = ["", Network + ".", "netG.", "generator."];

    public static SrvggFamily Instance { get; } = new();

    public override string Id => "srvgg";

    public override string Name => "compact networks (Real-ESRGAN)";

    public override IReadOnlyList<ModelTask> Tasks { get; } =
    [
        .. new[] { 4, 3, 2, 1 }.Select(
            scale => new ModelTask($"compact-x{scale}", [$"srvgg-x{scale}"], scale, scale == 1 ? "restores pictures at their size, quickly" : $"enlarges pictures by {scale}, quickly")),
    ];

    public override IReadOnlyList<string> Roles { get; } = [Network];

    public override IReadOnlyList<NetworkPart> Find(WeightFile file) =>
        [.. s_prefixes.Select(prefix => new NetworkPart(file, this, Network, prefix)).Where(SrvggShapes.AreIn).Take(1)];

    public override IReadOnlyList<ModelTask> TasksOf(NetworkPart main)
    {
        var scale = SrvggShapes.Read(main).Scale;
        return [.. Tasks.Where(task => task.Scale == scale)];
    }

    public override ModelConfiguration FromMetadata(string who, IReadOnlyDictionary<string, string> metadata, ModelTask task) =>
        Of(SrvggNetworkConfiguration.Read(who, ConfigurationFields.Of(who, metadata, Network)), task);

    public override ModelConfiguration FromParts(IReadOnlyList<NetworkPart> parts, ModelTask task)
    {
        var network = SrvggShapes.Read(parts[0]);
        network.Validate(parts[0].Description);
        return Of(network, task);
    }

    public override void BuildNetwork(NetworkPart part, ModelConfiguration? own, WeightScope weights) => new SrvggNetwork(weights, ConfigurationOf(part, own)).Dispose();

    public override string Describe(NetworkPart part, ModelConfiguration? own) => ConfigurationOf(part, own).ToString();

    private static SrvggConfiguration Of(SrvggNetworkConfiguration network, ModelTask task) => new() { Task = task.Name, Scale = network.Scale, Network = network };

    private static SrvggNetworkConfiguration ConfigurationOf(NetworkPart part, ModelConfiguration? own) => (own as SrvggConfiguration)?.Network ?? SrvggShapes.Read(part);
}
