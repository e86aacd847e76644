using SRKernels.Conformance;
using Xunit;

namespace SRKernels.Compiler.Tests.Conformance;

/// <summary>What the catalogue says of ILGPU is so: a later version that does better is noticed here.</summary>
public sealed class IlgpuCpuTests
{
    public static TheoryData<string> NotTaken => [.. Catalog.All.Where(c => c.NotTakenByIlgpu is not null).Select(c => c.Name)];

    public static TheoryData<string> Wrong => [.. Catalog.All.Where(c => c.WrongInIlgpu is not null).Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(NotTaken))]
    public void ItsFrontEndRefusesTheKernel(string name)
    {
        var test = Catalog.All.First(c => c.Name == name);
        var refusal = IlgpuCpuBackend.Refusal(test);
        Assert.True(refusal is not null, $"{name} is said not to be taken ({test.NotTakenByIlgpu}), but ILGPU takes it");
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void ItsResultDiffersFromTheOneWrittenByHand(string name)
    {
        var test = Catalog.All.First(c => c.Name == name);
        var (expected, got) = (test.NewMemory(), test.NewMemory());
        test.Expected!(expected);
        new IlgpuCpuBackend().Run(test, got);
        Assert.True(
            Comparison.Difference(test, expected, got) is not null, $"{name} has a truth of its own ({test.WrongInIlgpu}), but ILGPU's is the same now");
    }
}
