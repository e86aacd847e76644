using SRKernels.Conformance;
using SRKernels.Emulation.Syntax;
using SRKernels.Ilgpu;
using Xunit;

namespace SRKernels.Compiler.Tests.Conformance;

/// <summary>What the catalogue says of ILGPU is so: a later version that does better is noticed here.</summary>
public sealed class IlgpuTests
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

    public static TheoryData<string> WrongPtx => [.. IlgpuPtxFaults.Cases];

    [Theory]
    [MemberData(nameof(WrongPtx))]
    public void ItsPtxIsNotWhatTheKernelMeans(string name)
    {
        var test = Catalog.All.First(c => c.Name == name);
        var got = test.NewMemory();
        string? difference;
        try
        {
            new IlgpuPtxBackend(80).Run(test, got);
            difference = Comparison.Difference(test, ConformanceTests.Truth(test), got);
        }
        catch (Exception e) when (e is PtxException or IlgpuCompilationException)
        {
            difference = e.Message;
        }

        Assert.True(difference is not null, $"{name} is said to be wrong in ILGPU's PTX ({IlgpuPtxFaults.Of(name)}), but it is right");
    }
}
