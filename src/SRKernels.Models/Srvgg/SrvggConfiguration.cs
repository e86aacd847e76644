using SRKernels.Models.Configuration;
using SRKernels.Models.Families;
using SRKernels.Models.Planning;
using SRKernels.Models.Tiling;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Srvgg;

/// <summary>Everything about a compact model but its weights.</summary>
internal sealed record SrvggConfiguration : ModelConfiguration
{
    private const int LongestOverlap = 32, Tile = 256;

    /// <inheritdoc/>
    public override required string Task { get; init; }

    /// <inheritdoc/>
    public override required int Scale { get; init; }

    /// <summary>The network.</summary>
    public required SrvggNetworkConfiguration Network { get; init; }

    public override ModelFamily Family => SrvggFamily.Instance;

    /// <summary>Any size runs; tiles overlap by what a result sees to each side, or by 32 where that is more. Upstream runs a picture in one piece.</summary>
    public override TileGeometry Geometry => new()
    {
        Scale = Scale,
        Multiple = 1,
        PaddingMultiple = 1,
        NoiseDownscale = Scale,
        DefaultTile = Tile,
        DefaultOverlap = Math.Min(LongestOverlap, Network.Reach),
        UpstreamTile = TilePlan.LargestSide,
        UpstreamOverlap = 0,
    };

    public override TileCost CostOf(int height, int width) => new(new NetworkCost(), Network.CostOf((double)height * width), new NetworkCost());

    public override IReadOnlyDictionary<string, string> Metadata() => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [SrvggFamily.Network] = ConfigurationJson.Text(Network.Write),
    };

    public override SuperResolutionModel Build(WeightScope root) => new SrvggModel(this, root[SrvggFamily.Network]);
}
