using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Embedding;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Layers;
using SRKernels.Models.UNet;
using SRKernels.Models.Weights;

namespace SRKernels.Models.ResShift;

/// <summary>
/// The denoiser: a U-Net of residual blocks and Swin layers that reads the noisy latent, the condition and the time.
/// </summary>
// Yue, Wang, Loy. ResShift. 2023. Section 3.3; models/unet.py: UNetModelSwin @3ce1d81.
internal sealed class SwinUNet : IDisposable
{
    private readonly UNetConfiguration _u;
    private readonly LinearLayer _timeEmbed0;
    private readonly LinearLayer _timeEmbed2;
    private readonly FeatureExtractor _featureExtractor;
    private readonly TimedSequence[] _inputBlocks;
    private readonly TimedSequence _middleBlock;
    private readonly TimedSequence[] _outputBlocks;
    private readonly GroupNormLayer _outNorm;
    private readonly ConvLayer _outConv;

    public SwinUNet(WeightScope w, UNetConfiguration u)
    {
        _u = u;
        _timeEmbed0 = new LinearLayer(w["time_embed.0"], u.ModelChannels, u.TimeEmbedDim);
        _timeEmbed2 = new LinearLayer(w["time_embed.2"], u.TimeEmbedDim, u.TimeEmbedDim);
        _featureExtractor = new FeatureExtractor(w["feature_extractor"], u);
        var skips = new Stack<int>();
        _inputBlocks = [.. BuildInput(w["input_blocks"], u, skips)];
        _middleBlock = BuildMiddle(w["middle_block"], u);
        _outputBlocks = [.. BuildOutput(w["output_blocks"], u, skips)];
        _outNorm = new GroupNormLayer(w["out.0"], u.ChannelsAt(0), u.Groups, u.NormEps);
        _outConv = new ConvLayer(w["out.2"], u.ChannelsAt(0), u.OutChannels, 3);
    }

    /// <summary>What every step is conditioned on: the picture (and mask), brought to the latent's size. The caller's own tensor where nothing is to do.</summary>
    /// <param name="cx">Where it runs.</param>
    /// <param name="condition">[n, h, w, 3 or 4]: the padded low-quality picture in -1..1, then the mask.</param>
    public Tensor Condition(KernelContext cx, Tensor condition) => _featureExtractor.Forward(cx, condition);

    /// <summary>The prediction for a noisy latent.</summary>
    /// <param name="cx">Where it runs.</param>
    /// <param name="x">[n, h, w, latent]: the latent, divided as the sampler says.</param>
    /// <param name="timesteps">One time an image.</param>
    /// <param name="features">[n, h, w, condition] from <see cref="Condition"/>.</param>
    public Tensor Forward(KernelContext cx, Tensor x, ReadOnlySpan<float> timesteps, Tensor features)
    {
        using var time = new SingleTime(EmbedTime(cx, timesteps));    // [n, 1, 1, 4 mc]
        return Forward(cx, x, time, features);
    }

    /// <summary>The times of a chain, for a device; one run each by <see cref="ChainTime.At"/>.</summary>
    /// <param name="cx">Where it runs.</param>
    /// <param name="timesteps">One time a step.</param>
    /// <param name="images">Images of a step's latent.</param>
    public ChainTime TimesOf(KernelContext cx, IReadOnlyList<int> timesteps, int images)
    {
        var times = new float[timesteps.Count * images];
        for (var i = 0; i < times.Length; i++) times[i] = timesteps[i / images];
        return new ChainTime(EmbedTime(cx, times), images);
    }

    /// <summary>The prediction for a noisy latent at a time that is embedded already.</summary>
    public Tensor Forward(KernelContext cx, Tensor x, StepTime time, Tensor features)
    {
        var h = Concat.Apply(cx, x, features);                        // [n, h, w, latent + condition]
        var skips = new Stack<Tensor>();
        foreach (var block in _inputBlocks)
        {
            var next = block.Forward(cx, h, time);
            if (skips.Count == 0) h.Dispose();
            skips.Push(h = next);
        }

        h = _middleBlock.Forward(cx, h, time);
        foreach (var block in _outputBlocks)
        {
            var skip = skips.Pop();
            var joined = Concat.Apply(cx, h, skip);                   // current features first
            h.Dispose();
            skip.Dispose();
            h = block.Forward(cx, joined, time);
            joined.Dispose();
        }

        return _outNorm.Into(_outConv, cx, h, Activation.Silu, consumes: true).Traced(cx, "out_final");    // [n, h, w, out]
    }

    public void Dispose()
    {
        _timeEmbed0.Dispose();
        _timeEmbed2.Dispose();
        _featureExtractor.Dispose();
        foreach (var block in _inputBlocks) block.Dispose();
        _middleBlock.Dispose();
        foreach (var block in _outputBlocks) block.Dispose();
        _outConv.Dispose();
    }

    // Every residual block starts with SiLU of the embedding: done once, here.
    private Tensor EmbedTime(KernelContext cx, ReadOnlySpan<float> timesteps)
    {
        var e = TimestepEmbedding.Apply(cx, timesteps, _u.ModelChannels).Traced(cx, "timestep_embedding");
        e = _timeEmbed0.Consume(cx, e, Activation.Silu);
        if (cx.Trace is { } trace && trace.Wants("time_embed"))
        {
            using var plain = _timeEmbed2.Forward(cx, e);
            cx.Show("time_embed", plain);
        }

        return _timeEmbed2.Consume(cx, e, Activation.Silu);
    }

    private static IEnumerable<TimedSequence> BuildInput(WeightScope w, UNetConfiguration u, Stack<int> skips)
    {
        var n = 0;
        var channels = u.ChannelsAt(0);
        yield return new TimedSequence(w["0"].Path, new TimelessConv(new ConvLayer(w["0.0"], u.InputChannels, channels, 3)));
        skips.Push(channels);
        for (var level = 0; level < u.Levels; level++)
        {
            for (var j = 0; j < u.NumResBlocks[level]; j++)
            {
                var block = w[$"{++n}"];
                List<ITimedLayer> layers = [Block(block["0"], u, channels, u.ChannelsAt(level))];
                channels = u.ChannelsAt(level);
                if (j == 0 && u.HasSwinAt(level)) layers.Add(new SwinLayer(block["1"], u, level, channels));
                yield return new TimedSequence(block.Path, [.. layers]);
                skips.Push(channels);
            }

            if (level == u.Levels - 1) continue;
            var down = w[$"{++n}"];
            yield return new TimedSequence(down.Path, new TimelessConv(new ConvLayer(down["0.op"], channels, channels, 3, stride: 2)));
            skips.Push(channels);
        }
    }

    private static TimedSequence BuildMiddle(WeightScope w, UNetConfiguration u)
    {
        var last = u.Levels - 1;
        var channels = u.ChannelsAt(last);
        return new TimedSequence(
            w.Path,
            Block(w["0"], u, channels, channels),
            new SwinLayer(w["1"], u, last, channels),
            Block(w["2"], u, channels, channels));
    }

    private static IEnumerable<TimedSequence> BuildOutput(WeightScope w, UNetConfiguration u, Stack<int> skips)
    {
        var m = 0;
        var channels = u.ChannelsAt(u.Levels - 1);
        for (var level = u.Levels - 1; level >= 0; level--)
            for (var i = 0; i <= u.NumResBlocks[level]; i++)
            {
                var block = w[$"{m++}"];
                List<ITimedLayer> layers = [Block(block["0"], u, channels + skips.Pop(), u.ChannelsAt(level))];
                channels = u.ChannelsAt(level);
                if (i == 0 && u.HasSwinAt(level)) layers.Add(new SwinLayer(block["1"], u, level, channels));
                if (level > 0 && i == u.NumResBlocks[level])
                    layers.Add(new TimelessConv(new ConvLayer(block[$"{layers.Count}.conv"], channels, channels, 3, upsampleInput: true)));
                yield return new TimedSequence(block.Path, [.. layers]);
            }
    }

    private static ResBlock Block(WeightScope w, UNetConfiguration u, int inChannels, int outChannels) =>
        new(w, inChannels, outChannels, u.TimeEmbedDim, u.Groups, u.NormEps);
}
