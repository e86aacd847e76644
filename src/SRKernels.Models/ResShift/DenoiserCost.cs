using SRKernels.Models.Planning;

namespace SRKernels.Models.ResShift;

/// <summary>What running the denoiser takes.</summary>
internal static class DenoiserCost
{
    /// <summary>One run.</summary>
    /// <param name="u">The network.</param>
    /// <param name="pixels">Of the latent.</param>
    public static NetworkCost Of(UNetConfiguration u, double pixels)
    {
        var cost = new NetworkCost();
        cost.Hold(pixels * (u.InputChannels + (4 * u.LatentChannels)));
        var channels = u.ChannelsAt(0);
        var skips = new Stack<int>();
        cost.Conv(pixels, u.InputChannels, channels, 9);
        Push();
        for (var level = 0; level < u.Levels; level++)
        {
            for (var j = 0; j < u.NumResBlocks[level]; j++)
            {
                cost.Residual(channels, u.ChannelsAt(level), pixels);
                channels = u.ChannelsAt(level);
                if (j == 0 && u.HasSwinAt(level)) Swin(cost, u, level, channels, pixels);
                Push();
            }

            if (level == u.Levels - 1) continue;
            pixels /= 4;
            cost.Arithmetic(pixels, channels, channels, 9);
            Push();
        }

        cost.Residual(channels, channels, pixels);
        Swin(cost, u, u.Levels - 1, channels, pixels);
        cost.Residual(channels, channels, pixels);
        for (var level = u.Levels - 1; level >= 0; level--)
        {
            for (var i = 0; i <= u.NumResBlocks[level]; i++)
            {
                var skip = skips.Pop();
                cost.Live(2 * pixels * (channels + skip));
                cost.Release(pixels * skip);
                cost.Residual(channels + skip, u.ChannelsAt(level), pixels);
                channels = u.ChannelsAt(level);
                if (i == 0 && u.HasSwinAt(level)) Swin(cost, u, level, channels, pixels);
            }

            if (level == 0) continue;
            cost.Live(pixels * channels * 5);
            pixels *= 4;
            cost.Arithmetic(pixels, channels, channels, 9);
        }

        return cost;

        void Push()
        {
            skips.Push(channels);
            cost.Hold(pixels * channels);
        }
    }

    private static void Swin(NetworkCost cost, UNetConfiguration u, int level, int channels, double pixels)
    {
        var e = u.SwinEmbedDim;
        var window = u.WindowAt(level);
        cost.Live(pixels * (channels + Math.Max(6 * e, (3 * e) + u.MlpHidden)));
        cost.Arithmetic(pixels, channels, 2 * e, 1);
        cost.Arithmetic(pixels, e, u.SwinDepth * ((4 * e) + (2 * u.MlpHidden)), 1);
        cost.Add(u.SwinDepth * 4.0 * pixels * window * window * e);
    }
}
