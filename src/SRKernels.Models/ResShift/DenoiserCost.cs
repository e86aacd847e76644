using SRKernels.Models.Planning;
using SRKernels.Models.UNet;

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
        UNetCost.Add(
            cost, pixels, u.InputChannels, u.ChannelsAt(0), [.. Enumerable.Range(0, u.Levels).Select(level => (u.ChannelsAt(level), u.NumResBlocks[level]))],
            (level, block, channels, map) =>
            {
                if (block == 0 && u.HasSwinAt(level)) Swin(cost, u, level, channels, map);
            },
            (channels, map) => Swin(cost, u, u.Levels - 1, channels, map));
        return cost;
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
