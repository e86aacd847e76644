using SRKernels.Compiler.IR;
using SRKernels.Compiler.Passes;
using Xunit;

namespace SRKernels.Compiler.Tests.Passes;

/// <summary>What each pass makes of the pattern in its header: text in, text out.</summary>
public sealed class PassTextTests
{
    private static void Becomes(IPass pass, string before, string after, string parameters = "%p: ptr.global, %i: i32, %x: f32, %y: f32, %z: f32")
    {
        var f = IrParser.Parse($"kernel @K({parameters}) target=70 {{\n{before}\n}}\n");
        Verifier.Verify(f, "test");
        Assert.True(pass.Run(f), "the pass says that it changed nothing");
        Verifier.Verify(f, pass.GetType().Name);
        var expected = IrParser.Parse($"kernel @K({parameters}) target=70 {{\n{after}\n}}\n");
        Assert.Equal(expected.ToString(), f.ToString());
    }

    [Fact]
    public void ConstantsOfAnIndexMoveIntoTheAccess() => Becomes(new FoldConstants(),
        "b0:\n %0: i32 = add %i, 3:i32\n %1: ptr.global = addr %p, %0 #4\n %2: f32 = load %1 +8\n store %p, %2\n ret",
        "b0:\n %1: ptr.global = addr %p, %i #4\n %2: f32 = load %1 +20\n store %p, %2\n ret");

    [Fact]
    public void AnIndexThatIsExtendedFromOneWithoutSignStays32Bits() => Becomes(new FoldConstants(),
        "b0:\n %0: i32 = and %i, 255:i32\n %1: i64 = zext %0\n %2: ptr.global = addr %p, %1 #4\n store %2, %x\n ret",
        "b0:\n %0: i32 = and %i, 255:i32\n %2: ptr.global = addr %p, %0 #4\n store %2, %x\n ret");

    [Fact]
    public void ALargeConstantStaysInTheIndexSinceItMayWrap()
    {
        var f = IrParser.Parse("kernel @K(%p: ptr.global, %i: i32) target=70 {\nb0:\n %0: i32 = add %i, -2147483648:i32\n %1: ptr.global = addr %p, %0 #4\n %2: f32 = load %1\n store %p, %2\n ret\n}\n");
        Assert.False(new FoldConstants().Run(f));
    }

    [Fact]
    public void AProductAddedIsFused() => Becomes(new FuseMultiplyAdd(),
        "b0:\n %0: f32 = fmul %x, %y\n %1: f32 = fsub %z, %0\n store %p, %1\n ret",
        "b0:\n %0: f32 = fneg %x\n %1: f32 = fma %0, %y, %z\n store %p, %1\n ret");

    [Fact]
    public void AProductThatIsReadTwiceIsNotFused()
    {
        var f = IrParser.Parse("kernel @K(%p: ptr.global, %x: f32) target=70 {\nb0:\n %0: f32 = fmul %x, %x\n %1: f32 = fadd %0, %x\n store %p, %1\n store %p, %0 +4\n ret\n}\n");
        Assert.False(new FuseMultiplyAdd().Run(f));
    }

    [Fact]
    public void ABranchOnAConstantIsPlainAndBlocksJoin() => Becomes(new SimplifyControlFlow(),
        "b0:\n condbr true, b1, b2\nb1:\n br b3\nb2:\n br b3\nb3:\n %0: f32 = phi [%x, b1], [%y, b2]\n store %p, %0\n ret",
        "b0:\n store %p, %x\n ret");

    [Fact]
    public void AnUnusedCycleGoes() => Becomes(new EliminateDeadCode(),
        "b0:\n br b1\nb1:\n %0: i32 = phi [0:i32, b0], [%1, b1]\n %1: i32 = add %0, 1:i32\n %2: i1 = cmp.eq %i, 1:i32\n condbr %2, b1, b2\nb2:\n ret",
        "b0:\n br b1\nb1:\n %2: i1 = cmp.eq %i, 1:i32\n condbr %2, b1, b2\nb2:\n ret");

    [Fact]
    public void EqualSumsAreOneButLoadsAcrossAStoreAreTwo() => Becomes(new EliminateCommonSubexpressions(),
        "b0:\n %0: i32 = add %i, 7:i32\n %1: i32 = add 7:i32, %i\n %2: i32 = load %p\n store %p, %1\n %3: i32 = load %p\n store %p, %2 +4\n store %p, %3 +8\n ret",
        "b0:\n %0: i32 = add %i, 7:i32\n %2: i32 = load %p\n store %p, %0\n %3: i32 = load %p\n store %p, %2 +4\n store %p, %3 +8\n ret");

    [Fact]
    public void ALocalArrayBecomesAPhi() => Becomes(new PromoteLocals(),
        "alloc 0: local 8 align 4\nb0:\n %0: ptr.local = alloc #0\n store %0, %x\n %1: i1 = cmp.eq %i, 0:i32\n condbr %1, b1, b2\nb1:\n store %0, %y\n br b2\nb2:\n %2: f32 = load %0\n store %p, %2\n ret",
        "b0:\n %1: i1 = cmp.eq %i, 0:i32\n condbr %1, b1, b2\nb1:\n br b2\nb2:\n %2: f32 = phi [%x, b0], [%y, b1]\n store %p, %2\n ret");

    [Fact]
    public void AVectorThatStandsBeforeItsLanesIsPromotedWhole() => Becomes(new PromoteLocals(),
        "alloc 0: local 8 align 8\nb0:\n %0: ptr.local = alloc #0\n store %0, %x, %y\n %1: f32x2 = load %0\n %2: f32 = extract %1 #0\n %3: f32 = extract %1 #1\n store %p, %2\n store %p, %3 +4\n ret",
        "b0:\n store %p, %x\n store %p, %y +4\n ret");

    /// <summary>Behind an if, two edges lead to the loop; the counter starts from one constant all the same.</summary>
    [Fact]
    public void ALoopThatTwoEdgesLeadToIsWrittenOut()
    {
        var f = IrParser.Parse(
            "kernel @K(%p: ptr.global, %i: i32, %x: f32) target=70 {\nb0:\n %0: i1 = cmp.eq %i, 0:i32\n condbr %0, b1, b2\nb1:\n store %p, %x +64\n br b2\n"
            + "b2:\n %1: i32 = phi [0:i32, b0], [0:i32, b1], [%3, b3]\n %2: i1 = cmp.lt.s %1, 2:i32\n condbr %2, b3, b4\n"
            + "b3:\n %4: ptr.global = addr %p, %1 #4\n store %4, %x\n %3: i32 = add %1, 1:i32\n br b2\nb4:\n ret\n}\n");
        Verifier.Verify(f, "test");
        Assert.True(new UnrollLoops().Run(f));
        Verifier.Verify(f, nameof(UnrollLoops));
        Assert.DoesNotContain("phi", f.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ALoopOfKnownLengthIsWrittenOutWithItsSwap() => Becomes(new UnrollLoops(),
        "b0:\n br b1\nb1:\n %0: i32 = phi [0:i32, b0], [%3, b2]\n %1: f32 = phi [%x, b0], [%2, b2]\n %2: f32 = phi [%y, b0], [%1, b2]\n %4: i1 = cmp.lt.s %0, 3:i32\n condbr %4, b2, b3\nb2:\n store %p, %1\n %3: i32 = add %0, 1:i32\n br b1\nb3:\n store %p, %1 +4\n ret",
        "b0:\n store %p, %x\n store %p, %y\n store %p, %x\n store %p, %y +4\n ret");

    [Fact]
    public void ALoopWithABarrierStaysAsItIs()
    {
        var f = IrParser.Parse("kernel @K() target=70 {\nb0:\n br b1\nb1:\n %0: i32 = phi [0:i32, b0], [%1, b1]\n barrier\n %1: i32 = add %0, 1:i32\n %2: i1 = cmp.lt.s %1, 4:i32\n condbr %2, b1, b2\nb2:\n ret\n}\n");
        Assert.False(new UnrollLoops().Run(f));
    }

    [Fact]
    public void WhatALoopDoesNotChangeStandsBeforeIt() => Becomes(new HoistInvariants(),
        "b0:\n br b1\nb1:\n %0: i32 = phi [0:i32, b0], [%1, b1]\n %3: f32 = fmul %x, %y\n store %p, %3\n %1: i32 = add %0, 1:i32\n %2: i1 = cmp.lt.s %1, %i\n condbr %2, b1, b2\nb2:\n ret",
        "b0:\n %3: f32 = fmul %x, %y\n br b1\nb1:\n %0: i32 = phi [0:i32, b0], [%1, b1]\n store %p, %3\n %1: i32 = add %0, 1:i32\n %2: i1 = cmp.lt.s %1, %i\n condbr %2, b1, b2\nb2:\n ret");

    [Fact]
    public void NeighboursOfAPromisedAlignmentAreOneAccess() => Becomes(new VectorizeMemory(),
        "b0:\n %0: ptr.global = assumealigned %p #8\n %1: f32 = load %0 +4\n %2: f32 = load %0\n store %0, %1 +8\n store %0, %2 +12\n ret",
        "b0:\n %0: ptr.global = assumealigned %p #8\n %1: f32x2 = load %0\n %2: f32 = extract %1 #0\n %3: f32 = extract %1 #1\n store %0, %3, %2 +8\n ret");

    [Fact]
    public void WithoutAPromiseNeighboursStayApart()
    {
        var f = IrParser.Parse("kernel @K(%p: ptr.global) target=70 {\nb0:\n %1: f32 = load %p\n %2: f32 = load %p +4\n store %p, %1 +8\n store %p, %2 +12\n ret\n}\n");
        Assert.False(new VectorizeMemory().Run(f));
    }

    [Fact]
    public void ALoopThatIsReachedByTwoWaysWithOneStartIsWrittenOut()
    {
        var f = IrParser.Parse("""
            kernel @K(%p: ptr.global, %i: i32) target=70 {
            b0:
              %0: i1 = cmp.lt.s %i, 3:i32
              condbr %0, b1, b2
            b1:
              store %p, %i +64
              br b2
            b2:
              %1: i32 = phi [0:i32, b0], [0:i32, b1], [%2, b2]
              %3: ptr.global = addr %p, %1 #4
              store %3, %1
              %2: i32 = add %1, 1:i32
              %4: i1 = cmp.lt.s %2, 2:i32
              condbr %4, b2, b3
            b3:
              ret
            }

            """);
        Assert.True(new UnrollLoops().Run(f));
        Assert.DoesNotContain("phi", IrPrinter.Print(f), StringComparison.Ordinal);
    }

    [Fact]
    public void DivisionsByPowersOfTwoAreShifts() => Becomes(new ReduceStrength(),
        "b0:\n %0: i32 = div.s %i, 8:i32\n store %p, %0\n ret",
        "b0:\n %0: i32 = shr.s %i, 31:i32\n %1: i32 = shr.u %0, 29:i32\n %2: i32 = add %i, %1\n %3: i32 = shr.s %2, 3:i32\n store %p, %3\n ret");

    [Fact]
    public void DivisionsByOtherConstantsAreMultiplications() => Becomes(new ReduceStrength(),
        "b0:\n %0: i32 = rem.u %i, 18:i32\n store %p, %0\n ret",
        "b0:\n %0: i32 = mulhi.u %i, 954437177:i32\n %1: i32 = shr.u %0, 2:i32\n %2: i32 = mul %1, 18:i32\n %3: i32 = sub %i, %2\n store %p, %3\n ret");

    [Fact]
    public void DivisionsByConstantsAreEqualForEveryInput()
    {
        int[] divisors = [3, 5, 6, 7, 9, 10, 11, 18, 19, 25, 100, 641, 1000, 1_000_003, 0x3FFFFFFF, 0x7FFFFFFE, 0x7FFFFFFF];
        var random = new Random(1);
        foreach (var d in divisors)
        {
            int[] near = [0, 1, d - 1, d, d + 1, -d, -d - 1, 1 - d, int.MaxValue, int.MaxValue - 1, int.MinValue, int.MinValue + 1, -1, int.MaxValue / d * d, (int)(uint.MaxValue / (uint)d * (uint)d) - 1];
            foreach (var x in near.Concat(Enumerable.Range(0, 20).Select(_ => (int)random.NextInt64())))
            {
                Assert.Equal((int)((uint)x / (uint)d), Evaluated("div.u", x, d));
                Assert.Equal((int)((uint)x % (uint)d), Evaluated("rem.u", x, d));
                Assert.Equal(x / d, Evaluated("div.s", x, d));
                Assert.Equal(x % d, Evaluated("rem.s", x, d));
            }
        }
    }

    private static int Evaluated(string op, int x, int d)
    {
        var f = IrParser.Parse($"kernel @K(%p: ptr.global) target=70 {{\nb0:\n %0: i32 = {op} {x}:i32, {d}:i32\n store %p, %0\n ret\n}}\n");
        Assert.True(new ReduceStrength().Run(f));
        new FoldConstants().Run(f);
        var store = f.Blocks[0].First!;
        Assert.Equal(Op.Store, store.Op);
        Assert.True(store[1].TryGetInt(out var value), $"{op} {x}, {d} was not evaluated");
        return (int)value;
    }
}
