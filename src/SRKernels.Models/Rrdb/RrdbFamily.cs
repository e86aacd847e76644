using SRKernels.Models.Configuration;
using SRKernels.Models.Families;
using SRKernels.Models.Recognition;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Rrdb;

/// <summary>Networks of residual-in-residual dense blocks: ESRGAN, Real-ESRGAN, BSRGAN, RealSR and what was trained from them.</summary>
internal sealed class RrdbFamily : ModelFamily
{
    /// <summary>The one network.</summary>
    public const string Network = "network";

    // Plain in published files; below its role in files of ours; below a trainer's name.
    private static readonly string[] s_prefixes = ["", Network + ".", "netG.", "generator."];

    public static RrdbFamily Instance { get; } = new();

    public override string Id => "rrdb";

    public override string Name => "residual-in-residual dense blocks (ESRGAN, Real-ESRGAN, BSRGAN, RealSR)";

    public override IReadOnlyList<ModelTask> Tasks { get; } =
    [
        .. new[] { 4, 2, 1, 8 }.Select(scale => new ModelTask($"esrgan-x{scale}", [$"rrdb-x{scale}"], scale, scale == 1 ? "restores pictures at their size" : $"enlarges pictures by {scale}")),
    ];

    public override IReadOnlyList<string> Roles { get; } = [Network];

    public override IReadOnlyList<NetworkPart> Find(WeightFile file) =>
        [.. s_prefixes.Select(prefix => new NetworkPart(file, this, Network, prefix)).Where(part => RrdbShapes.NamingOf(part) is not null).Take(1)];

    public override IReadOnlyList<ModelTask> TasksOf(NetworkPart main)
    {
        var scale = RrdbShapes.Read(main).Scale;
        return [.. Tasks.Where(task => task.Scale == scale)];
    }

    public override ModelConfiguration FromMetadata(string who, IReadOnlyDictionary<string, string> metadata, ModelTask task) =>
        Of(RrdbNetworkConfiguration.Read(who, ConfigurationFields.Of(who, metadata, Network)), task);

    public override ModelConfiguration FromParts(IReadOnlyList<NetworkPart> parts, ModelTask task)
    {
        var network = RrdbShapes.Read(parts[0]);
        network.Validate(parts[0].Description);
        return Of(network, task);
    }

    public override void BuildNetwork(NetworkPart part, ModelConfiguration? own, WeightScope weights) => new RrdbNetwork(weights, ConfigurationOf(part, own)).Dispose();

    public override string Describe(NetworkPart part, ModelConfiguration? own) => ConfigurationOf(part, own).ToString();

    private static RrdbConfiguration Of(RrdbNetworkConfiguration network, ModelTask task) => new() { Task = task.Name, Scale = network.Scale, Network = network };

    private static RrdbNetworkConfiguration ConfigurationOf(NetworkPart part, ModelConfiguration? own) => (own as RrdbConfiguration)?.Network ?? RrdbShapes.Read(part);
}
