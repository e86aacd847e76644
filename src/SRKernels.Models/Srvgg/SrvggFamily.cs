using SRKernels.Models.Configuration;
using SRKernels.Models.Families;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Srvgg;

/// <summary>Compact networks: Real-ESRGAN's quick models for pictures and drawn films, and what was trained from them.</summary>
internal sealed class SrvggFamily : OneNetworkFamily
{
    public static SrvggFamily Instance { get; } = new();

    public override string Id => "srvgg";

    public override string Name => "compact networks (Real-ESRGAN)";

    public override IReadOnlyList<ModelTask> Tasks { get; } =
    [
        .. new[] { 4, 3, 2, 1 }.Select(
            scale => new ModelTask($"compact-x{scale}", [$"srvgg-x{scale}"], scale, scale == 1 ? "restores pictures at their size, quickly" : $"enlarges pictures by {scale}, quickly")),
    ];

    protected override bool IsIn(IWeightSource tensors) => SrvggShapes.AreIn(tensors);

    protected override IPictureNetworkConfiguration Infer(IWeightSource tensors) => SrvggShapes.Read(tensors);

    protected override IPictureNetworkConfiguration Read(string who, ConfigurationFields fields) => SrvggNetworkConfiguration.Read(who, fields);
}
