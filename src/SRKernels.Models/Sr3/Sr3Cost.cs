using SRKernels.Models.Planning;
using SRKernels.Models.UNet;

namespace SRKernels.Models.Sr3;

/// <summary>What running SR3's network takes. Nothing comes before the steps, and nothing after them.</summary>
internal static class Sr3Cost
{
    /// <summary>One tile.</summary>
    /// <param name="c">The network.</param>
    /// <param name="pixels">Of the result.</param>
    public static TileCost Of(Sr3Configuration c, double pixels) => new(new NetworkCost(), Step(c, pixels), new NetworkCost());

    private static NetworkCost Step(Sr3Configuration c, double pixels)
    {
        var cost = new NetworkCost();
        // The condition and the noisy picture, those joined, and what the chain makes of them.
        cost.Hold(pixels * 4 * c.InputChannels);
        UNetCost.Add(
            cost, pixels, c.InputChannels, c.InnerChannels, [.. Enumerable.Range(0, c.Levels).Select(level => (c.ChannelsAt(level), c.ResBlocks))],
            // The noise level is added while the block's input, the map and the shifted map are there: no more than the second convolution's own need.
            (level, _, channels, map) =>
            {
                if (c.AttendsAt(level)) cost.Attention(channels, map);
            },
            cost.Attention);
        cost.Live(pixels * c.ChannelsAt(0) * 2);
        cost.Arithmetic(pixels, c.ChannelsAt(0), c.ImageChannels, 9);
        return cost;
    }
}
