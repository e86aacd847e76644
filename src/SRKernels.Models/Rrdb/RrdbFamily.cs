using SRKernels.Models.Configuration;
using SRKernels.Models.Families;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Rrdb;

/// <summary>Networks of residual-in-residual dense blocks: ESRGAN, Real-ESRGAN, BSRGAN, RealSR and what was trained from them.</summary>
internal sealed class RrdbFamily : OneNetworkFamily
{
    public static RrdbFamily Instance { get; } = new();

    public override string Id => "rrdb";

    public override string Name => "residual-in-residual dense blocks (ESRGAN, Real-ESRGAN, BSRGAN, RealSR)";

    public override IReadOnlyList<ModelTask> Tasks { get; } =
    [
        .. new[] { 4, 2, 1, 8 }.Select(scale => new ModelTask($"esrgan-x{scale}", [$"rrdb-x{scale}"], scale, scale == 1 ? "restores pictures at their size" : $"enlarges pictures by {scale}")),
    ];

    protected override bool IsIn(IWeightSource tensors) => RrdbShapes.NamingOf(tensors) is not null;

    protected override IPictureNetworkConfiguration Infer(IWeightSource tensors) => RrdbShapes.Read(tensors);

    protected override IPictureNetworkConfiguration Read(string who, ConfigurationFields fields) => RrdbNetworkConfiguration.Read(who, fields);
}
