using SRKernels.Compiler.IR;
using Xunit;

namespace SRKernels.Compiler.Tests.IR;

public class IrTextTests
{
    private const string Everything = """
        kernel @Everything(%x: ptr.global, %x.length: i64, %factor: f32) target=80 maxthreads=128 mingroups=2 {
          alloc 0: shared 1024 align 16
          alloc 1: local 64 align 4
        b0:
          %0: i32 = threadidx #0
          %1: i64 = sext %0
          %2: i1 = cmp.lt.s %1, %x.length
          condbr %2, b1, b4
        b1:
          %3: ptr.global = addr %x, %0 #4
          %4: f32x4 = load %3 +16
          %5: f32 = extract %4 #1
          %6: f32 = exp.fast %5
          %7: ptr.shared = alloc #0
          store %7, %6, -1.5:f32 +4
          %8: f32x4 = mma 0:i32, 1:i32, 2:i32, 3:i32, 4:i32, undef:i32, 0:f32, 0x7fc00000:f32, -0:f32, 1E-20:f32 #M16N8K16F16
          br b2
        b2:
          %9: i32 = phi [0:i32, b1], [%11, b3]
          %10: i1 = cmp.lt.s %9, -8:i32
          condbr %10, b3, b4
        b3:
          %11: i32 = add %9, 1:i32
          barrier
          %12: i32x2 = ldmatrix %7 #1 -8
          cpasync %7, %3 #16 +32
          cpasync.wait #1
          %13: void = asm "add.s32 %0, %1, \"7\";" {>0:i32 0>:i32 1>1:f32} %9, %factor
          %14: i32 = asm.output %13 #0
          %15: f32 = load.volatile %3 -4
          br b2
        b4:
          %16: i1 = phi [false, b0], [true, b2]
          ret
        }

        """;

    [Fact]
    public void PrintedTextParsesToTheSameText()
    {
        string text = Normalise(Everything);
        Function function = IrParser.Parse(text);
        Verifier.Verify(function, "parser");
        Assert.Equal(text, IrPrinter.Print(function));
    }

    [Theory]
    [InlineData("%0: i32 = add 1:i32, 2:i64", "i32 or i64 throughout")]
    [InlineData("%0: f32 = load %x +4\n  %1: f32 = fadd %0", "expected 2 operands, got 1")]
    [InlineData("%0: f32x8 = load %x", "at most 16 bytes")]
    [InlineData("%0: i32 = fptosi 1:i32", "f32 or f64 to int")]
    [InlineData("%0: i8 = add 1:i8, 2:i8", "i32 or i64 throughout")]
    [InlineData("%1: i32 = add %0, 1:i32\n  %0: i32 = add 1:i32, 1:i32", "comes later")]
    [InlineData("store %x, 1:i32, 2:f32", "differ in type")]
    [InlineData("%0: i32 = atomic.fadd %x, 1:i32", "f32 or f64")]
    public void VerifierNamesStageBlockAndRule(string body, string rule)
    {
        Function function = IrParser.Parse($"kernel @K(%x: ptr.global) target=70 {{\nb0:\n  {body}\n  ret\n}}\n");
        var error = Assert.Throws<IrVerificationException>(() => Verifier.Verify(function, "SomePass"));
        Assert.Contains("SomePass", error.Message, StringComparison.Ordinal);
        Assert.Contains("block b0", error.Message, StringComparison.Ordinal);
        Assert.Contains(rule, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void VerifierSeesAUseThatIsNotDominated()
    {
        Function function = IrParser.Parse("""
            kernel @K(%c: i32) target=70 {
            b0:
              %0: i1 = cmp.eq %c, 0:i32
              condbr %0, b1, b2
            b1:
              %1: i32 = add %c, 1:i32
              br b2
            b2:
              %2: i32 = add %1, 1:i32
              ret
            }
            """);
        var error = Assert.Throws<IrVerificationException>(() => Verifier.Verify(function, "SomePass"));
        Assert.Contains("does not dominate", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DominatorsAndLoopsOfANest()
    {
        Function function = IrParser.Parse("""
            kernel @K(%c: i1) target=70 {
            b0:
              br b1
            b1:
              br b2
            b2:
              condbr %c, b2x, b3
            b2x:
              br b2
            b3:
              condbr %c, b1, b4
            b4:
              ret
            }
            """);
        Verifier.Verify(function, "parser");
        var dominators = new Dominators(function);
        var loops = new LoopForest(function, dominators);
        Block[] b = [.. function.Blocks];
        Assert.True(dominators.Dominates(b[1], b[4]));
        Assert.False(dominators.Dominates(b[3], b[4]));
        Assert.Same(b[2], dominators.Parent(b[4]));
        Assert.Equal(2, loops.Loops.Count);
        Assert.Same(b[2], loops.Loops[0].Header);
        Assert.Equal(2, loops.Loops[0].Depth);
        Assert.True(loops.Loops[0].IsInnermost);
        Assert.Same(loops.Loops[1], loops.Loops[0].Parent);
        Assert.Same(b[0], loops.Loops[1].Preheader);
        Assert.Equal([b[5]], loops.Loops[1].Exits);
        Assert.True(loops.Contains(loops.Loops[1], b[3]));
        Assert.Null(loops.Of(b[5]));
    }

    [Fact]
    public void ReplacingAndRemovingKeepsUsersInStep()
    {
        Function function = IrParser.Parse("""
            kernel @K(%p: ptr.global, %c: i32) target=70 {
            b0:
              %0: i32 = add %c, %c
              %1: i32 = mul %0, %0
              store %p, %1
              ret
            }
            """);
        Value add = function.Entry.First!;
        Value c = function.Parameters[1];
        Assert.Equal(2, c.Users.Length);
        Assert.Equal(2, add.Users.Length);
        add.ReplaceAllUsesWith(c);
        add.Remove();
        Verifier.Verify(function, "test");
        Assert.Equal(2, c.Users.Length);
        Assert.Contains("mul %c, %c", IrPrinter.Print(function), StringComparison.Ordinal);
    }

    [Fact]
    public void UnreachableBlocksGoWithTheirPhiOperands()
    {
        Function function = IrParser.Parse("""
            kernel @K(%p: ptr.global) target=70 {
            b0:
              br b2
            b1:
              %0: i32 = add 1:i32, 2:i32
              br b2
            b2:
              %1: i32 = phi [7:i32, b0], [%0, b1]
              store %p, %1
              ret
            }
            """);
        Assert.True(function.RemoveUnreachableBlocks());
        Verifier.Verify(function, "test");
        Assert.Equal(2, function.Blocks.Count);
        Assert.Contains("phi [7:i32, b0]", IrPrinter.Print(function), StringComparison.Ordinal);
    }

    private static string Normalise(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal);
}
