using System.Globalization;
using System.Text.Json;
using SRKernels.Models.Configuration;
using SRKernels.Models.Families;
using SRKernels.Models.Planning;
using SRKernels.Models.Weights;

namespace SRKernels.Models.Rrdb;

/// <summary>The hyper-parameters of a network of residual-in-residual dense blocks.</summary>
internal sealed record RrdbNetworkConfiguration : IPictureNetworkConfiguration
{
    /// <summary>Channels of the picture that goes in.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>Channels of the picture that comes out.</summary>
    public int OutChannels { get; init; } = 3;

    /// <summary>Channels between blocks.</summary>
    public required int Features { get; init; }

    /// <summary>Channels that each convolution of a dense block adds.</summary>
    public required int Growth { get; init; }

    /// <summary>Residual-in-residual blocks.</summary>
    public required int Blocks { get; init; }

    /// <summary>Convolutions that enlarge.</summary>
    public required int UpConvolutions { get; init; }

    /// <summary>How much each of them enlarges: 2, or 3, which the shapes do not tell.</summary>
    public int UpFactor { get; init; } = 2;

    /// <summary>The side of the squares of pixels that become channels first: 1, 2 or 4.</summary>
    public int Unshuffle { get; init; } = 1;

    /// <summary>Whose names the file has.</summary>
    public required RrdbNaming Naming { get; init; }

    /// <summary>How much larger the result is.</summary>
    public int Scale => (int)Math.Pow(UpFactor, UpConvolutions) / Unshuffle;

    /// <summary>The names.</summary>
    public RrdbLayout Layout => new(Naming, Blocks, UpConvolutions);

    public int Multiple => Unshuffle;

    /// <summary>How many pixels to each side a pixel of the result sees, in pixels of the picture.</summary>
    public int Reach => Unshuffle * (2 + (3 * DenseBlock.Convolutions * Blocks) + 2);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="Runtime.SrkException">A number is missing or out of range.</exception>
    public static RrdbNetworkConfiguration Read(string who, ConfigurationFields fields)
    {
        var c = new RrdbNetworkConfiguration
        {
            InChannels = fields.Int(3, "in_channels"),
            OutChannels = fields.Int(3, "out_channels"),
            Features = fields.Int(0, "num_feat"),
            Growth = fields.Int(0, "num_grow_ch"),
            Blocks = fields.Int(0, "num_block"),
            UpConvolutions = fields.Int(0, "upconvs"),
            UpFactor = fields.Int(2, "upsample_factor"),
            Unshuffle = fields.Int(1, "pixel_unshuffle"),
            Naming = (RrdbNaming)fields.Int(0, "naming"),
        };
        fields.CheckNothingLeft();
        c.Validate(who);
        return c;
    }

    /// <summary>The numbers as fields of an object.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteNumber("in_channels", InChannels);
        writer.WriteNumber("out_channels", OutChannels);
        writer.WriteNumber("num_feat", Features);
        writer.WriteNumber("num_grow_ch", Growth);
        writer.WriteNumber("num_block", Blocks);
        writer.WriteNumber("upconvs", UpConvolutions);
        writer.WriteNumber("upsample_factor", UpFactor);
        writer.WriteNumber("pixel_unshuffle", Unshuffle);
        writer.WriteNumber("naming", (int)Naming);
    }

    /// <summary>Checks that the numbers are possible; untrusted files come through here.</summary>
    /// <exception cref="Runtime.SrkException">One is out of range.</exception>
    public void Validate(string who)
    {
        var check = new ConfigurationRange(who);
        check.Within("in_channels", InChannels, 3, 3);
        check.Within("out_channels", OutChannels, 3, 3);
        check.Within("num_feat", Features, 1, 1024);
        check.Within("num_grow_ch", Growth, 1, 1024);
        check.Within("num_block", Blocks, 1, 256);
        check.Within("upconvs", UpConvolutions, 0, 4);
        check.Within("upsample_factor", UpFactor, 2, 3);
        check.Within("pixel_unshuffle", Unshuffle, 1, 4);
        check.Within("naming", (int)Naming, 0, (int)RrdbNaming.Kair);
        check.Within("scale", Scale, 1, 16);
        check.Equal("enlargement (scale times the squares that become channels)", (int)Math.Pow(UpFactor, UpConvolutions), Scale * Unshuffle);
    }

    /// <summary>What a run takes, line by line as <see cref="RrdbNetwork.Forward"/>.</summary>
    /// <param name="picture">Pixels of the picture.</param>
    public NetworkCost CostOf(double picture)
    {
        var cost = new NetworkCost();
        var pixels = picture / (Unshuffle * Unshuffle);
        cost.Hold(2 * picture * InChannels);
        var maps = 4 * pixels * DenseBlock.MapChannels(this, DenseBlock.Convolutions - 1);
        cost.Live(maps + (picture * InChannels));
        cost.Arithmetic(pixels, InChannels * Unshuffle * Unshuffle, Features, 9);
        for (var i = 0; i < 3 * Blocks * DenseBlock.Convolutions; i++)
        {
            var place = i % DenseBlock.Convolutions;
            cost.Arithmetic(pixels, DenseBlock.MapChannels(this, place), place == DenseBlock.Convolutions - 1 ? Features : Growth, 9);
        }

        cost.Live(maps + (pixels * Features));
        cost.Arithmetic(pixels, Features, Features, 9);
        for (var i = 0; i < UpConvolutions; i++)
        {
            var enlarged = pixels * UpFactor * UpFactor;
            cost.Live((UpFactor == 2 ? pixels + enlarged : 2 * enlarged) * Features);
            cost.Arithmetic(enlarged, Features, Features, 9);
            pixels = enlarged;
        }

        cost.Conv(pixels, Features, Features, 9);
        cost.Conv(pixels, Features, OutChannels, 9);
        cost.Live(2 * pixels * OutChannels);
        return cost;
    }

    public IPictureNetwork Build(WeightScope weights) => new RrdbNetwork(weights, this);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"RRDB x{Scale}, {Blocks} blocks, {Features} channels growing by {Growth}{(Unshuffle > 1 ? $", from squares of {Unshuffle}x{Unshuffle} pixels" : "")}, {Names}");

    private string Names => Naming switch
    {
        RrdbNaming.Body => "named as by BasicSR",
        RrdbNaming.Trunk => "named as by ESRGAN",
        RrdbNaming.Sequence => "named as by ESRGAN of 2018",
        _ => "named as by KAIR",
    };
}
