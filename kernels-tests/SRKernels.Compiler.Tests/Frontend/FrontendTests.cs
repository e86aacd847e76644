using SRKernels.Compiler.Frontend;
using SRKernels.Compiler.IR;
using SRKernels.Conformance;
using Xunit;

namespace SRKernels.Compiler.Tests.Frontend;

public class FrontendTests(ITestOutputHelper output)
{
    public static TheoryData<string> Names => [.. Catalog.All.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryConformanceKernelBecomesVerifiedIr(string name)
    {
        ConformanceCase test = Catalog.All.First(c => c.Name == name);
        Function function = Translate(test);
        output.WriteLine(IrPrinter.Print(function, positions: true));
        Verifier.Verify(function, "frontend");
        string text = IrPrinter.Print(function);
        Assert.Equal(text, IrPrinter.Print(IrParser.Parse(text)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryConformanceKernelRunsOnIlgpusCpu(string name)
    {
        ConformanceCase test = Catalog.All.First(c => c.Name == name);
        byte[][] memory = test.NewMemory();
        new IlgpuCpuBackend().Run(test, memory);
        Assert.False(test.NewMemory().Zip(memory).All(p => p.First.AsSpan().SequenceEqual(p.Second)),
            "the kernel changed nothing");
    }

    internal static Function Translate(ConformanceCase test) =>
        new KernelFrontend().Translate(new KernelRequest(test.AssemblyPath, test.TypeName, test.MethodName)
        {
            TypeArguments = test.TypeArguments,
            Specialized = test.Specialized,
        });
}
