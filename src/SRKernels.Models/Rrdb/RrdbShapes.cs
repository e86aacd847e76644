using SRKernels.Models.Weights;
using SRKernels.Runtime;

namespace SRKernels.Models.Rrdb;

/// <summary>
/// The network that a file's tensors are of, from their names and shapes. An enlargement by 3 in one convolution cannot be told from one by 2: the latter is
/// taken, for no published file has the former.
/// </summary>
internal static class RrdbShapes
{
    private const int MostBlocks = 256, MostUpConvolutions = 4;

    /// <summary>Whose names a source's tensors have; null where they are of no such network.</summary>
    public static RrdbNaming? NamingOf(IWeightSource tensors)
    {
        if (Has(tensors, "conv_first.weight") && Has(tensors, "body.0.rdb1.conv1.weight")) return RrdbNaming.Body;
        if (Has(tensors, "RRDB_trunk.0.RDB1.conv1.weight")) return RrdbNaming.Trunk;
        if (!Has(tensors, "model.1.sub.0.RDB1.conv1.0.weight")) return null;
        return Has(tensors, "model.1.sub.0.RDB1.conv5.weight") ? RrdbNaming.Kair : RrdbNaming.Sequence;
    }

    /// <summary>The network.</summary>
    /// <exception cref="SrkException">It is a variant that is not run, or its shapes do not fit each other.</exception>
    public static RrdbNetworkConfiguration Read(IWeightSource tensors)
    {
        var naming = NamingOf(tensors) ?? throw new SrkException(tensors.Description, "a network of residual-in-residual dense blocks", "another", "see 'srk inspect'");
        var any = new RrdbLayout(naming, 0, 0);
        if (tensors.Names.FirstOrDefault(name => name.Contains(".conv1x1.", StringComparison.Ordinal)) is { } odd) throw new SrkException(
            $"{tensors.Description}: '{ShownName.Of(odd)}'", "an ESRGAN network", "ESRGAN+, whose dense blocks have convolutions of 1x1 beside the others", "it is another network, which is not run");
        var blocks = Count(MostBlocks, i => Has(tensors, $"{any.Block(i)}.{any.Dense(1)}.{any.Convolution(1)}.weight"));
        // In a sequence the last two convolutions have other numbers than the ones that enlarge would: those follow each other by three.
        var ups = Count(MostUpConvolutions, i => Has(tensors, any.Up(i + 1) + ".weight"));
        var layout = new RrdbLayout(naming, blocks, ups);
        var first = Extents(tensors, layout.First + ".weight");
        var growing = Extents(tensors, $"{layout.Block(0)}.{layout.Dense(1)}.{layout.Convolution(1)}.weight");
        var last = Extents(tensors, layout.Last + ".weight");
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

    private static bool Has(IWeightSource tensors, string name) => tensors.TryGetShape(name, out _);

    private static int Count(int most, Func<int, bool> holds) => Enumerable.Range(0, most).TakeWhile(holds).Count();

    private static int[] Extents(IWeightSource tensors, string name)
    {
        if (!tensors.TryGetShape(name, out var shape) || shape is null) throw new SrkException(
            $"{tensors.Description}: '{name}'", "a tensor of this name", "none", "the file is damaged or mixes networks: get it again");
        if (shape.Count != 4 || shape.Any(extent => extent is < 1 or > 1 << 16)) throw new SrkException(
            $"{tensors.Description}: '{name}'", "a convolution's four extents", $"[{string.Join(',', shape)}]", "the file is damaged or of another architecture");
        return [.. shape.Select(extent => (int)extent)];
    }
}
