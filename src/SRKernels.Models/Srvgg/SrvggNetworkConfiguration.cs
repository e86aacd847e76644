using System.Globalization;
using System.Text.Json;
using SRKernels.Models.Configuration;
using SRKernels.Models.Families;
using SRKernels.Models.Planning;
using SRKernels.Models.Weights;

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
internal sealed record SrvggNetworkConfiguration : IPictureNetworkConfiguration
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

    public int Multiple => 1;

    /// <summary>How many pixels to each side a pixel of the result sees, in pixels of the picture.</summary>
    public int Reach => Convolutions + 2;

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="Runtime.SrkException">A number is missing or out of range.</exception>
    public static SrvggNetworkConfiguration Read(string who, ConfigurationFields fields)
    {
        var c = new SrvggNetworkConfiguration
        {
            Channels = fields.Int(3, "in_channels"), Features = fields.Int(0, "num_feat"), Convolutions = fields.Int(0, "num_conv"), Scale = fields.Int(0, "upscale"),
        };
        fields.Require("act_type", "prelu");
        fields.CheckNothingLeft();
        c.Validate(who);
        return c;
    }

    /// <summary>The numbers as fields of an object.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteNumber("in_channels", Channels);
        writer.WriteNumber("num_feat", Features);
        writer.WriteNumber("num_conv", Convolutions);
        writer.WriteNumber("upscale", Scale);
        writer.WriteString("act_type", "prelu");
    }

    /// <summary>Checks that the numbers are possible; untrusted files come through here.</summary>
    /// <exception cref="Runtime.SrkException">One is out of range.</exception>
    public void Validate(string who)
    {
        var check = new ConfigurationRange(who);
        check.Within("in_channels", Channels, 3, 3);
        check.Within("num_feat", Features, 1, 1024);
        check.Within("num_conv", Convolutions, 0, 1024);
        check.Within("upscale", Scale, 1, 16);
    }

    /// <summary>What a run takes, line by line as <see cref="SrvggNetwork.Forward"/>.</summary>
    /// <param name="pixels">Pixels of the picture.</param>
    public NetworkCost CostOf(double pixels)
    {
        var cost = new NetworkCost();
        cost.Hold(2 * pixels * Channels);
        cost.Conv(pixels, Channels, Features, 9);
        for (var i = 0; i < Convolutions; i++) cost.Conv(pixels, Features, Features, 9);
        var squares = Channels * Scale * Scale;
        cost.Conv(pixels, Features, squares, 9);
        cost.Live(2 * pixels * squares);
        return cost;
    }

    public IPictureNetwork Build(WeightScope weights) => new SrvggNetwork(weights, this);

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"compact network x{Scale}, {Convolutions + 2} convolutions of {Features} channels");
}
