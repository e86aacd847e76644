using SRKernels.Compiler.Codegen.OpenCl;
using SRKernels.Compiler.IR;
using SRKernels.Compiler.Tests.Runtime;
using SRKernels.Runtime;
using SRKernels.Runtime.OpenCl;
using Xunit;

namespace SRKernels.Compiler.Tests.Codegen;

public sealed class ClGeneratorTests
{
    [Fact]
    public void EveryOpHasARowOrIsRefused()
    {
        for (var op = Op.Select; op < Op.Br; op++)
            Assert.True(ClOps.Has(op) || ClOps.Refused.Contains(op), $"ClOps: no row for {op}");
    }

    [OpenClFact]
    public void TheDriverTakesEveryOpAtEveryType()
    {
        var f = EveryOp.Build("Every.Op", 70, (op, _) => !ClOps.Refused.Contains(op));
        var text = new ClGenerator().Generate(f);
        using var device = OpenClDevice.Open(0);
        KernelParameter[] parameters = [KernelParameter.Pointer, KernelParameter.Int64, KernelParameter.Pointer, KernelParameter.Int64];
        using var kernel = device.Load(new KernelImage(ClGenerator.EntryName("Every.Op"), KernelFormat.OpenClC, text, parameters) { UsesDynamicShared = true });
        Assert.Equal("Every_Op", kernel.Image.Name);
    }

    [Fact]
    public void AShuffleInsideAVaryingBranchIsRefusedWithTheReason()
    {
        var f = IrParser.Parse("""
            kernel @Diverges(%out: ptr.global) target=70 {
            b0:
              %0: i32 = threadidx #0
              %1: i1 = cmp.lt.s %0, 7:i32
              condbr %1, b1, b2
            b1:
              %2: i32 = shuffle.xor %0, 1:i32, 32:i32
              store %out, %2
              br b2
            b2:
              ret
            }

            """);
        var error = Assert.Throws<KernelCompilationException>(() => new ClGenerator().Generate(f));
        Assert.Contains("shuffle.xor", error.Message, StringComparison.Ordinal);
        Assert.Contains("different ways", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AShuffleInALoopThatAllThreadsRunTogetherIsFine()
    {
        var f = IrParser.Parse("""
            kernel @Together(%out: ptr.global, %n: i32) target=70 {
            b0:
              %0: i32 = threadidx #0
              br b1
            b1:
              %1: i32 = phi [0:i32, b0], [%2, b2]
              %3: i1 = cmp.lt.s %1, %n
              condbr %3, b2, b3
            b2:
              %2: i32 = add %1, 1:i32
              %4: i32 = shuffle.xor %0, 1:i32, 32:i32
              store %out, %4
              br b1
            b3:
              ret
            }

            """);
        Assert.Contains("srk_words", new ClGenerator().Generate(f), StringComparison.Ordinal);
    }

    [Fact]
    public void ALoopWhoseEndsAreTwoWaysOfOneBranchStaysTogether()
    {
        // Both ways to the next round bring the same counter: all threads leave after the same round.
        var f = IrParser.Parse(TwoWays("%2"));
        Assert.Contains("barrier(", new ClGenerator().Generate(f), StringComparison.Ordinal);
    }

    [Fact]
    public void ALoopWhoseCounterDependsOnTheWayIsRefused()
    {
        var error = Assert.Throws<KernelCompilationException>(() => new ClGenerator().Generate(IrParser.Parse(TwoWays("%7"))));
        Assert.Contains("different ways", error.Message, StringComparison.Ordinal);
    }

    private static string TwoWays(string otherCounter) => $$"""
        kernel @Rounds(%out: ptr.global, %n: i32) target=70 {
        b0:
          %0: i32 = threadidx #0
          br b1
        b1:
          %1: i32 = phi [0:i32, b0], [%2, b2], [{{otherCounter}}, b3]
          %3: i1 = cmp.lt.s %1, %n
          condbr %3, b2, b4
        b2:
          barrier
          %2: i32 = add %1, 1:i32
          %7: i32 = add %1, 2:i32
          %5: i1 = cmp.lt.s %0, 7:i32
          condbr %5, b3, b1
        b3:
          store %out, %2
          br b1
        b4:
          ret
        }

        """;
}
