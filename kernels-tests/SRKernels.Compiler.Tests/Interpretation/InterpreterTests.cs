using SRKernels.Compiler.Interpretation;
using SRKernels.Compiler.IR;
using Xunit;

namespace SRKernels.Compiler.Tests.Interpretation;

/// <summary>What the interpreter refuses, by the words of its messages, and that all phis read before any is written.</summary>
public sealed class InterpreterTests
{
    private static string Refusal(string body, int threads = 1)
    {
        var f = IrParser.Parse($"kernel @Bad(%p: ptr.global, %n: i32) target=70 {{\n  alloc 0: shared 16 align 16\n{body}\n}}\n");
        Verifier.Verify(f, "test");
        return Assert.Throws<InterpretationException>(() => Run(f, threads)).Message;
    }

    private static unsafe int[] Run(Function f, int threads)
    {
        using var memory = new InterpretedMemory();
        var buffer = memory.Allocate(64);
        new Interpreter(f, memory) { InstructionLimit = 10_000 }.Launch((1, 1, 1), (threads, 1, 1), 0, [buffer, 0]);
        return new Span<int>(memory.At(buffer, 64), 16).ToArray();
    }

    [Fact]
    public void AnAccessPastTheEndIsNamedWithItsBuffer()
    {
        var message = Refusal("b0:\n store %p, 1:i32 +64\n ret");
        Assert.Contains("offset 64 of a buffer of 64 bytes", message, StringComparison.Ordinal);
        Assert.Contains("'store'", message, StringComparison.Ordinal);
    }

    [Fact]
    public void AMisalignedAccessIsRefused() =>
        Assert.Contains("is not a multiple of 4", Refusal("b0:\n store %p, 1:i32 +2\n ret"), StringComparison.Ordinal);

    [Fact]
    public void ABrokenPromiseOfAlignmentIsRefused() =>
        Assert.Contains("as the program promises", Refusal("b0:\n %0: ptr.global = addr %p, 1:i32 #4\n %1: ptr.global = assumealigned %0 #16\n store %1, 1:i32\n ret"), StringComparison.Ordinal);

    [Fact]
    public void DivisionByZeroIsRefused() =>
        Assert.Contains("division by zero", Refusal("b0:\n %0: i32 = div.s 7:i32, %n\n store %p, %0\n ret"), StringComparison.Ordinal);

    [Fact]
    public void ABarrierThatNotAllReachIsRefused()
    {
        var message = Refusal("b0:\n %0: i32 = threadidx #0\n %1: i1 = cmp.eq %0, 0:i32\n condbr %1, b1, b2\nb1:\n barrier\n br b2\nb2:\n ret", threads: 2);
        Assert.Contains("not all threads come here together", message, StringComparison.Ordinal);
        Assert.Contains("has ended", message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnEndlessLoopIsGivenUp() =>
        Assert.Contains("an endless loop?", Refusal("b0:\n br b1\nb1:\n br b1"), StringComparison.Ordinal);

    [Fact]
    public void PhisReadBeforeAnyIsWritten()
    {
        var f = IrParser.Parse("kernel @Swap(%p: ptr.global, %n: i32) target=70 {\nb0:\n br b1\nb1:\n %0: i32 = phi [1:i32, b0], [%1, b1]\n %1: i32 = phi [2:i32, b0], [%0, b1]\n %2: i32 = phi [0:i32, b0], [%3, b1]\n %3: i32 = add %2, 1:i32\n %4: i1 = cmp.lt.s %3, 4:i32\n condbr %4, b1, b2\nb2:\n store %p, %0, %1\n ret\n}\n");
        Assert.Equal([2, 1], Run(f, 1)[..2]);
    }
}
