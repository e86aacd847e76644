using SRKernels.Compiler.Codegen.Ptx;
using SRKernels.Compiler.Tests.Codegen;
using SRKernels.Emulation;
using Xunit;

namespace SRKernels.Compiler.Tests.Emulation;

/// <summary>All that the PTX code generator can say, one kernel a target, to the emulator and to ptxas: both must take it.</summary>
public class CompilerAgreementTests
{
    [PtxasTheory]
    [InlineData(70)]
    [InlineData(75)]
    [InlineData(80)]
    [InlineData(86)]
    [InlineData(89)]
    [InlineData(90)]
    public void EveryOpOfTheCompilerIsTakenByBoth(int target)
    {
        var function = EveryOp.Build("every", target, (op, type) => PtxGeneratorTests.CanSay(target, op, type));
        var text = KernelCompiler.Generate(function, new PtxGenerator(target));
        var verdict = PtxAgreement.Check(text, target);
        Assert.True(verdict.Clean, verdict.ToString());
    }

    [Theory]
    [InlineData(100)]
    [InlineData(120)]
    public void NewerTargetsAreTakenByTheEmulator(int target)
    {
        var function = EveryOp.Build("every", target, (op, type) => PtxGeneratorTests.CanSay(target, op, type));
        var module = PtxModule.Parse(KernelCompiler.Generate(function, new PtxGenerator(target)));
        Assert.Equal(target, module.Target);
    }
}
