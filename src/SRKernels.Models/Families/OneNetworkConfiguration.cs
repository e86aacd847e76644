using SRKernels.Models.Configuration;
using SRKernels.Models.Planning;
using SRKernels.Models.Tiling;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Families;

/// <summary>Everything about a model of one network that runs once but its weights.</summary>
internal sealed record OneNetworkConfiguration : ModelConfiguration
{
    private const int LongestOverlap = 32, Tile = 256;

    /// <param name="family">Whose it is.</param>
    /// <param name="task">What it was trained for.</param>
    /// <param name="network">The network.</param>
    public OneNetworkConfiguration(OneNetworkFamily family, string task, IPictureNetworkConfiguration network) =>
        (Family, Task, Scale, Network) = (family, task, network.Scale, network);

    /// <inheritdoc/>
    public override string Task { get; init; }

    /// <inheritdoc/>
    public override int Scale { get; init; }

    /// <summary>The network.</summary>
    public IPictureNetworkConfiguration Network { get; }

    public override ModelFamily Family { get; }

    /// <summary>
    /// Squares of pixels that become channels are not cut. Tiles overlap by what a result sees to each side, or by 32 where that is more: what lies further away
    /// counts for almost nothing. Upstream runs a picture in one piece.
    /// </summary>
    public override TileGeometry Geometry => new()
    {
        Scale = Scale,
        Multiple = Network.Multiple,
        PaddingMultiple = Network.Multiple,
        NoiseDownscale = Scale * Network.Multiple,
        DefaultTile = Tile,
        DefaultOverlap = Math.Min(LongestOverlap, Network.Reach),
        UpstreamTile = TilePlan.LargestSide,
        UpstreamOverlap = 0,
    };

    public override TileCost CostOf(int height, int width) => new(new NetworkCost(), Network.CostOf((double)height * width), new NetworkCost());

    public override IReadOnlyDictionary<string, string> Metadata() => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [OneNetworkFamily.Network] = ConfigurationJson.Text(Network.Write),
    };

    public override SuperResolutionModel Build(WeightScope root) => new OneNetworkModel(this, Network.Build(root[OneNetworkFamily.Network]));
}
