using SRKernels.Conformance.Kernels;
using static SRKernels.Conformance.Make;

namespace SRKernels.Conformance;

/// <summary>All cases.</summary>
public static partial class Catalog
{
    public static IReadOnlyList<ConformanceCase> All { get; } = [.. Families()];

    private static IEnumerable<ConformanceCase> Families()
    {
        yield return Case(First.Scale, View(1f, 2f, 3f), Out<float>(3), Scalar(2.5f));
        yield return Case(First.Reverse, View(Enumerable.Range(0, 64).ToArray()), Out<int>(64));
    }
}
