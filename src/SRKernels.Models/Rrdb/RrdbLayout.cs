using SRKernels.Models.Weights;

namespace SRKernels.Models.Rrdb;

/// <summary>The four ways in which published files name the layers of the one network; the order of the layers is the same in all.</summary>
internal enum RrdbNaming
{
    /// <summary>BasicSR, Real-ESRGAN: <c>body.0.rdb1.conv1</c>.</summary>
    Body,

    /// <summary>ESRGAN of 2019, BSRGAN, RealSR: <c>RRDB_trunk.0.RDB1.conv1</c>.</summary>
    Trunk,

    /// <summary>ESRGAN of 2018, numbers of sequences: <c>model.1.sub.0.RDB1.conv1.0</c>.</summary>
    Sequence,

    /// <summary>KAIR: as <see cref="Sequence"/>, but a dense block's last convolution stands without a number.</summary>
    Kair,
}

/// <summary>Where each layer stands in a file; names are those of the scope that they are asked of.</summary>
/// <param name="Naming">Whose names.</param>
/// <param name="Blocks">How many residual-in-residual blocks there are: in a sequence the trunk's convolution is the next number.</param>
/// <param name="UpConvolutions">How many convolutions enlarge: in a sequence the layers after them count on.</param>
internal readonly record struct RrdbLayout(RrdbNaming Naming, int Blocks, int UpConvolutions)
{
    /// <summary>The first convolution.</summary>
    public string First => IsSequence ? "model.0" : "conv_first";

    /// <summary>The convolution behind all blocks.</summary>
    public string Trunk => Naming switch { RrdbNaming.Body => "conv_body", RrdbNaming.Trunk => "trunk_conv", _ => $"model.1.sub.{Blocks}" };

    /// <summary>What has the sum of that and the first convolution, in files that name it; null in others.</summary>
    public string? Sum => IsSequence ? "model.1" : null;

    /// <summary>The convolution at the result's size.</summary>
    public string HighResolution => Naming switch { RrdbNaming.Body => "conv_hr", RrdbNaming.Trunk => "HRconv", _ => $"model.{2 + (3 * UpConvolutions)}" };

    /// <summary>The last convolution.</summary>
    public string Last => IsSequence ? $"model.{4 + (3 * UpConvolutions)}" : "conv_last";

    private bool IsSequence => Naming is RrdbNaming.Sequence or RrdbNaming.Kair;

    /// <summary>One residual-in-residual block.</summary>
    public string Block(int block) => Naming switch { RrdbNaming.Body => $"body.{block}", RrdbNaming.Trunk => $"RRDB_trunk.{block}", _ => $"model.1.sub.{block}" };

    /// <summary>One of its three dense blocks, from 1.</summary>
    public string Dense(int dense) => Naming == RrdbNaming.Body ? $"rdb{dense}" : $"RDB{dense}";

    /// <summary>One of that block's five convolutions, from 1.</summary>
    public string Convolution(int convolution) =>
        Naming == RrdbNaming.Sequence || (Naming == RrdbNaming.Kair && convolution < DenseBlock.Convolutions) ? $"conv{convolution}.0" : $"conv{convolution}";

    /// <summary>One of the convolutions that enlarge, from 1.</summary>
    public string Up(int up) => Naming switch { RrdbNaming.Body => $"conv_up{up}", RrdbNaming.Trunk => $"upconv{up}", _ => $"model.{3 * up}" };
}
