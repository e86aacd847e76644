using SRKernels.Tests.Kernels;
using SRKernels.Tests.Models;
using SRKernels.Tests.Packages;
using SRKernels.Tests.Rules;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace SRKernels.Tests.Rules;

/// <summary>Starts what takes longest first, so that nothing runs alone at the end.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] s_long =
    [
        typeof(PackageTests).FullName!, typeof(ReferenceChainTests).FullName!, typeof(EmulatedChainTests).FullName!, typeof(EmulatedPictureTests).FullName!,
        typeof(VectorWidthTests).FullName!, typeof(InterpretedChainTests).FullName!, typeof(ResidualShiftModelTests).FullName!,
    ];

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(collection =>
        {
            var place = Array.FindIndex(s_long, name => collection.TestCollectionDisplayName.Contains(name, StringComparison.Ordinal));
            return place < 0 ? s_long.Length : place;
        })];
}
