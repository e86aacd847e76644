using SRKernels.Emulation;
using Xunit;

namespace SRKernels.Compiler.Tests.Emulation;

/// <summary>Each kind of finding is provoked once, by the smallest kernel that deserves it; and its repaired twin is clean.</summary>
public class FindingTests
{
    private static IReadOnlyList<Finding> Find(string body, int threads = 64, string outside = "", EmulatorOptions? options = null,
        string directives = "", int dynamicShared = 0) =>
        PtxText.Run(PtxText.Kernel(body, outside, 80, directives), threads, [1, 2, 3, 4], dynamicShared: dynamicShared, options: options)
            .Result.Findings;

    private static Finding One(FindingKind kind, string body, int threads = 64, string outside = "", EmulatorOptions? options = null,
        string directives = "")
    {
        var findings = Find(body, threads, outside, options, directives);
        Assert.True(findings.Count == 1 && findings[0].Kind == kind, $"expected one {kind}, got:\n{string.Join('\n', findings)}");
        return findings[0];
    }

    // A race shows at every instruction that takes part, and as a read of unwritten bytes when the reader came first.
    private static void Race(string body, int threads = 64)
    {
        var findings = Find(body, threads);
        Assert.True(findings.Any(f => f.Kind == FindingKind.SharedRace)
            && findings.All(f => f.Kind is FindingKind.SharedRace or FindingKind.UninitialisedMemory), string.Join('\n', findings));
    }

    private static void Clean(string body, int threads = 64, string outside = "")
    {
        var findings = Find(body, threads, outside);
        Assert.True(findings.Count == 0, string.Join('\n', findings));
    }

    [Fact]
    public void ReadBehindAnAllocation()
    {
        var finding = One(FindingKind.OutOfBounds, "ld.global.u32 %r1, [%rd0+16];");
        Assert.Contains("reads 4 bytes", finding.Message, StringComparison.Ordinal);
        Assert.Equal(64, finding.Count);
        Assert.Equal("ld.global.u32", finding.Instruction);
    }

    [Fact]
    public void WriteBeforeAnAllocation() => One(FindingKind.OutOfBounds, "st.global.u32 [%rd1+-4], %r0;");

    [Fact]
    public void ReadThatStraddlesTheEnd() =>
        One(FindingKind.OutOfBounds, "ld.global.v4.u32 {%r1,%r2,%r3,%r4}, [%rd0+16];");

    [Fact]
    public void SharedReadBehindAVariable() => One(FindingKind.OutOfBounds,
        ".shared .align 4 .b8 s[64]; mul.lo.u32 %r1, %r0, 4; mov.u32 %r2, s; add.u32 %r2, %r2, %r1; st.shared.u32 [%r2], %r0;");

    [Fact]
    public void SharedVariablesDoNotServeEachOther() => One(FindingKind.OutOfBounds,
        ".shared .align 4 .b8 s[64]; .shared .align 4 .b8 t[64]; setp.eq.u32 %p1, %r0, 0; @%p1 st.shared.u32 [s+64], %r0; @%p1 st.shared.u32 [t], %r0;");

    [Fact]
    public void DynamicSharedBehindItsSize()
    {
        const string Body = "setp.eq.u32 %p1, %r0, 0; @%p1 st.shared.u32 [dyn+256], %r0;";
        var findings = Find(Body, outside: ".extern .shared .align 16 .b8 dyn[];", dynamicShared: 256);
        Assert.Equal(FindingKind.OutOfBounds, Assert.Single(findings).Kind);
        Assert.Empty(Find(Body, outside: ".extern .shared .align 16 .b8 dyn[];", dynamicShared: 260));
    }

    [Fact]
    public void Misalignment() => One(FindingKind.Misaligned, "ld.global.u32 %r1, [%rd0+2];");

    [Fact]
    public void MisalignedVector() => One(FindingKind.Misaligned, "ld.global.v2.u32 {%r1,%r2}, [%rd0+4];");

    [Fact]
    public void FreedMemory()
    {
        var memory = new EmulatedMemory();
        using var module = PtxModule.Parse(PtxText.Kernel("ld.global.u32 %r1, [%rd0];")).Load(memory);
        var (gone, kept) = (memory.Allocate(16), memory.Allocate(16));
        memory.Free(gone);
        var result = module.Launch("k", 1, 32, 0, module.PackArguments("k", gone, kept));
        Assert.Equal(FindingKind.OutOfBounds, Assert.Single(result.Findings).Kind);
    }

    private const string Exchange = """
        .shared .align 4 .b8 s[256];
        shl.b32 %r1, %r0, 2; mov.u32 %r2, s; add.u32 %r3, %r2, %r1; xor.b32 %r4, %r1, 128; add.u32 %r4, %r2, %r4;
        st.shared.u32 [%r3], %r0;
        """;

    [Fact]
    public void RaceBetweenWarps()
    {
        Race(Exchange + "bar.warp.sync -1; ld.shared.u32 %r5, [%r4];");
        Clean(Exchange + "bar.sync 0; ld.shared.u32 %r5, [%r4];");
    }

    [Fact]
    public void RaceOfAWriteWithAnEarlierRead()
    {
        const string Read = Exchange + "bar.sync 0; ld.shared.u32 %r5, [%r4]; ";
        Race(Read + "st.shared.u32 [%r3], %r5;");
        Clean(Read + "bar.sync 0; st.shared.u32 [%r3], %r5;");
    }

    [Fact]
    public void RaceOfTwoWrites() => One(FindingKind.SharedRace,
        ".shared .align 4 .b8 s[4]; setp.eq.u32 %p1, %r0, 1; setp.eq.u32 %p2, %r0, 33; @%p1 st.shared.u32 [s], %r0; @%p2 st.shared.u32 [s], %r0;");

    [Fact]
    public void RaceWithinAWarp()
    {
        const string Store = """
            .shared .align 4 .b8 s[128];
            shl.b32 %r1, %r0, 2; mov.u32 %r2, s; add.u32 %r3, %r2, %r1; xor.b32 %r4, %r1, 4; add.u32 %r4, %r2, %r4;
            st.shared.u32 [%r3], %r0;
            """;
        One(FindingKind.SharedRace, Store + "ld.shared.u32 %r5, [%r4];", threads: 32);
        Clean(Store + "bar.warp.sync -1; ld.shared.u32 %r5, [%r4];", threads: 32);
    }

    [Fact]
    public void AtomicsDoNotRaceWithEachOtherButWithReads()
    {
        const string Count = """
            .shared .align 4 .b8 s[4];
            setp.eq.u32 %p1, %r0, 0; @%p1 st.shared.u32 [s], %r0;
            bar.sync 0;
            atom.shared.add.u32 %r1, [s], 1;
            """;
        Clean(Count + "bar.sync 0; ld.shared.u32 %r2, [s];");
        Race(Count + "ld.shared.u32 %r2, [s];");
    }

    [Fact]
    public void NamedBarrierOrdersOnlyItsWarps()
    {
        // Warps 0 and 1 meet at barrier 1; warp 2 reads without having met them.
        const string Two = """
            .shared .align 4 .b8 s[4];
            setp.eq.u32 %p1, %r0, 0; setp.lt.u32 %p2, %r0, 64; setp.ge.u32 %p3, %r0, 64;
            @%p1 st.shared.u32 [s], %r0;
            @%p2 bar.sync 1, 64;
            @%p2 ld.shared.u32 %r1, [s];
            """;
        Clean(Two, threads: 96);
        One(FindingKind.SharedRace, Two + "@%p3 ld.shared.u32 %r1, [s];", threads: 96);
    }

    [Fact]
    public void BarrierInADivergentBranch()
    {
        var findings = Find("setp.lt.u32 %p1, %r0, 16; @!%p1 bra L; bar.sync 0; L:", threads: 32);
        Assert.Equal(FindingKind.DivergentBarrier, Assert.Single(findings).Kind);
    }

    [Fact]
    public void WarpsAtDifferentBarriers() => One(FindingKind.DivergentBarrier,
        "setp.lt.u32 %p1, %r0, 32; @%p1 bra A; bar.sync 0; bra B; A: bar.sync 0; B:");

    [Fact]
    public void WarpThatLeftBeforeTheBarrierIsAWarning()
    {
        var finding = One(FindingKind.DivergentBarrier, "setp.lt.u32 %p1, %r0, 32; @%p1 exit; bar.sync 0;");
        Assert.Equal(FindingSeverity.Warning, finding.Severity);
    }

    [Fact]
    public void BarrierThatNobodyElseReaches() =>
        One(FindingKind.Deadlock, "setp.lt.u32 %p1, %r0, 32; @%p1 bar.sync 1, 64; @!%p1 bar.sync 2, 64;");

    [Fact]
    public void UninitialisedRegister()
    {
        var finding = One(FindingKind.UninitialisedRegister, "add.u32 %r1, %r2, 1;");
        Assert.Contains("%r2", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RegisterWrittenByOtherLanesOnly() =>
        One(FindingKind.UninitialisedRegister, "setp.eq.u32 %p1, %r0, 0; @%p1 mov.u32 %r2, 1; add.u32 %r1, %r2, 1;", threads: 32);

    [Fact]
    public void UninitialisedPredicate() => One(FindingKind.UninitialisedRegister, "@%p1 mov.u32 %r2, 1;");

    [Fact]
    public void UninitialisedShared() => One(FindingKind.UninitialisedMemory, ".shared .align 4 .b8 s[4]; ld.shared.u32 %r1, [s];");

    [Fact]
    public void UninitialisedLocal()
    {
        One(FindingKind.UninitialisedMemory, ".local .align 8 .b8 l[8]; st.local.u32 [l], %r0; ld.local.u32 %r1, [l+4];");
        Clean(".local .align 8 .b8 l[8]; st.local.v2.u32 [l], {%r0, %r0}; ld.local.u32 %r1, [l+4];");
    }

    [Fact]
    public void EndlessLoop() => One(FindingKind.InstructionLimit, "L: bra L;", options: new EmulatorOptions { InstructionLimit = 100_000 });

    [Fact]
    public void ShuffleFromALaneThatIsNotThere()
    {
        var findings = Find("mov.u32 %r9, 7; setp.lt.u32 %p1, %r0, 16; @%p1 shfl.sync.idx.b32 %r1, %r9, 20, 31, 0xffff;", threads: 32);
        Assert.Equal(FindingKind.InactiveLane, Assert.Single(findings).Kind);
    }

    [Fact]
    public void MemberMaskThatNamesAbsentLanes() => One(FindingKind.InactiveLane,
        "setp.lt.u32 %p1, %r0, 16; @%p1 shfl.sync.bfly.b32 %r1, %r0, 1, 31, -1;", threads: 32);

    [Fact]
    public void WrongSpaceOfAGenericAddress() =>
        One(FindingKind.WrongSpace, ".shared .align 4 .b8 s[4]; cvta.shared.u64 %rd2, s; cvta.to.global.u64 %rd3, %rd2;");

    [Fact]
    public void UniformBranchThatIsNot() =>
        One(FindingKind.DivergentInstruction, "setp.lt.u32 %p1, %r0, 16; @%p1 bra.uni L; mov.u32 %r1, 1; L:", threads: 32);

    // PTX ISA, bra: .uni says that all lanes that execute it have the same predicate and target, not that the whole warp executes it.
    [Fact]
    public void UniformBranchOfAllLanesThatAreThere()
    {
        Clean("setp.lt.u32 %p1, %r0, 16; @%p1 bra A; mov.u32 %r1, 1; bra.uni L; A: mov.u32 %r1, 2; L: mov.u32 %r2, %r1;", threads: 32);
        Clean(
            "setp.lt.u32 %p1, %r0, 16; setp.lt.u32 %p2, %r0, 20; @%p1 bra A; mov.u32 %r1, 1; bra L; A: @%p2 bra.uni L; mov.u32 %r1, 2; L: mov.u32 %r2, 3;",
            threads: 32);
        Clean("setp.lt.u32 %p1, %r0, 16; @%p1 exit; bra.uni L; mov.u32 %r1, 1; L: mov.u32 %r2, 3;", threads: 32);
    }

    [Fact]
    public void MatrixProductOfAPartOfAWarp() => One(FindingKind.DivergentInstruction,
        "mov.b32 %r1, 0; mov.f32 %f1, 0f00000000; setp.lt.u32 %p1, %r0, 16; @%p1 mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 "
        + "{%f1,%f1,%f1,%f1}, {%r1,%r1}, {%r1}, {%f1,%f1,%f1,%f1};", threads: 32);

    [Fact]
    public void Trap() => One(FindingKind.Trap, "trap;");

    [Fact]
    public void LaunchBounds()
    {
        One(FindingKind.LaunchLimit, "", threads: 128, directives: ".maxntid 64");
        One(FindingKind.LaunchLimit, "", threads: 64, directives: ".reqntid 32");
        One(FindingKind.LaunchLimit, "", threads: 2048);
    }

    private const string Copy = """
        .shared .align 16 .b8 s[64];
        shl.b32 %r1, %r0, 4; mov.u32 %r2, s; add.u32 %r3, %r2, %r1;
        cp.async.cg.shared.global [%r3], [%rd0], 16;
        cp.async.commit_group;
        """;

    [Fact]
    public void CopyReadWithoutAWait()
    {
        One(FindingKind.MissingAsyncWait, Copy + "ld.shared.u32 %r4, [%r3]; cp.async.wait_all;", threads: 4);
        One(FindingKind.MissingAsyncWait, Copy + "cp.async.wait_group 1; ld.shared.u32 %r4, [%r3]; cp.async.wait_group 0;", threads: 4);
        Clean(Copy + "cp.async.wait_group 0; ld.shared.u32 %r4, [%r3];", threads: 4);
    }

    [Fact]
    public void CopyOfAnotherThreadReadWithoutABarrier()
    {
        const string Other = Copy + "cp.async.wait_all; xor.b32 %r5, %r3, 16; ";
        One(FindingKind.SharedRace, Other + "ld.shared.u32 %r4, [%r5];", threads: 4);
        Clean(Other + "bar.sync 0; ld.shared.u32 %r4, [%r5];", threads: 4);
    }

    [Fact]
    public void CopyThatNobodyWaitsForIsAWarning() =>
        Assert.Equal(FindingSeverity.Warning, One(FindingKind.MissingAsyncWait, Copy, threads: 4).Severity);

    [Fact]
    public void ErrorsAreThrownOnRequest()
    {
        var (_, result) = PtxText.Run(PtxText.Kernel("trap;"), 32);
        var thrown = Assert.Throws<EmulationException>(result.ThrowOnErrors);
        Assert.Contains("Trap in k, PTX line", thrown.Message, StringComparison.Ordinal);
    }
}
