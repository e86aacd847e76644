using System.Text;
using System.Text.Json;
using SRKernels.Models.Weights;

namespace SRKernels.Tests.Models.Weights;

/// <summary>
/// Weights by formula instead of a file: the same numbers that the reference outputs were made with, for tests and benchmarks.
/// </summary>
/// <remarks>
/// Value i of the tensor `name`: the SplitMix64 finaliser of FNV-1a("{seed}/{name}") + (i + 1) golden ratios, as a uniform of unit variance,
/// scaled by kind and rounded to half precision. The goldens' README is the source; weights_resshift.json and weights_sr3.json hold sums to check against.
/// </remarks>
internal sealed class FormulaWeights : IWeightSource
{
    /// <summary>Part of the hashed name.</summary>
    public required int Seed { get; init; }

    /// <summary>Scale of matrices and convolutions.</summary>
    public required double Gain { get; init; }

    /// <summary>Starts of names whose matrices are multiplied by <see cref="OutGain"/>.</summary>
    public IReadOnlyList<string> OutKeys { get; init; } = [];

    public double OutGain { get; init; } = 1;

    /// <summary>Scale of the first <see cref="InputScaleChannels"/> input channels of `input_blocks.0.0.weight`; null for none.</summary>
    public double? InputScale { get; init; }

    public int InputScaleChannels { get; init; }

    /// <summary>Gains of single tensors in place of <see cref="Gain"/>.</summary>
    public IReadOnlyDictionary<string, double> Gains { get; init; } = new Dictionary<string, double>(StringComparer.Ordinal);

    /// <summary>Added to every value of single tensors.</summary>
    public IReadOnlyDictionary<string, double> Offsets { get; init; } = new Dictionary<string, double>(StringComparer.Ordinal);

    /// <summary>Put before the names that layers ask for (a weight set that holds more than the network under test).</summary>
    public string KeyPrefix { get; init; } = "";

    public string Description => $"formula {Seed}";

    public IEnumerable<string> Names => [];

    /// <summary>From an entry of `weight_sets` in cases.json.</summary>
    public static FormulaWeights FromWeightSet(JsonElement set, string keyPrefix = "") => new()
    {
        Seed = set.GetProperty("seed").GetInt32(),
        Gain = set.GetProperty("gain").GetDouble(),
        OutKeys = set.TryGetProperty("out_keys", out var keys) ? [.. keys.EnumerateArray().Select(k => k.GetString()!)] : [],
        OutGain = set.TryGetProperty("out_gain", out var outGain) ? outGain.GetDouble() : 1,
        InputScale = set.TryGetProperty("input_scale", out var scale) ? scale.GetDouble() : null,
        InputScaleChannels = set.TryGetProperty("input_scale_channels", out var channels) ? channels.GetInt32() : 0,
        Gains = Numbers(set, "gains"),
        Offsets = Numbers(set, "offsets"),
        KeyPrefix = keyPrefix,
    };

    /// <summary>The full-size denoiser's weights in benchmarks.</summary>
    public static FormulaWeights FullSizeDenoiser() => new() { Seed = 1, Gain = 0.6, OutKeys = ["out.2"], OutGain = 0.7 };

    /// <summary>The full-size autoencoder's weights in benchmarks.</summary>
    public static FormulaWeights FullSizeAutoencoder() => new() { Seed = 101, Gain = 1.2 };

    public bool TryGetShape(string name, out IReadOnlyList<long>? shape)
    {
        shape = null;
        return true;
    }

    public void Read(string name, ReadOnlySpan<int> shape, Span<float> destination)
    {
        name = KeyPrefix + name;
        var (offset, scale) = Kind(name, shape);
        var added = (float)Offsets.GetValueOrDefault(name, 0);
        var hash = Fnv1a($"{Seed}/{name}");
        for (var i = 0; i < destination.Length; i++)
        {
            var z = SplitMix64(hash + ((ulong)(i + 1) * 0x9E3779B97F4A7C15));
            var r = (((z >> 40) * (1.0 / (1 << 24)) * 2) - 1) * Math.Sqrt(3);
            destination[i] = (float)(offset + (scale * r));
        }

        if (InputScale is { } inputScale && name == "input_blocks.0.0.weight") ScaleInput(shape, destination, (float)inputScale);
        foreach (ref var value in destination) value = (float)(Half)(value + added);
    }

    private static Dictionary<string, double> Numbers(JsonElement set, string name) => set.TryGetProperty(name, out var numbers)
        ? numbers.EnumerateObject().ToDictionary(number => number.Name, number => number.Value.GetDouble(), StringComparer.Ordinal)
        : [];

    private (double Offset, double Scale) Kind(string name, ReadOnlySpan<int> shape)
    {
        if (name.EndsWith("relative_position_bias_table", StringComparison.Ordinal)) return (0, 0.5);
        if (name.EndsWith("quantize.embedding.weight", StringComparison.Ordinal)) return (0, 0.8);
        if (shape.Length == 1 && name.EndsWith(".weight", StringComparison.Ordinal)) return (1, 0.2);
        if (shape.Length == 1 && name.EndsWith(".bias", StringComparison.Ordinal)) return (0, 0.1);
        var fan = 1L;
        foreach (var extent in shape[1..]) fan *= extent;
        var gain = Gains.GetValueOrDefault(name, Gain);
        if (shape.Length != 1 && OutKeys.Any(key => name.StartsWith(key, StringComparison.Ordinal))) gain *= OutGain;
        return (0, gain / Math.Sqrt(fan));
    }

    private void ScaleInput(ReadOnlySpan<int> shape, Span<float> values, float scale)
    {
        var taps = shape[2] * shape[3];
        for (var o = 0; o < shape[0]; o++)
            foreach (ref var value in values.Slice(o * shape[1] * taps, InputScaleChannels * taps))
                value *= scale;
    }

    private static ulong Fnv1a(string text)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var b in Encoding.UTF8.GetBytes(text)) hash = (hash ^ b) * 0x100000001B3;
        return hash;
    }

    private static ulong SplitMix64(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
