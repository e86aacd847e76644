using System.Globalization;

namespace SRKernels.Models.Srvgg;

/// <summary>The activation behind each convolution.</summary>
internal enum SrvggActivation
{
    /// <summary>Slopes of its own for each channel, in the file.</summary>
    Prelu,

    /// <summary>Slope 0.1; the file does not tell it from <see cref="Relu"/>.</summary>
    LeakyRelu,

    /// <summary>Slope 0.</summary>
    Relu,
}

/// <summary>The hyper-parameters of a compact network.</summary>
internal sealed record SrvggNetworkConfiguration
{
    /// <summary>Channels of the pictures.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Channels between convolutions.</summary>
    public required int Features { get; init; }

    /// <summary>Convolutions between the first and the last.</summary>
    public required int Convolutions { get; init; }

    /// <summary>How much larger the result is.</summary>
    public required int Scale { get; init; }

    /// <summary>The activation.</summary>
    public SrvggActivation Activation { get; init; }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"compact network x{Scale}, {Convolutions + 2} convolutions of {Features} channels");
}
