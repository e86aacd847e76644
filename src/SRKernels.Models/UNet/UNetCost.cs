using SRKernels.Models.Planning;

namespace SRKernels.Models.UNet;

/// <summary>What the levels of a U-Net take: blocks on the way down, whose maps stay until the way up reads them again, and one block more a level there.</summary>
internal static class UNetCost
{
    /// <summary>Something behind a block.</summary>
    /// <param name="level">Its level, 0 the highest resolution.</param>
    /// <param name="block">Its number on that level, down or up.</param>
    /// <param name="channels">Of its map.</param>
    /// <param name="pixels">Of its map.</param>
    public delegate void Behind(int level, int block, int channels, double pixels);

    /// <summary>Adds the first convolution, all levels and the middle.</summary>
    /// <param name="cost">What it is added to.</param>
    /// <param name="pixels">Of the input.</param>
    /// <param name="inputs">Channels that the first convolution reads.</param>
    /// <param name="first">Channels that it writes.</param>
    /// <param name="levels">Width and blocks of each level.</param>
    /// <param name="behind">What follows a block, if anything.</param>
    /// <param name="middle">What stands between the two blocks of the middle: channels and pixels there.</param>
    public static void Add(
        NetworkCost cost, double pixels, int inputs, int first, IReadOnlyList<(int Channels, int Blocks)> levels, Behind behind, Action<int, double> middle)
    {
        var channels = first;
        var skips = new Stack<int>();
        cost.Conv(pixels, inputs, channels, 9);
        Push();
        for (var level = 0; level < levels.Count; level++)
        {
            for (var j = 0; j < levels[level].Blocks; j++)
            {
                Block(level, j, channels);
                Push();
            }

            if (level == levels.Count - 1) continue;
            pixels /= 4;
            cost.Arithmetic(pixels, channels, channels, 9);
            Push();
        }

        cost.Residual(channels, channels, pixels);
        middle(channels, pixels);
        cost.Residual(channels, channels, pixels);
        for (var level = levels.Count - 1; level >= 0; level--)
        {
            for (var j = 0; j <= levels[level].Blocks; j++)
            {
                var skip = skips.Pop();
                cost.Live(2 * pixels * (channels + skip));
                cost.Release(pixels * skip);
                Block(level, j, channels + skip);
            }

            if (level == 0) continue;
            cost.Live(pixels * channels * 5);
            pixels *= 4;
            cost.Arithmetic(pixels, channels, channels, 9);
        }

        void Block(int level, int j, int inChannels)
        {
            channels = levels[level].Channels;
            cost.Residual(inChannels, channels, pixels);
            behind(level, j, channels, pixels);
        }

        void Push()
        {
            skips.Push(channels);
            cost.Hold(pixels * channels);
        }
    }
}
