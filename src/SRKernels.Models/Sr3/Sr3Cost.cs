using SRKernels.Models.Planning;

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
        var channels = c.InnerChannels;
        var skips = new Stack<int>();
        cost.Conv(pixels, c.InputChannels, channels, 9);
        Push();
        for (var level = 0; level < c.Levels; level++)
        {
            for (var j = 0; j < c.ResBlocks; j++)
            {
                Block(cost, c, level, channels, pixels);
                channels = c.ChannelsAt(level);
                Push();
            }

            if (level == c.Levels - 1) continue;
            pixels /= 4;
            cost.Arithmetic(pixels, channels, channels, 9);
            Push();
        }

        cost.Residual(channels, channels, pixels);
        cost.Attention(channels, pixels);
        cost.Residual(channels, channels, pixels);
        for (var level = c.Levels - 1; level >= 0; level--)
        {
            for (var j = 0; j <= c.ResBlocks; j++)
            {
                var skip = skips.Pop();
                cost.Live(2 * pixels * (channels + skip));
                cost.Release(pixels * skip);
                Block(cost, c, level, channels + skip, pixels);
                channels = c.ChannelsAt(level);
            }

            if (level == 0) continue;
            cost.Live(pixels * channels * 5);
            pixels *= 4;
            cost.Arithmetic(pixels, channels, channels, 9);
        }

        cost.Live(pixels * channels * 2);
        cost.Arithmetic(pixels, channels, c.ImageChannels, 9);
        return cost;

        void Push()
        {
            skips.Push(channels);
            cost.Hold(pixels * channels);
        }
    }

    // The noise level is added while the block's input, the map and the shifted map are there: no more than the second convolution's own need.
    private static void Block(NetworkCost cost, Sr3Configuration c, int level, int inChannels, double pixels)
    {
        cost.Residual(inChannels, c.ChannelsAt(level), pixels);
        if (c.AttendsAt(level)) cost.Attention(c.ChannelsAt(level), pixels);
    }
}
