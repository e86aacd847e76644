using SRKernels.Kernels;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Vq;

/// <summary>Layers of the autoencoder one after the other, each map given back as soon as the next one stands.</summary>
internal sealed class VqSequence(IReadOnlyList<IVqLayer> layers) : IDisposable
{
    /// <summary>The middle of encoder and decoder: block, attention, block.</summary>
    public static IEnumerable<IVqLayer> Middle(WeightScope w, AutoencoderConfiguration a, int channels)
    {
        yield return new ResnetBlock(w["block_1"], a, channels, channels);
        yield return new AttentionBlock(w["attn_1"], a, channels);
        yield return new ResnetBlock(w["block_2"], a, channels, channels);
    }

    /// <summary>The blocks of one level, each followed by attention where the level has it.</summary>
    public static IEnumerable<IVqLayer> Level(
        WeightScope w, AutoencoderConfiguration a, int level, int blocks, int inChannels)
    {
        var channels = inChannels;
        for (var j = 0; j < blocks; j++)
        {
            yield return new ResnetBlock(w[$"block.{j}"], a, channels, a.ChannelsAt(level));
            channels = a.ChannelsAt(level);
            if (a.HasAttentionAt(level)) yield return new AttentionBlock(w[$"attn.{j}"], a, channels);
        }
    }

    /// <summary>Runs all layers and gives the input back too.</summary>
    public Tensor Consume(KernelContext cx, Tensor x)
    {
        foreach (var layer in layers)
        {
            var next = layer.Forward(cx, x);
            x.Dispose();
            x = next;
        }

        return x;
    }

    public void Dispose()
    {
        foreach (var layer in layers) layer.Dispose();
    }
}
