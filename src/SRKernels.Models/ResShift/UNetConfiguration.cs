using SRKernels.Models.Configuration;
using SRKernels.Runtime;

namespace SRKernels.Models.ResShift;

/// <summary>The shape of a ResShift or SinSR denoiser: a U-Net with residual blocks and Swin layers.</summary>
/// <remarks>
/// Words as in the published configurations, with one repair: <see cref="LatentChannels"/> never includes the condition, though SinSR's
/// <c>in_channels</c> does. Levels count from 0, the highest resolution. Resolutions are nominal: they fix windows and which levels carry
/// Swin layers, whatever the size of the features that really come.
/// </remarks>
internal sealed record UNetConfiguration
{
    /// <summary>The nominal side of the latent at level 0.</summary>
    public int ImageSize { get; init; } = 64;

    /// <summary>Channels of the latent that is denoised, without the condition.</summary>
    public int LatentChannels { get; init; } = 3;

    /// <summary>Channels of the prediction.</summary>
    public int OutChannels { get; init; } = 3;

    /// <summary>Channels that <see cref="ChannelMult"/> multiplies; also the length of the sinusoidal timestep embedding.</summary>
    public int ModelChannels { get; init; } = 160;

    /// <summary>Width of each level as a multiple of <see cref="ModelChannels"/>.</summary>
    public IReadOnlyList<int> ChannelMult { get; init; } = [1, 2, 2, 4];

    /// <summary>Residual blocks of each level on the way down; the way up has one more.</summary>
    public IReadOnlyList<int> NumResBlocks { get; init; } = [2, 2, 2, 2];

    /// <summary>Nominal resolutions whose levels carry Swin layers. The middle block always has one.</summary>
    public IReadOnlyList<int> AttentionResolutions { get; init; } = [64, 32, 16, 8];

    /// <summary>Channels inside the Swin layers.</summary>
    public int SwinEmbedDim { get; init; } = 192;

    /// <summary>Channels of one attention head.</summary>
    public int NumHeadChannels { get; init; } = 32;

    /// <summary>Blocks in one Swin layer.</summary>
    public int SwinDepth { get; init; } = 2;

    /// <summary>Side of an attention window, where the level is larger than it.</summary>
    public int WindowSize { get; init; } = 8;

    /// <summary>Hidden channels of a Swin block's MLP as a multiple of <see cref="SwinEmbedDim"/>.</summary>
    public double MlpRatio { get; init; } = 4;

    /// <summary>Whether the Swin layers normalise after their embedding and unembedding convolutions.</summary>
    public bool PatchNorm { get; init; }

    /// <summary>Whether the low-quality picture is a condition.</summary>
    public bool CondLq { get; init; } = true;

    /// <summary>Whether a mask (inpainting) is a condition, behind the picture.</summary>
    public bool CondMask { get; init; }

    /// <summary>The nominal side of the low-quality picture, or null where the configuration has none (SinSR): then it equals <see cref="ImageSize"/>.</summary>
    public int? LqSize { get; init; }

    /// <summary>Groups of every GroupNorm.</summary>
    public int Groups { get; init; } = 32;

    /// <summary>Epsilon of every GroupNorm.</summary>
    public float NormEps { get; init; } = 1e-5f;

    /// <summary>How many levels there are.</summary>
    public int Levels => ChannelMult.Count;

    /// <summary>Attention heads of every Swin block.</summary>
    public int NumHeads => SwinEmbedDim / NumHeadChannels;

    /// <summary>Hidden channels of a Swin block's MLP.</summary>
    public int MlpHidden => (int)(SwinEmbedDim * MlpRatio);

    /// <summary>Length of the timestep embedding after its MLP.</summary>
    public int TimeEmbedDim => checked(4 * ModelChannels);

    /// <summary>Channels of the low-quality picture and the mask, before the feature extractor.</summary>
    public int RawConditionChannels => (CondLq ? 3 : 0) + (CondMask ? 1 : 0);

    /// <summary>How often the feature extractor halves the condition to bring it to the latent's size: log2(LqSize / ImageSize), 0 for none.</summary>
    public int FeatureExtractorStages => Math.Max(0, int.Log2(Math.Max(LqSize ?? ImageSize, 1)) - int.Log2(Math.Max(ImageSize, 1)));

    /// <summary>Channels of the condition as it is concatenated to the latent.</summary>
    public int ConditionChannels => FeatureExtractorStages == 0 ? RawConditionChannels : checked(16 << FeatureExtractorStages);

    /// <summary>Channels that the first convolution reads.</summary>
    public int InputChannels => checked(LatentChannels + ConditionChannels);

    /// <summary>The sides of a low-quality picture must be multiples of this; it is padded to that.</summary>
    public int PaddingMultiple => LqSize ?? 64;

    /// <summary>Width of a level.</summary>
    public int ChannelsAt(int level) => checked(ChannelMult[level] * ModelChannels);

    /// <summary>Nominal resolution of a level.</summary>
    public int ResolutionAt(int level) => ImageSize >> level;

    /// <summary>Whether the first residual block of a level, down and up, is followed by a Swin layer.</summary>
    public bool HasSwinAt(int level) => AttentionResolutions.Contains(ResolutionAt(level));

    /// <summary>Side of the windows at a level: the window size, or the whole nominal resolution where that is not larger.</summary>
    public int WindowAt(int level) => Math.Min(ResolutionAt(level), WindowSize);

    /// <summary>By how much a Swin block's windows are shifted: half a window in odd blocks of levels larger than a window, else 0.</summary>
    public int ShiftAt(int level, int block) => ResolutionAt(level) <= WindowSize || block % 2 == 0 ? 0 : WindowSize / 2;

    /// <summary>What the sides of the latent must be multiples of: whole windows at every level.</summary>
    public int WindowMultiple
    {
        get
        {
            var multiple = WindowAt(Levels - 1) << (Levels - 1);
            for (var level = 0; level < Levels; level++)
                if (HasSwinAt(level))
                    multiple = LeastCommonMultiple(multiple, WindowAt(level) << level);
            return multiple;
        }
    }

    /// <summary>Checks that the numbers are possible and belong together; untrusted files come through here.</summary>
    /// <param name="who">The file or object, for the error.</param>
    /// <exception cref="SrkException">A number is out of range, or two contradict each other.</exception>
    public void Validate(string who)
    {
        var check = new ConfigurationRange($"{who}: denoiser");
        check.Within("image_size", ImageSize, 1, 1 << 14);
        check.Within("in_channels", LatentChannels, 1, 1024);
        check.Within("out_channels", OutChannels, 1, 1024);
        check.Within("model_channels", ModelChannels, 1, 1 << 14);
        check.Within("length of channel_mult", Levels, 1, 12);
        foreach (var mult in ChannelMult) check.Within("channel_mult", mult, 1, 64);
        check.Equal("length of num_res_blocks", NumResBlocks.Count, Levels);
        foreach (var blocks in NumResBlocks) check.Within("num_res_blocks", blocks, 1, 64);
        check.Within("length of attention_resolutions", AttentionResolutions.Count, 0, 64);
        check.Within("swin_embed_dim", SwinEmbedDim, 1, 1 << 14);
        check.Within("num_head_channels", NumHeadChannels, 1, SwinEmbedDim);
        check.Equal("swin_embed_dim modulo num_head_channels", SwinEmbedDim % NumHeadChannels, 0);
        check.Within("swin_depth", SwinDepth, 1, 64);
        check.Within("window_size", WindowSize, 1, 64);
        check.Within("mlp_ratio", MlpRatio, 1.0 / SwinEmbedDim, 64);
        check.Within("groups", Groups, 1, 1 << 14);
        check.Within("norm_eps", NormEps, 1e-12, 1);
        check.Within("lq_size", PaddingMultiple, 1, 1 << 16);
        check.Within("stages of the feature extractor", FeatureExtractorStages, 0, 6);
        check.Within("image_size at the last level", ResolutionAt(Levels - 1), 1, 1 << 14);
        for (var level = 0; level < Levels; level++) check.Equal("channels modulo groups", ChannelsAt(level) % Groups, 0);
        check.Equal("swin_embed_dim modulo groups", SwinEmbedDim % Groups, 0);
    }

    private static int LeastCommonMultiple(int a, int b)
    {
        var (x, y) = (a, b);
        while (y != 0) (x, y) = (y, x % y);
        return checked(a / x * b);
    }
}
