using SRKernels.Kernels.Convolution;
using SRKernels.Models.Configuration;

namespace SRKernels.Models.Planning;

/// <summary>
/// What running a network takes, from its configuration alone: the most activation bytes at one time and the arithmetic. Follows the layers'
/// <c>Forward</c> methods line by line.
/// </summary>
internal sealed class NetworkCost
{
    private readonly HashSet<(double Pixels, int In, int Out)> _convolutions = [];
    private double _held;

    private NetworkCost()
    {
    }

    /// <summary>The most bytes of activations at one time.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Floating-point operations, multiply and add counted apart.</summary>
    public double Flops { get; private set; }

    /// <summary>What its convolutions work in on the processor, at most: bytes that all workers see, and bytes of each worker's own.</summary>
    public (long Shared, long Worker) ScratchBytes(int workers)
    {
        var (shared, worker) = (0L, 0L);
        foreach (var (pixels, inChannels, outChannels) in _convolutions)
        {
            // Of stride 1 or 2: not told apart here.
            var plain = Conv2d.ScratchBytes((long)pixels, inChannels, outChannels, step: 1, workers);
            var strided = Conv2d.ScratchBytes((long)pixels, inChannels, outChannels, step: 2, workers);
            shared = Math.Max(shared, plain.Shared);
            worker = Math.Max(worker, Math.Max(plain.Worker, strided.Worker));
        }

        return (shared, worker);
    }

    /// <summary>Enlarging and encoding a padded low-quality picture.</summary>
    public static NetworkCost Encoder(ModelConfiguration m, int height, int width)
    {
        var cost = new NetworkCost();
        var a = m.Autoencoder;
        var pixels = (double)height * width * m.Scale * m.Scale;
        cost._held = pixels * a.ImageChannels;
        cost.Conv(pixels, a.ImageChannels, a.Channels, 9);
        var channels = a.Channels;
        for (var level = 0; level < a.Levels; level++)
        {
            cost.Level(a, level, a.NumResBlocks[level], ref channels, pixels);
            if (level == a.Levels - 1) continue;
            cost.Live(pixels * channels * 1.25);
            pixels /= 4;
            cost.Arithmetic(pixels, channels, channels, 9);
        }

        cost.Middle(channels, pixels);
        return cost;
    }

    /// <summary>Decoding a latent to the enlarged picture.</summary>
    public static NetworkCost Decoder(ModelConfiguration m, int height, int width)
    {
        var cost = new NetworkCost();
        var a = m.Autoencoder;
        var pixels = (double)height * width * m.Scale * m.Scale / ((double)a.Downscale * a.Downscale);
        cost._held = 2 * pixels * a.EmbedDim;
        var channels = a.ChannelsAt(a.Levels - 1);
        cost.Middle(channels, pixels);
        for (var level = a.Levels - 1; level >= 0; level--)
        {
            cost.Level(a, level, a.NumResBlocks[level] + 1, ref channels, pixels);
            if (level == 0) continue;
            cost.Live(pixels * channels * 5);
            pixels *= 4;
            cost.Arithmetic(pixels, channels, channels, 9);
        }

        cost.Live(pixels * channels * 2);
        cost.Arithmetic(pixels, channels, a.ImageChannels, 9);
        return cost;
    }

    /// <summary>One run of the denoiser.</summary>
    public static NetworkCost Denoiser(ModelConfiguration m, int height, int width)
    {
        var cost = new NetworkCost();
        var u = m.Denoiser;
        var stages = u.FeatureExtractorStages;
        var pixels = (double)height * width / Math.Pow(4, stages);
        cost._held = pixels * (u.InputChannels + (4 * u.LatentChannels));
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
                if (j == 0 && u.HasSwinAt(level)) cost.Swin(u, level, channels, pixels);
                Push();
            }

            if (level == u.Levels - 1) continue;
            pixels /= 4;
            cost.Arithmetic(pixels, channels, channels, 9);
            Push();
        }

        cost.Residual(channels, channels, pixels);
        cost.Swin(u, u.Levels - 1, channels, pixels);
        cost.Residual(channels, channels, pixels);
        for (var level = u.Levels - 1; level >= 0; level--)
        {
            for (var i = 0; i <= u.NumResBlocks[level]; i++)
            {
                var skip = skips.Pop();
                cost.Live(2 * pixels * (channels + skip));
                cost._held -= pixels * skip;
                cost.Residual(channels + skip, u.ChannelsAt(level), pixels);
                channels = u.ChannelsAt(level);
                if (i == 0 && u.HasSwinAt(level)) cost.Swin(u, level, channels, pixels);
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
            cost._held += pixels * channels;
        }
    }

    private void Level(AutoencoderConfiguration a, int level, int blocks, ref int channels, double pixels)
    {
        for (var j = 0; j < blocks; j++)
        {
            Residual(channels, a.ChannelsAt(level), pixels);
            channels = a.ChannelsAt(level);
            if (a.HasAttentionAt(level)) Attention(channels, pixels);
        }
    }

    private void Middle(int channels, double pixels)
    {
        Residual(channels, channels, pixels);
        Attention(channels, pixels);
        Residual(channels, channels, pixels);
    }

    // Input, first norm and first convolution; or input, second norm, (shortcut,) second convolution.
    private void Residual(int inChannels, int outChannels, double pixels)
    {
        var shortcut = inChannels == outChannels ? 0 : outChannels;
        Live(pixels * Math.Max((2 * inChannels) + outChannels, inChannels + (2 * outChannels) + shortcut));
        Arithmetic(pixels, inChannels, outChannels, 9);
        Arithmetic(pixels, outChannels, outChannels, 9);
        if (shortcut > 0) Arithmetic(pixels, inChannels, outChannels, 1);
    }

    private void Attention(int channels, double pixels)
    {
        Live(pixels * channels * 5);
        Arithmetic(pixels, channels, 4 * channels, 1);
        Flops += 4 * pixels * pixels * channels;
    }

    private void Swin(UNetConfiguration u, int level, int channels, double pixels)
    {
        var e = u.SwinEmbedDim;
        var window = u.WindowAt(level);
        Live(pixels * (channels + Math.Max(6 * e, (3 * e) + u.MlpHidden)));
        Arithmetic(pixels, channels, 2 * e, 1);
        Arithmetic(pixels, e, u.SwinDepth * ((4 * e) + (2 * u.MlpHidden)), 1);
        Flops += u.SwinDepth * 4.0 * pixels * window * window * e;
    }

    private void Conv(double pixels, int inChannels, int outChannels, int taps)
    {
        Live(pixels * (inChannels + outChannels));
        Arithmetic(pixels, inChannels, outChannels, taps);
    }

    private void Arithmetic(double pixels, int inChannels, int outChannels, int taps)
    {
        Flops += 2 * pixels * inChannels * outChannels * taps;
        if (taps > 1) _convolutions.Add((pixels, inChannels, outChannels));
    }

    private void Live(double floats) => PeakBytes = Math.Max(PeakBytes, (long)((_held + floats) * sizeof(float)));
}
