using SRKernels.Models.Recognition;
using SRKernels.Models.Weights;
using SRKernels.Runtime;

namespace SRKernels.Models.Rrdb;

/// <summary>
/// The network that a file's tensors are of, from their names and shapes. An enlargement by 3 in one convolution cannot be told from one by 2: the latter is
/// taken, for no published file has the former.
/// </summary>
internal static class RrdbShapes
{
    private const string Kind = "ESRGAN network";
    private const int MostBlocks = 256, MostUpConvolutions = 4, LongestExtent = 1 << 16;

    /// <summary>Whose names a source's tensors have; null where they are of no such network.</summary>
    public static RrdbNaming? NamingOf(IWeightSource tensors)
    {
        var shapes = new NetworkShapes(tensors, Kind);
        if (shapes.Has("conv_first.weight") && shapes.Has("body.0.rdb1.conv1.weight")) return RrdbNaming.Body;
        if (shapes.Has("RRDB_trunk.0.RDB1.conv1.weight")) return RrdbNaming.Trunk;
        if (!shapes.Has("model.1.sub.0.RDB1.conv1.0.weight")) return null;
        return shapes.Has("model.1.sub.0.RDB1.conv5.weight") ? RrdbNaming.Kair : RrdbNaming.Sequence;
    }

    /// <summary>The network.</summary>
    /// <exception cref="SrkException">It is a variant that is not run, or its shapes do not fit each other.</exception>
    public static RrdbNetworkConfiguration Read(IWeightSource tensors)
    {
        var naming = NamingOf(tensors) ?? throw new SrkException(tensors.Description, "a network of residual-in-residual dense blocks", "another", "see 'srk inspect'");
        var shapes = new NetworkShapes(tensors, Kind);
        var any = new RrdbLayout(naming, 0, 0);
        if (tensors.Names.FirstOrDefault(name => name.Contains(".conv1x1.", StringComparison.Ordinal)) is { } odd) throw new SrkException(
            $"{tensors.Description}: '{ShownName.Of(odd)}'", "an ESRGAN network", "ESRGAN+, whose dense blocks have convolutions of 1x1 beside the others", "it is another network, which is not run");
        var blocks = shapes.Count(MostBlocks, i => $"{any.Block(i)}.{any.Dense(1)}.{any.Convolution(1)}.weight");
        // In a sequence the last two convolutions have other numbers than the ones that enlarge would: those follow each other by three.
        var ups = shapes.Count(MostUpConvolutions, i => any.Up(i + 1) + ".weight");
        var layout = new RrdbLayout(naming, blocks, ups);
        var first = shapes.Extents(layout.First + ".weight", 4, LongestExtent);
        var growing = shapes.Extents($"{layout.Block(0)}.{layout.Dense(1)}.{layout.Convolution(1)}.weight", 4, LongestExtent);
        var last = shapes.Extents(layout.Last + ".weight", 4, LongestExtent);
        var (inChannels, outChannels) = (first[1], last[0]);
        var unshuffle = inChannels == 4 * outChannels ? 2 : inChannels == 16 * outChannels ? 4 : 1;
        var configuration = new RrdbNetworkConfiguration
        {
            Naming = naming, Features = first[0], Growth = growing[0], Blocks = blocks, UpConvolutions = ups, Unshuffle = unshuffle,
            InChannels = inChannels / (unshuffle * unshuffle), OutChannels = outChannels,
        };
        if (configuration.InChannels != outChannels || 1 << ups < unshuffle) throw new SrkException(
            tensors.Description, "as many channels out as in, and a result at least as large as the picture",
            $"{inChannels} in, {outChannels} out and {ups} convolutions that enlarge", "the file is of a variant that is not run");
        return configuration;
    }
}
