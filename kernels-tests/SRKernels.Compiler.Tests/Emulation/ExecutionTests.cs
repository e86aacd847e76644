using SRKernels.Emulation;
using Xunit;

namespace SRKernels.Compiler.Tests.Emulation;

/// <summary>Control flow, spaces, barriers, atomics and warp operations of whole kernels; every run must be free of findings.</summary>
public class ExecutionTests
{
    private const string Store = "\nmul.wide.u32 %rd9, %r0, 4; add.s64 %rd9, %rd1, %rd9; st.global.u32 [%rd9], %r1;\n";

    private static uint[] Words(string body, int threads = 32, uint[]? input = null, string outside = "") =>
        PtxText.RunClean(PtxText.Kernel(body + Store, outside), threads, input, threads);

    private static void Same(Func<int, long> expected, uint[] actual)
    {
        for (var i = 0; i < actual.Length; i++)
            Assert.True((uint)expected(i) == actual[i], $"thread {i}: expected 0x{(uint)expected(i):x}, got 0x{actual[i]:x}");
    }

    [Fact]
    public void NestedBranchesMeetAgain()
    {
        var output = Words("""
            mov.u32 %r1, 0; and.b32 %r2, %r0, 1; and.b32 %r3, %r0, 2;
            setp.eq.u32 %p1, %r2, 0; setp.eq.u32 %p2, %r3, 0;
            @%p1 bra EVEN;
            @%p2 bra ODD0; add.u32 %r1, %r1, 30; bra ODD; ODD0: add.u32 %r1, %r1, 10;
            ODD: add.u32 %r1, %r1, 1; bra END;
            EVEN: add.u32 %r1, %r1, 2;
            END: activemask.b32 %r4; setp.ne.u32 %p3, %r4, -1; @%p3 add.u32 %r1, %r1, 1000;
            """);
        Same(i => i % 2 == 0 ? 2 : (i & 2) == 0 ? 11 : 31, output);
    }

    [Fact]
    public void LoopsOfDifferentLengthsMeetAgain()
    {
        var output = Words("""
            mov.u32 %r1, 0; mov.u32 %r2, 0;
            LOOP: setp.ge.u32 %p1, %r2, %r0; @%p1 bra DONE; add.u32 %r1, %r1, %r2; add.u32 %r2, %r2, 1; bra LOOP;
            DONE: activemask.b32 %r4; setp.ne.u32 %p3, %r4, -1; @%p3 add.u32 %r1, %r1, 100000;
            """);
        Same(i => i * (i - 1) / 2, output);
    }

    [Fact]
    public void LoopWithBreakAndContinue()
    {
        var output = Words("""
            mov.u32 %r1, 0; mov.u32 %r2, 0;
            HEAD: add.u32 %r2, %r2, 1; setp.gt.u32 %p1, %r2, 20; @%p1 bra END;
            and.b32 %r3, %r2, 3; setp.eq.u32 %p2, %r3, 0; @%p2 bra HEAD;
            add.u32 %r1, %r1, %r2; setp.gt.u32 %p3, %r1, %r0; @%p3 bra END; bra HEAD;
            END:
            """);
        Same(
            i =>
            {
                var sum = 0;
                for (var k = 1; k <= 20; k++)
                {
                    if (k % 4 == 0) continue;
                    sum += k;
                    if (sum > i) break;
                }

                return sum;
            },
            output);
    }

    [Fact]
    public void ThreadsThatExitEarlyLeaveTheOthersAlone()
    {
        var output = PtxText.RunClean(PtxText.Kernel("""
            mov.u32 %r1, 5; and.b32 %r2, %r0, 1; setp.eq.u32 %p1, %r2, 0; @%p1 exit;
            """ + Store), 40, outputs: 40);
        Same(i => i % 2 == 0 ? 0 : 5, output);
    }

    [Fact]
    public void SpecialRegistersOfABlockOfThreeDimensions()
    {
        var memory = new EmulatedMemory();
        using var module = PtxModule.Parse(PtxText.Kernel("""
            mov.u32 %r1, %tid.y; mov.u32 %r2, %tid.z; mov.u32 %r3, %ntid.x; mov.u32 %r4, %ntid.y; mov.u32 %r5, %ctaid.x;
            mov.u32 %r6, %nctaid.y; mov.u32 %r7, %ctaid.y; mov.u32 %r8, %nctaid.x; mov.u32 %r13, %ntid.z;
            mad.lo.u32 %r9, %r2, %r4, %r1; mad.lo.u32 %r9, %r9, %r3, %r0;
            mul.lo.u32 %r10, %r3, %r4; mul.lo.u32 %r10, %r10, %r13; mad.lo.u32 %r11, %r7, %r8, %r5; mad.lo.u32 %r9, %r11, %r10, %r9;
            shl.b32 %r12, %r6, 16; or.b32 %r12, %r12, %r9; mul.wide.u32 %rd2, %r9, 4; add.s64 %rd2, %rd1, %rd2;
            st.global.u32 [%rd2], %r12;
            """)).Load(memory);
        var output = memory.Allocate<uint>(new uint[3 * 2 * 30]);
        module.Launch("k", new Extent(3, 2), new Extent(5, 3, 2), 0, module.PackArguments("k", output, output)).ThrowOnErrors();
        Same(i => (2 << 16) | i, memory.Read<uint>(output, 180));
    }

    [Fact]
    public void SharedReversalAcrossWarps()
    {
        var output = Words("""
            .shared .align 4 .b8 s[512];
            mov.u32 %r2, s; shl.b32 %r3, %r0, 2; add.u32 %r3, %r2, %r3; st.shared.u32 [%r3], %r0;
            bar.sync 0;
            sub.u32 %r4, 127, %r0; shl.b32 %r4, %r4, 2; add.u32 %r4, %r2, %r4; ld.shared.u32 %r1, [%r4];
            """, 128);
        Same(i => 127 - i, output);
    }

    [Fact]
    public void GenericAddressesReachEverySpace()
    {
        var output = Words("""
            .shared .align 4 .b8 s[128]; .local .align 4 .b8 l[8];
            cvta.shared.u64 %rd2, s; mul.wide.u32 %rd3, %r0, 4; add.s64 %rd2, %rd2, %rd3; st.u32 [%rd2], %r0; ld.u32 %r2, [%rd2];
            cvta.local.u64 %rd4, l; st.u32 [%rd4+4], %r2; ld.local.u32 %r3, [l+4];
            cvta.const.u64 %rd5, c; ld.u32 %r4, [%rd5+4]; ld.const.u32 %r6, [c];
            cvta.global.u64 %rd6, g; ld.u32 %r5, [%rd6];
            add.u32 %r1, %r3, %r4; add.u32 %r1, %r1, %r5; add.u32 %r1, %r1, %r6;
            """, outside: ".const .u32 c[2] = {1000, 200}; .global .u32 g = 30;");
        Same(i => i + 1230, output);
    }

    [Fact]
    public void LocalMemoryIsEachThreadsOwn()
    {
        var output = Words("""
            .local .align 4 .b8 l[16]; mov.u64 %rd2, l; and.b32 %r2, %r0, 3; mul.wide.u32 %rd3, %r2, 4; add.s64 %rd2, %rd2, %rd3;
            st.local.u32 [%rd2], %r0; ld.local.u32 %r1, [%rd2];
            """, 64);
        Same(i => i, output);
    }

    [Fact]
    public void VectorAccessesAndNarrowTypes()
    {
        var output = Words("""
            ld.global.v4.u32 {%r2,%r3,%r4,%r5}, [%rd0]; ld.global.v2.u16 {%r6,%r7}, [%rd0+16]; ld.global.s8 %r8, [%rd0+19];
            ld.global.nc.u8 %r9, [%rd0+19];
            add.u32 %r1, %r2, %r3; add.u32 %r1, %r1, %r4; add.u32 %r1, %r1, %r5; add.u32 %r1, %r1, %r6; sub.u32 %r1, %r1, %r7;
            add.u32 %r1, %r1, %r8; add.u32 %r1, %r1, %r9;
            """, input: [1, 2, 3, 4, 0xFF030009]);
        Same(_ => 10 + 9 - 0xFF03 - 1 + 0xFF, output);
    }

    [Fact]
    public void BarrierReductions()
    {
        var output = Words("""
            and.b32 %r2, %r0, 3; setp.eq.u32 %p1, %r2, 0; setp.lt.u32 %p2, %r0, 96; setp.gt.u32 %p3, %r0, 500;
            bar.red.popc.u32 %r1, 0, %p1; bar.red.and.pred %p4, 0, %p2; bar.red.or.pred %p5, 1, 96, !%p3;
            @%p4 add.u32 %r1, %r1, 100; @%p5 add.u32 %r1, %r1, 200;
            """, 96);
        Same(_ => 24 + 300, output);
    }

    [Fact]
    public void ProducerAndConsumerByArriveAndSync()
    {
        // Warp 0 fills and only arrives; warp 1 waits for it.
        var output = Words("""
            .shared .align 4 .b8 s[128];
            mov.u32 %r1, 0; and.b32 %r2, %r0, 31; shl.b32 %r2, %r2, 2; mov.u32 %r3, s; add.u32 %r3, %r3, %r2; setp.lt.u32 %p1, %r0, 32;
            @!%p1 bra C; st.shared.u32 [%r3], %r0; bar.arrive 1, 64; bra E;
            C: bar.sync 1, 64; ld.shared.u32 %r1, [%r3];
            E:
            """, 64);
        Same(i => i < 32 ? 0 : i - 32, output);
    }

    [Theory]
    [InlineData("atom.global.add.u32 %r1, [%rd1+512], 3;", 96u)]
    [InlineData("atom.global.max.s32 %r1, [%rd1+512], %r0;", 31u)]
    [InlineData("red.global.or.b32 [%rd1+512], %r0;", 31u)]
    [InlineData("atom.global.inc.u32 %r1, [%rd1+512], 4;", 2u)]
    [InlineData("mov.f32 %f1, 0f3F000000; red.global.add.f32 [%rd1+512], %f1;", 0x41800000u)]
    [InlineData("atom.global.exch.b32 %r1, [%rd1+512], %r0;", 31u)]
    [InlineData("atom.global.cas.b32 %r1, [%rd1+512], %r0, 1;", 1u)]
    [InlineData("atom.global.dec.u32 %r1, [%rd1+512], 4;", 3u)]
    [InlineData("xor.b32 %r2, %r0, -1; atom.global.min.u32 %r1, [%rd1+512], %r2;", 0u)]
    [InlineData("mul.wide.u32 %rd2, %r0, 1; red.global.add.u64 [%rd1+512], %rd2;", 496u)]
    public void GlobalAtomics(string body, uint expected)
    {
        var output = PtxText.RunClean(PtxText.Kernel(body), 32);
        Assert.Equal(expected, output[128]);
    }

    [Fact]
    public void SharedAtomicsReturnTheOldValue()
    {
        var output = Words("""
            .shared .align 8 .b8 s[8]; setp.eq.u32 %p1, %r0, 0; @%p1 st.shared.v2.u32 [s], {0, 0}; bar.sync 0;
            atom.shared.add.u32 %r1, [s], 1;
            """, 64);
        Same(i => i, [.. output.Order()]);
    }

    [Theory]
    [InlineData("shfl.sync.idx.b32 %r1|%p1, %r0, 5, 31, -1;", 0)]
    [InlineData("shfl.sync.up.b32 %r1|%p1, %r0, 3, 0, -1;", 1)]
    [InlineData("shfl.sync.down.b32 %r1|%p1, %r0, 3, 31, -1;", 2)]
    [InlineData("shfl.sync.bfly.b32 %r1|%p1, %r0, 9, 31, -1;", 3)]
    [InlineData("shfl.sync.idx.b32 %r1|%p1, %r0, 5, 0x181f, -1;", 4)]
    [InlineData("shfl.sync.down.b32 %r1|%p1, %r0, 3, 0x181f, -1;", 5)]
    [InlineData("shfl.sync.up.b32 %r1|%p1, %r0, 3, 0x1800, -1;", 6)]
    public void Shuffles(string shuffle, int kind)
    {
        // The segments of the last three are 8 lanes wide: mask 0x18 in bits 8..12.
        var output = Words(shuffle + " @%p1 add.u32 %r1, %r1, 100;");
        Same(
            i => kind switch
            {
                0 => 105,
                1 => i >= 3 ? i - 3 + 100 : i,
                2 => i + 3 <= 31 ? i + 3 + 100 : i,
                3 => (i ^ 9) + 100,
                4 => (i & 0x18) + 5 + 100,
                5 => (i & 7) + 3 <= 7 ? i + 3 + 100 : i,
                _ => (i & 7) >= 3 ? i - 3 + 100 : i,
            },
            output);
    }

    [Fact]
    public void VotesMatchesAndReductions()
    {
        var output = Words("""
            and.b32 %r2, %r0, 3; setp.eq.u32 %p1, %r2, 1;
            vote.sync.ballot.b32 %r3, %p1, -1; vote.sync.any.pred %p2, %p1, -1; vote.sync.all.pred %p3, %p1, -1; vote.sync.uni.pred %p4, %p1, -1;
            match.any.sync.b32 %r4, %r2, -1; redux.sync.add.u32 %r5, %r0, -1; redux.sync.max.s32 %r6, %r0, -1;
            match.all.sync.b32 %r7|%p5, %r5, -1;
            mov.u32 %r1, 0; @%p2 add.u32 %r1, %r1, 1; @%p3 add.u32 %r1, %r1, 2; @%p4 add.u32 %r1, %r1, 4; @%p5 add.u32 %r1, %r1, 8;
            setp.eq.u32 %p6, %r3, 0x22222222; @%p6 add.u32 %r1, %r1, 16; shl.b32 %r8, 0x11111111, %r2;
            setp.eq.u32 %p6, %r4, %r8; @%p6 add.u32 %r1, %r1, 32; add.u32 %r1, %r1, %r5; add.u32 %r1, %r1, %r6;
            """);
        Same(_ => 1 + 8 + 16 + 32 + 496 + 31, output);
    }

    [Fact]
    public void BankConflictsAreCountedByPass()
    {
        // Stride in words: 1 none, 2 two passes, 32 all lanes in one bank, 33 none; the same word for all is one pass.
        foreach (var (stride, passes) in ((int, int)[])[(1, 1), (2, 2), (8, 8), (32, 32), (33, 1), (0, 1)])
        {
            var (_, result) = PtxText.Run(PtxText.Kernel($"""
                .shared .align 16 .b8 s[8192];
                mul.lo.u32 %r2, %r0, {4 * stride}; mov.u32 %r3, s; add.u32 %r2, %r3, %r2; mov.u32 %r4, 7;
                st.shared.u32 [%r2], %r4;
                """), 32);
            Assert.Empty(result.Findings);
            var store = result.Instructions.Single(i => i.Opcode == "st.shared.u32");
            Assert.Equal((1L, 32L, passes, 1), (store.WarpExecutions, store.LaneExecutions, (int)store.SharedPasses, (int)store.SharedPassesLeast));
            Assert.Equal(passes - 1, result.BankConflicts);
        }
    }

    [Theory]
    [InlineData("v4.u32 {%r4,%r4,%r4,%r4}", 16, 4, 4)]
    [InlineData("v4.u32 {%r4,%r4,%r4,%r4}", 32, 8, 4)]
    [InlineData("v4.u32 {%r4,%r4,%r4,%r4}", 144, 4, 4)]
    [InlineData("v2.u32 {%r4,%r4}", 8, 2, 2)]
    [InlineData("v2.u32 {%r4,%r4}", 16, 4, 2)]
    [InlineData("u8 %r4", 1, 1, 1)]
    public void WideAccessesTakePhases(string access, int strideBytes, int passes, int least)
    {
        var at = access.IndexOf(' ');
        var (_, result) = PtxText.Run(PtxText.Kernel($"""
            .shared .align 16 .b8 s[8192];
            mul.lo.u32 %r2, %r0, {strideBytes}; mov.u32 %r3, s; add.u32 %r2, %r3, %r2; mov.u32 %r4, 7;
            st.shared.{access[..at]} [%r2], {access[(at + 1)..]};
            """), 32);
        Assert.Empty(result.Findings);
        Assert.Equal((passes, least), ((int)result.Instructions.Sum(i => i.SharedPasses), (int)result.Instructions.Sum(i => i.SharedPassesLeast)));
    }

    [Fact]
    public void CountersTellExecutionsByOpcode()
    {
        var (_, result) = PtxText.Run(PtxText.Kernel("setp.lt.u32 %p1, %r0, 8; @%p1 add.u32 %r1, %r0, 1; @!%p1 bra L; add.u32 %r1, %r0, 2; L:"), 96);
        Assert.Equal(2, result.ByOpcode()["add.u32"]);
        Assert.Equal(3, result.ByOpcode()["setp.lt.u32"]);
        Assert.Equal(16, result.Instructions.Where(i => i.Opcode == "add.u32").Sum(i => i.LaneExecutions));
    }

    [Fact]
    public void MemoryIsBoundedByItsCapacity()
    {
        var memory = new EmulatedMemory { CapacityBytes = 100 };
        var first = memory.Allocate(60);
        Assert.Throws<OutOfMemoryException>(() => memory.Allocate(60));
        memory.Free(first);
        Assert.Equal(0, memory.UsedBytes);
        Assert.Throws<EmulationException>(() => memory.Free(first));
        Assert.Throws<EmulationException>(() => memory.Read<int>(memory.Allocate(8), 3));
    }

    [Fact]
    public void LaunchesOfOneModuleMayOverlap()
    {
        var memory = new EmulatedMemory();
        using var module = PtxModule.Parse(PtxText.Kernel("""
            .shared .align 4 .b8 s[1024]; mov.u32 %r2, s; shl.b32 %r3, %r0, 2; add.u32 %r4, %r2, %r3; st.shared.u32 [%r4], %r0; bar.sync 0;
            xor.b32 %r3, %r3, 508; add.u32 %r4, %r2, %r3; ld.shared.u32 %r1, [%r4]; red.global.add.u32 [%rd0], %r1;
            """ + Store)).Load(memory);
        var sum = memory.Allocate<uint>([0]);
        var findings = new System.Collections.Concurrent.ConcurrentBag<Finding>();
        Parallel.For(0, 16, _ =>
        {
            var output = memory.Allocate(512);
            foreach (var finding in module.Launch("k", 8, 128, 0, module.PackArguments("k", sum, output)).Findings) findings.Add(finding);
            Same(i => 127 - i, memory.Read<uint>(output, 128));
            memory.Free(output);
        });
        Assert.Empty(findings);
        Assert.Equal(16u * 8 * (127 * 64), memory.Read<uint>(sum, 1)[0]);
    }
}
