using System.Numerics;
using SRKernels.Models.Configuration;
using SRKernels.Models.Families;
using SRKernels.Models.Planning;
using SRKernels.Models.Tiling;
using SRKernels.Models.Weights;
using SRKernels.Runtime;

namespace SRKernels.Models.Sr3;

/// <summary>The shape of an SR3 model: its U-Net and the schedule that it was trained with.</summary>
/// <remarks>
/// Words as in the published configurations. Levels count from 0, the picture's resolution. Resolutions are nominal: they fix which levels attend, whatever the
/// size of the picture that really comes.
/// </remarks>
internal sealed record Sr3Configuration : ModelConfiguration
{
    public override string Task { get; init; } = "sr3-16-128";

    public override int Scale { get; init; } = 8;

    /// <summary>Side of the pictures that it was trained on, and so of its tiles.</summary>
    public int ImageSize { get; init; } = 128;

    /// <summary>Channels of a picture.</summary>
    public int ImageChannels { get; init; } = 3;

    /// <summary>Channels that <see cref="ChannelMults"/> multiplies; also the length of the noise level's embedding.</summary>
    public int InnerChannels { get; init; } = 64;

    /// <summary>Width of each level as a multiple of <see cref="InnerChannels"/>.</summary>
    public IReadOnlyList<int> ChannelMults { get; init; } = [1, 2, 4, 8, 8];

    /// <summary>Nominal resolutions whose levels attend after each block. The middle always does.</summary>
    public IReadOnlyList<int> AttentionResolutions { get; init; } = [16];

    /// <summary>Blocks of each level on the way down; the way up has one more.</summary>
    public int ResBlocks { get; init; } = 2;

    /// <summary>Groups of every GroupNorm.</summary>
    public int Groups { get; init; } = 32;

    /// <summary>Epsilon of every GroupNorm.</summary>
    public float NormEps { get; init; } = 1e-5f;

    /// <summary>The noise of the steps.</summary>
    public NoiseSchedule Schedule { get; init; } = new();

    /// <summary>How many levels there are.</summary>
    public int Levels => ChannelMults.Count;

    /// <summary>Channels that the first convolution reads: the condition, then the noisy picture.</summary>
    public int InputChannels => 2 * ImageChannels;

    /// <summary>Sides of what the network sees are multiples of this.</summary>
    public int SizeMultiple => 1 << (Levels - 1);

    /// <summary>Side of the tile, in the picture's own pixels, that gives <see cref="ImageSize"/>.</summary>
    public int TileSide => ImageSize / Scale;

    public override ModelFamily Family => Sr3Family.Instance;

    public override int? Steps => Schedule.Steps;

    public override bool TakesEta => true;

    public override string Chain => $"{Schedule.Steps} steps, {Schedule.Name}, beta {Schedule.Start:g3} to {Schedule.End:g3}";

    // A tile has the size that the network was trained at: a smaller picture is padded to it. Upstream runs the whole picture, whatever its size.
    public override TileGeometry Geometry => new()
    {
        Scale = Scale,
        Multiple = TileSide,
        PaddingMultiple = Math.Max(1, SizeMultiple >> BitOperations.TrailingZeroCount(Scale)),
        NoiseChannels = ImageChannels,
        InputScale = Scale,
        DefaultTile = TileSide,
        IsFixed = true,
        UpstreamTile = TilePlan.LargestSide,
        UpstreamOverlap = 0,
    };

    /// <summary>Width of a level.</summary>
    public int ChannelsAt(int level) => checked(ChannelMults[level] * InnerChannels);

    /// <summary>Whether each block of a level, down and up, is followed by attention.</summary>
    public bool AttendsAt(int level) => AttentionResolutions.Contains(ImageSize >> level);

    public override TileCost CostOf(int height, int width) => Sr3Cost.Of(this, (double)height * width * Scale * Scale);

    public override IReadOnlyDictionary<string, string> Metadata() => Sr3ConfigurationText.Metadata(this);

    public override Sr3Model Build(WeightScope root) => new(this, root[Sr3Family.Denoiser]);

    /// <summary>Checks that the numbers are possible and belong together; untrusted files come through here.</summary>
    /// <param name="who">The file or object, for the error.</param>
    /// <exception cref="SrkException">A number is out of range, or two contradict each other.</exception>
    public void Validate(string who)
    {
        var check = new ConfigurationRange($"{who}: denoiser");
        check.Within("image_size", ImageSize, 1, 1 << 14);
        check.Within("scale", Scale, 1, 64);
        check.Equal("in_channel (twice three, the condition and the picture)", InputChannels, 6);
        check.Within("inner_channel", InnerChannels, 2, 1 << 14);
        check.Equal("inner_channel modulo 2", InnerChannels % 2, 0);
        check.Within("length of channel_multiplier", Levels, 1, 12);
        foreach (var mult in ChannelMults) check.Within("channel_multiplier", mult, 1, 64);
        check.Within("length of attn_res", AttentionResolutions.Count, 0, 64);
        check.Within("res_blocks", ResBlocks, 1, 64);
        check.Within("norm_groups", Groups, 1, 1 << 14);
        check.Within("norm_eps", NormEps, 1e-12, 1);
        check.Equal("image_size modulo scale", ImageSize % Scale, 0);
        check.Equal($"image_size modulo {SizeMultiple} (2 to the number of halvings)", ImageSize % SizeMultiple, 0);
        check.Equal("inner_channel modulo norm_groups", InnerChannels % Groups, 0);
        Schedule.Validate($"{who}: diffusion");
    }
}
