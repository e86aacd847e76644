using SRKernels.Models.Configuration;
using SRKernels.Models.Families;
using SRKernels.Models.Planning;
using SRKernels.Models.Tiling;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Rrdb;

/// <summary>Everything about a model of residual-in-residual dense blocks but its weights.</summary>
internal sealed record RrdbConfiguration : ModelConfiguration
{
    private const int LongestOverlap = 32, Tile = 256;

    /// <inheritdoc/>
    public override required string Task { get; init; }

    /// <inheritdoc/>
    public override required int Scale { get; init; }

    /// <summary>The network.</summary>
    public required RrdbNetworkConfiguration Network { get; init; }

    public override ModelFamily Family => RrdbFamily.Instance;

    /// <summary>
    /// Squares of pixels that become channels are not cut. Tiles overlap by what a result sees to each side, or by 32 where that is more: what lies further away
    /// counts for almost nothing. Upstream runs a picture in one piece.
    /// </summary>
    public override TileGeometry Geometry => new()
    {
        Scale = Scale,
        Multiple = Network.Unshuffle,
        PaddingMultiple = Network.Unshuffle,
        NoiseDownscale = Scale * Network.Unshuffle,
        DefaultTile = Tile,
        DefaultOverlap = Math.Min(LongestOverlap, Network.Reach),
        UpstreamTile = TilePlan.LargestSide,
        UpstreamOverlap = 0,
    };

    public override TileCost CostOf(int height, int width) => new(new NetworkCost(), Network.CostOf((double)height * width), new NetworkCost());

    public override IReadOnlyDictionary<string, string> Metadata() => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [RrdbFamily.Network] = ConfigurationJson.Text(Network.Write),
    };

    public override SuperResolutionModel Build(WeightScope root) => new RrdbModel(this, root[RrdbFamily.Network]);
}
