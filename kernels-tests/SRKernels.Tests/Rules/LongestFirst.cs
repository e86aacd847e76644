using SRKernels.Tests.Kernels;
using SRKernels.Tests.Models;
using Xunit;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("SRKernels.Tests.Rules.LongestFirst", "SRKernels.Tests")]

namespace SRKernels.Tests.Rules;

/// <summary>Starts what takes longest first, so that nothing runs alone at the end.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] s_long =
    [
        typeof(ReferenceChainTests).FullName!, typeof(EmulatedChainTests).FullName!, typeof(EmulatedPictureTests).FullName!,
        typeof(VectorWidthTests).FullName!, typeof(InterpretedChainTests).FullName!, typeof(ResidualShiftModelTests).FullName!,
    ];

    /// <inheritdoc/>
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection =>
        {
            var place = Array.FindIndex(s_long, name => collection.DisplayName.Contains(name, StringComparison.Ordinal));
            return place < 0 ? s_long.Length : place;
        });
}
