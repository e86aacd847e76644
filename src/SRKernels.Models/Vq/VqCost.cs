using SRKernels.Models.Planning;

namespace SRKernels.Models.Vq;

/// <summary>What running a vector-quantised autoencoder takes.</summary>
internal static class VqCost
{
    /// <summary>Encoding a picture, which may have been enlarged before.</summary>
    /// <param name="a">The autoencoder.</param>
    /// <param name="pixels">Of the picture.</param>
    public static NetworkCost Encoder(AutoencoderConfiguration a, double pixels)
    {
        var cost = new NetworkCost();
        cost.Hold(pixels * a.ImageChannels);
        cost.Conv(pixels, a.ImageChannels, a.Channels, 9);
        var channels = a.Channels;
        for (var level = 0; level < a.Levels; level++)
        {
            Level(cost, a, level, a.NumResBlocks[level], ref channels, pixels);
            if (level == a.Levels - 1) continue;
            cost.Live(pixels * channels * 1.25);
            pixels /= 4;
            cost.Arithmetic(pixels, channels, channels, 9);
        }

        Middle(cost, channels, pixels);
        return cost;
    }

    /// <summary>Decoding a latent.</summary>
    /// <param name="a">The autoencoder.</param>
    /// <param name="pixels">Of the picture that comes of it.</param>
    public static NetworkCost Decoder(AutoencoderConfiguration a, double pixels)
    {
        var cost = new NetworkCost();
        pixels /= (double)a.Downscale * a.Downscale;
        cost.Hold(2 * pixels * a.EmbedDim);
        var channels = a.ChannelsAt(a.Levels - 1);
        Middle(cost, channels, pixels);
        for (var level = a.Levels - 1; level >= 0; level--)
        {
            Level(cost, a, level, a.NumResBlocks[level] + 1, ref channels, pixels);
            if (level == 0) continue;
            cost.Live(pixels * channels * 5);
            pixels *= 4;
            cost.Arithmetic(pixels, channels, channels, 9);
        }

        cost.Live(pixels * channels * 2);
        cost.Arithmetic(pixels, channels, a.ImageChannels, 9);
        return cost;
    }

    private static void Level(NetworkCost cost, AutoencoderConfiguration a, int level, int blocks, ref int channels, double pixels)
    {
        for (var j = 0; j < blocks; j++)
        {
            cost.Residual(channels, a.ChannelsAt(level), pixels);
            channels = a.ChannelsAt(level);
            if (a.HasAttentionAt(level)) cost.Attention(channels, pixels);
        }
    }

    private static void Middle(NetworkCost cost, int channels, double pixels)
    {
        cost.Residual(channels, channels, pixels);
        cost.Attention(channels, pixels);
        cost.Residual(channels, channels, pixels);
    }
}
