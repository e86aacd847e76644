using SRKernels.Models.Weights;
using SRKernels.Runtime;

namespace SRKernels.Models.Recognition;

/// <summary>Names and extents of a network's tensors, for those who tell its hyper-parameters from them.</summary>
/// <param name="tensors">The network's.</param>
/// <param name="kind">What it should be, for errors.</param>
internal sealed class NetworkShapes(IWeightSource tensors, string kind)
{
    private const long Longest = 1 << 24;
    private static readonly string[] s_counts = ["no", "one", "two", "three", "four"];

    /// <summary>Where the tensors are, for errors.</summary>
    public string Who => tensors.Description;

    /// <summary>Whether there is a tensor of a name.</summary>
    public bool Has(string name) => tensors.TryGetShape(name, out _);

    /// <summary>How many of a row of names there are, from number 0 on without a gap.</summary>
    /// <param name="most">No network has more.</param>
    /// <param name="name">The name of each number.</param>
    public int Count(int most, Func<int, string> name) => Enumerable.Range(0, most).TakeWhile(i => Has(name(i))).Count();

    /// <summary>One of a tensor's extents.</summary>
    /// <exception cref="SrkException">There is no such tensor, or none of so many extents.</exception>
    public int Extent(string name, int dimension, int rank) => (int)Checked(name, rank, Longest, dimension, 1)[dimension];

    /// <summary>All of a tensor's extents.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="rank">How many there must be.</param>
    /// <param name="longest">How long each may be.</param>
    /// <exception cref="SrkException">There is no such tensor, or none of so many extents.</exception>
    public int[] Extents(string name, int rank, int longest) => [.. Checked(name, rank, longest, 0, rank).Select(extent => (int)extent)];

    private IReadOnlyList<long> Checked(string name, int rank, long longest, int first, int count)
    {
        var who = $"{Who}: '{(tensors as NetworkPart)?.Prefix}{name}'";
        if (!tensors.TryGetShape(name, out var shape) || shape is null)
            throw new SrkException(who, "a tensor of this name", "none", $"this is no {kind}, or a damaged one: see 'srk inspect'");
        if (shape.Count != rank || shape.Skip(first).Take(count).Any(extent => extent < 1 || extent > longest))
            throw new SrkException(
                who, $"{s_counts[rank]} extents of a network", $"[{string.Join(',', shape)}]",
                "the file is damaged or of another architecture");
        return shape;
    }
}
