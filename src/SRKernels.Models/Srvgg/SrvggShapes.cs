using SRKernels.Models.Recognition;
using SRKernels.Models.Weights;
using SRKernels.Runtime;

namespace SRKernels.Models.Srvgg;

/// <summary>The compact network that a file's tensors are of, from their names and shapes.</summary>
internal static class SrvggShapes
{
    private const int MostConvolutions = 1024, LongestExtent = 1 << 16;

    /// <summary>Whether a source's tensors are those of such a network: a convolution, then slopes of its channels.</summary>
    public static bool AreIn(IWeightSource tensors) =>
        tensors.TryGetShape("body.0.weight", out var first) && first?.Count == 4 && tensors.TryGetShape("body.1.weight", out var second) && second?.Count == 1;

    /// <summary>The network.</summary>
    /// <exception cref="SrkException">Its shapes do not fit each other.</exception>
    public static SrvggNetworkConfiguration Read(IWeightSource tensors)
    {
        var shapes = new NetworkShapes(tensors, "compact network");
        var all = shapes.Count(MostConvolutions, i => $"body.{2 * i}.weight");
        if (all < 2) throw new SrkException(tensors.Description, "a compact network of at least two convolutions", $"{all}", "the file is damaged: get it again");
        var first = shapes.Extents("body.0.weight", 4, LongestExtent);
        var lastName = $"body.{2 * (all - 1)}.weight";
        var last = shapes.Extents(lastName, 4, LongestExtent);
        var (features, channels) = (first[0], first[1]);
        var scale = (int)Math.Round(Math.Sqrt((double)last[0] / channels));
        if (scale < 1 || last[0] != channels * scale * scale) throw new SrkException(
            $"{tensors.Description}: '{lastName}'", $"a square number of times the picture's {channels} channels", $"{last[0]}", "the file is damaged or of another architecture");
        return new SrvggNetworkConfiguration { Channels = channels, Features = features, Convolutions = all - 2, Scale = scale };
    }
}
