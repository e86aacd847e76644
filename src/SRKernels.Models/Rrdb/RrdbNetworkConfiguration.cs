using System.Globalization;

namespace SRKernels.Models.Rrdb;

/// <summary>The hyper-parameters of a network of residual-in-residual dense blocks.</summary>
internal sealed record RrdbNetworkConfiguration
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
