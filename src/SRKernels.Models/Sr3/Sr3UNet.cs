using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Embedding;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Layers;
using SRKernels.Models.UNet;
using SRKernels.Models.Vq;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Sr3;

/// <summary>
/// SR3's denoiser: a U-Net at the result's resolution that reads the enlarged picture, the noisy one and how noisy that is, and tells the noise in it.
/// </summary>
// Saharia et al. Image super-resolution via iterative refinement. 2021. Figure A.1; Janspiry's sr3_modules/unet.py: UNet @01d27a7.
internal sealed class Sr3UNet : IDisposable
{
    private readonly Sr3Configuration _c;
    private readonly LinearLayer _noiseLevelMlp1;
    private readonly LinearLayer _noiseLevelMlp3;
    private readonly ITimedLayer[] _downs;
    private readonly ITimedLayer[] _mid;
    private readonly (ITimedLayer Layer, bool TakesSkip)[] _ups;
    private readonly GroupNormLayer _finalNorm;
    private readonly ConvLayer _finalConv;

    public Sr3UNet(WeightScope w, Sr3Configuration c)
    {
        _c = c;
        _noiseLevelMlp1 = new LinearLayer(w["noise_level_mlp.1"], c.InnerChannels, 4 * c.InnerChannels);
        _noiseLevelMlp3 = new LinearLayer(w["noise_level_mlp.3"], 4 * c.InnerChannels, c.InnerChannels);
        var skips = new Stack<int>();
        _downs = [.. BuildDowns(w["downs"], c, skips)];
        var last = c.ChannelsAt(c.Levels - 1);
        _mid = [Block(w["mid.0"], c, last, last, attends: true), Block(w["mid.1"], c, last, last, attends: false)];
        _ups = [.. BuildUps(w["ups"], c, skips)];
        _finalNorm = new GroupNormLayer(w["final_conv.block.0"], c.ChannelsAt(0), c.Groups, c.NormEps);
        _finalConv = new ConvLayer(w["final_conv.block.3"], c.ChannelsAt(0), c.ImageChannels, 3);
    }

    /// <summary>What the layers are told of a noise level.</summary>
    /// <param name="cx">Where it runs.</param>
    /// <param name="noiseLevels">One an image: the root of how much of the picture's power is left.</param>
    public StepTime TimeOf(KernelContext cx, ReadOnlySpan<float> noiseLevels) => new SingleTime(Embed(cx, noiseLevels));

    /// <summary>The noise levels of a chain, for a device; one run each by <see cref="ChainTime.At"/>.</summary>
    /// <param name="cx">Where it runs.</param>
    /// <param name="noiseLevels">One a step.</param>
    /// <param name="images">Images that are denoised side by side.</param>
    public ChainTime TimesOf(KernelContext cx, ReadOnlySpan<float> noiseLevels, int images)
    {
        var levels = new float[noiseLevels.Length * images];
        for (var i = 0; i < levels.Length; i++) levels[i] = noiseLevels[i / images];
        return new ChainTime(Embed(cx, levels), images);
    }

    /// <summary>The noise in a picture.</summary>
    /// <param name="cx">Where it runs.</param>
    /// <param name="condition">[n, h, w, 3]: the enlarged picture.</param>
    /// <param name="x">[n, h, w, 3]: the noisy one.</param>
    /// <param name="time">How noisy it is.</param>
    public Tensor Forward(KernelContext cx, Tensor condition, Tensor x, StepTime time)
    {
        var h = Concat.Apply(cx, condition, x);                       // [n, h, w, 6], the condition first
        var skips = new Stack<Tensor>();
        foreach (var down in _downs)
        {
            var next = down.Forward(cx, h, time);
            if (skips.Count == 0) h.Dispose();
            skips.Push(h = next);
        }

        foreach (var block in _mid)
        {
            var next = block.Forward(cx, h, time);
            if (h != skips.Peek()) h.Dispose();
            h = next;
        }

        foreach (var (layer, takesSkip) in _ups)
        {
            var from = takesSkip ? Join(cx, h, skips.Pop()) : h;
            h = layer.Forward(cx, from, time);
            from.Dispose();
        }

        return _finalNorm.Into(_finalConv, cx, h, Activation.Silu, consumes: true).Traced(cx, "out");    // [n, h, w, 3]
    }

    public void Dispose()
    {
        _noiseLevelMlp1.Dispose();
        _noiseLevelMlp3.Dispose();
        foreach (var layer in _downs) layer.Dispose();
        foreach (var layer in _mid) layer.Dispose();
        foreach (var (layer, _) in _ups) layer.Dispose();
        _finalConv.Dispose();
    }

    private Tensor Embed(KernelContext cx, ReadOnlySpan<float> noiseLevels)
    {
        var e = TimestepEmbedding.Apply(cx, noiseLevels, _c.InnerChannels, sinesFirst: true).Traced(cx, "noise_level_mlp.0");
        e = _noiseLevelMlp1.Consume(cx, e, Activation.Silu);
        return _noiseLevelMlp3.Consume(cx, e).Traced(cx, "noise_level_mlp");    // [n, 1, 1, c]
    }

    // Current features first. Both are given back.
    private static Tensor Join(KernelContext cx, Tensor h, Tensor skip)
    {
        var joined = Concat.Apply(cx, h, skip);
        h.Dispose();
        skip.Dispose();
        return joined;
    }

    private static IEnumerable<ITimedLayer> BuildDowns(WeightScope w, Sr3Configuration c, Stack<int> skips)
    {
        var n = 0;
        var channels = c.InnerChannels;
        yield return new TimelessConv(new ConvLayer(w[n++], c.InputChannels, channels, 3));
        skips.Push(channels);
        for (var level = 0; level < c.Levels; level++)
        {
            for (var j = 0; j < c.ResBlocks; j++)
            {
                yield return Block(w[n++], c, channels, c.ChannelsAt(level), c.AttendsAt(level));
                skips.Push(channels = c.ChannelsAt(level));
            }

            if (level == c.Levels - 1) continue;
            var down = w[n++];
            yield return new TimedSequence(down.Path, new TimelessConv(new ConvLayer(down["conv"], channels, channels, 3, stride: 2)));
            skips.Push(channels);
        }
    }

    private static IEnumerable<(ITimedLayer Layer, bool TakesSkip)> BuildUps(WeightScope w, Sr3Configuration c, Stack<int> skips)
    {
        var n = 0;
        var channels = c.ChannelsAt(c.Levels - 1);
        for (var level = c.Levels - 1; level >= 0; level--)
        {
            for (var j = 0; j <= c.ResBlocks; j++)
            {
                yield return (Block(w[n++], c, channels + skips.Pop(), c.ChannelsAt(level), c.AttendsAt(level)), true);
                channels = c.ChannelsAt(level);
            }

            if (level == 0) continue;
            var up = w[n++];
            yield return (new TimedSequence(up.Path, new TimelessConv(new ConvLayer(up["conv"], channels, channels, 3, upsampleInput: true))), false);
        }
    }

    private static TimedSequence Block(WeightScope w, Sr3Configuration c, int inChannels, int outChannels, bool attends)
    {
        var block = new NoiseLevelBlock(w["res_block"], c, inChannels, outChannels);
        return attends
            ? new TimedSequence(w.Path, block, new TimelessAttention(AttentionBlock.OfJoinedWeights(w["attn"], outChannels, c.Groups, c.NormEps)))
            : new TimedSequence(w.Path, block);
    }
}
