using SRKernels.Models.Configuration;
using SRKernels.Runtime;

namespace SRKernels.Models.Vq;

/// <summary>The shape of a vector-quantised autoencoder, which turns pictures into latents and back.</summary>
/// <remarks>Words as in the published configurations. Levels count from 0, the picture's resolution.</remarks>
internal sealed record AutoencoderConfiguration
{
    /// <summary>Channels of the picture.</summary>
    public int ImageChannels { get; init; } = 3;

    /// <summary>Channels that <see cref="ChannelMult"/> multiplies.</summary>
    public int Channels { get; init; } = 128;

    /// <summary>Width of each level as a multiple of <see cref="Channels"/>.</summary>
    public IReadOnlyList<int> ChannelMult { get; init; } = [1, 2, 4];

    /// <summary>Residual blocks of each level of the encoder; the decoder has one more.</summary>
    public IReadOnlyList<int> NumResBlocks { get; init; } = [2, 2, 2];

    /// <summary>Levels whose residual blocks are each followed by attention. The middle always has one.</summary>
    public IReadOnlyList<int> AttentionLevels { get; init; } = [];

    /// <summary>Channels between the networks and the 1x1 convolutions around the code book.</summary>
    public int ZChannels { get; init; } = 3;

    /// <summary>Channels of the latent: the length of a code.</summary>
    public int EmbedDim { get; init; } = 3;

    /// <summary>How many codes the book holds.</summary>
    public int CodeCount { get; init; } = 8192;

    /// <summary>Groups of every GroupNorm.</summary>
    public int Groups { get; init; } = 32;

    /// <summary>Epsilon of every GroupNorm.</summary>
    public float NormEps { get; init; } = 1e-6f;

    /// <summary>How many levels there are.</summary>
    public int Levels => ChannelMult.Count;

    /// <summary>How many pixels of the picture one latent pixel stands for, along each side.</summary>
    public int Downscale => 1 << (Levels - 1);

    /// <summary>Width of a level.</summary>
    public int ChannelsAt(int level) => checked(ChannelMult[level] * Channels);

    /// <summary>Whether each residual block of a level is followed by attention.</summary>
    public bool HasAttentionAt(int level) => AttentionLevels.Contains(level);

    /// <summary>In one line, for people.</summary>
    public string ToText() =>
        $"vector-quantised, 1/{Downscale}, {Channels} channels x ({string.Join(", ", ChannelMult)}), blocks ({string.Join(", ", NumResBlocks)}), "
        + $"{CodeCount} codes of {EmbedDim}, groups {Groups}";

    /// <summary>Checks that the numbers are possible and belong together; untrusted files come through here.</summary>
    /// <param name="who">The file or object, for the error.</param>
    /// <exception cref="SrkException">A number is out of range, or two contradict each other.</exception>
    public void Validate(string who)
    {
        var check = new ConfigurationRange($"{who}: autoencoder");
        check.Equal("in_channels", ImageChannels, 3);
        check.Within("ch", Channels, 1, 1 << 14);
        check.Within("length of ch_mult", Levels, 1, 8);
        foreach (var mult in ChannelMult) check.Within("ch_mult", mult, 1, 64);
        check.Equal("length of num_res_blocks", NumResBlocks.Count, Levels);
        foreach (var blocks in NumResBlocks) check.Within("num_res_blocks", blocks, 1, 64);
        check.Within("z_channels", ZChannels, 1, 1024);
        check.Within("embed_dim", EmbedDim, 1, 1024);
        check.Within("n_embed", CodeCount, 1, 1 << 22);
        check.Within("groups", Groups, 1, 1 << 14);
        check.Within("norm_eps", NormEps, 1e-12, 1);
        for (var level = 0; level < Levels; level++) check.Equal("channels modulo groups", ChannelsAt(level) % Groups, 0);
    }
}
