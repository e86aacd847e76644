using SRKernels.Compiler.Codegen.Ptx;
using SRKernels.Compiler.IR;
using SRKernels.Compiler.Tests.Emulation;
using SRKernels.Emulation;
using Xunit;

namespace SRKernels.Compiler.Tests.Codegen;

public sealed class PtxGeneratorTests
{
    [Fact]
    public void EveryOpHasARowOrIsExpandedBefore()
    {
        for (var op = Op.Select; op < Op.Br; op++)
            Assert.True(PtxOps.Has(op) || PtxOps.Expanded.Contains(op), $"PtxOps: no row for {op}");
    }

    [Fact]
    public void PhisThatSwapGoThroughAnotherRegister()
    {
        var f = IrParser.Parse("""
            kernel @Swap(%out: ptr.global, %n: i32) target=70 {
            b0:
              br b1
            b1:
              %0: i32 = phi [1:i32, b0], [%1, b2]
              %1: i32 = phi [2:i32, b0], [%0, b2]
              %2: i32 = phi [0:i32, b0], [%3, b2]
              %4: i1 = cmp.lt.s %2, %n
              condbr %4, b2, b3
            b2:
              %3: i32 = add %2, 1:i32
              br b1
            b3:
              store %out, %0
              ret
            }

            """);
        var text = new PtxGenerator(70).Generate(f);
        var moves = text[text.IndexOf("add.s32", StringComparison.Ordinal)..].Split('\n').Where(line => line.Contains("mov.b32", StringComparison.Ordinal)).ToArray();
        Assert.Equal(4, moves.Length); // the counter, and three for the swap
    }

    [Fact]
    public void ATargetBelowTheKernelsLowestIsAClearError()
    {
        var f = IrParser.Parse("kernel @Modern() target=80 {\nb0:\n  ret\n}\n");
        var error = Assert.Throws<KernelCompilationException>(() => new PtxGenerator(75).Generate(f));
        Assert.Contains("sm_80", error.Message, StringComparison.Ordinal);
        Assert.Contains("sm_75", error.Message, StringComparison.Ordinal);
    }

    [PtxasTheory]
    [MemberData(nameof(AssembledTargets))]
    public void TheAssemblerTakesEveryOpAtEveryTypeAndSoDoesTheEmulator(int target)
    {
        var f = EveryOp.Build("Every.Op", 70, (op, type) => CanSay(target, op, type));
        var text = KernelCompiler.Generate(f, new PtxGenerator(target));
        var verdict = PtxAgreement.Check(text, target);
        Assert.True(verdict.Clean, verdict.ToString());
    }

    public static TheoryData<int> AssembledTargets() => [70, 75, 80, 86, 89, 90];

    /// <summary>What a generator below sm_80 may be given.</summary>
    internal static bool CanSay(int target, Op op, IrType type)
    {
        return op switch
        {
            Op.CpAsync or Op.CpAsyncCommit or Op.CpAsyncWait => target >= 80,
            Op.LdMatrix => target >= 75,
            Op.Mma => target >= 80 || (target >= 75 && type != IrType.BF16),
            _ => true,
        };
    }
}
