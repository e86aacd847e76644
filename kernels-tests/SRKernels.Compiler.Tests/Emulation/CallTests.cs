using SRKernels.Emulation;
using SRKernels.Emulation.Syntax;
using Xunit;

namespace SRKernels.Compiler.Tests.Emulation;

/// <summary>Functions that kernels call, and branches by index, as ILGPU writes them for methods that are not inlined and for "switch".</summary>
public class CallTests
{
    // Declared, used before it is defined; a loop whose length differs by lane, two ways out.
    private const string SumTo = """
        .visible .func (.param .b32 result) SumTo(.param .b32 n);
        """;

    private const string SumToBody = """
        .visible .func (.param .b32 result) SumTo(.param .b32 n)
        {
            .reg .pred %p<2>; .reg .b32 %r<5>;
            ld.param.b32 %r1, [n]; mov.b32 %r2, 0; mov.b32 %r3, 0;
            L_1: setp.ge.s32 %p1, %r3, %r1; @%p1 bra L_2;
            add.s32 %r3, %r3, 1; add.s32 %r2, %r2, %r3; bra L_1;
            L_2: st.param.b32 [result], %r2; ret;
        }
        """;

    private const string Call = """
        { .param .b32 a; st.param.b32 [a], %r0; .param .b32 b; call.uni (b), SumTo, (a); ld.param.b32 %r1, [b]; }
        """;

    private const string Store = "mul.wide.u32 %rd9, %r0, 4; add.s64 %rd9, %rd1, %rd9; st.global.u32 [%rd9], %r1;";

    private static uint[] Words(string body, string outside, string behind = "") => PtxText.RunClean(PtxText.Kernel(body + Store, outside) + behind, 32, null, 32);

    private static uint[] Each(Func<int, int> value) => [.. Enumerable.Range(0, 32).Select(i => (uint)value(i))];

    [Fact]
    public void AFunctionMayBeDefinedAfterTheKernelThatCallsIt() =>
        Assert.Equal(Each(i => i * (i + 1) / 2), Words(Call, SumTo, SumToBody));

    [Fact]
    public void TwoCallsHaveRegistersOfTheirOwn() =>
        Assert.Equal(
            Each(i => (i * (i + 1) / 2 * ((i * (i + 1) / 2) + 1) / 2) + i),
            Words(Call + Call.Replace("[a], %r0", "[a], %r1", StringComparison.Ordinal) + "add.u32 %r1, %r1, %r0;", SumToBody));

    [Fact]
    public void LanesOfADivergentCallMeetAgain() => Assert.Equal(
        Each(i => i < 8 ? i * (i + 1) / 2 : 7),
        Words($"mov.u32 %r1, 7; setp.lt.u32 %p1, %r0, 8; @!%p1 bra END; {Call} END: bar.warp.sync -1;", SumToBody));

    [Fact]
    public void AFunctionCallsAnotherAndReturnsEarly() => Assert.Equal(
        Each(i => i < 4 ? 100 : i * (i + 1) / 2),
        Words(
            Call.Replace("SumTo", "Outer", StringComparison.Ordinal),
            SumTo + """
            .func (.param .b32 q) Outer(.param .b32 x)
            {
                .reg .pred %p; .reg .b32 %r0, %r1; ld.param.b32 %r0, [x]; mov.u32 %r1, 100; st.param.b32 [q], %r1;
                setp.lt.s32 %p, %r0, 4; @%p ret;
            """ + Call + "st.param.b32 [q], %r1; ret.uni; }" + SumToBody));

    [Fact]
    public void StructuresAreHandedOverByTheirBytes() => Assert.Equal(
        Each(i => i + 3),
        Words(
            "{ .param .align 8 .b8 a[16]; mov.u64 %rd2, 3; cvt.u64.u32 %rd3, %r0; st.param.b64 [a], %rd2; st.param.b64 [a+8], %rd3; .param .b64 b; call (b), Add, (a); ld.param.u32 %r1, [b]; }",
            ".func (.param .b64 s) Add(.param .align 8 .b8 v[16]) { .reg .b64 %x<3>; ld.param.b64 %x0, [v]; ld.param.b64 %x1, [v+8]; add.s64 %x2, %x0, %x1; st.param.b64 [s], %x2; ret; }"));

    [Fact]
    public void SharedMemoryOfAFunctionIsOneForAllCalls()
    {
        const string Put = ".func Put(.param .b32 v) { .shared .b32 s; .reg .b32 %v; ld.param.b32 %v, [v]; st.shared.b32 [s], %v; ret; }";
        const string CallPut = "{ .param .b32 a; st.param.b32 [a], 5; call Put, (a); }";
        using var module = PtxModule.Parse(PtxText.Kernel(CallPut + CallPut, Put)).Load(new EmulatedMemory());
        Assert.Equal(4, module.StaticSharedBytes("k"));
    }

    [Fact]
    public void AResultThatTheFunctionDidNotWriteIsFound()
    {
        var (_, result) = PtxText.Run(PtxText.Kernel(Call, ".func (.param .b32 r) SumTo(.param .b32 n) { ret; }"), 32);
        Assert.Contains(result.Findings, f => f.Kind == FindingKind.UninitialisedMemory);
    }

    [Theory]
    [InlineData(".func f(.param .b32 a) { ret; }", "call f, ();", "expected 1 arguments, got 0")]
    [InlineData(".func f(.param .b64 a) { ret; }", "{ .param .b32 x; call f, (x); }", "'a' expected 8 bytes, got 4")]
    [InlineData("", "call g;", "expected a declared function, got 'g'")]
    [InlineData(".func f() { .reg .b32 %r1; add.u32 %r1, 1; }", "", "add.u32: expected 3 operands, got 2")]
    [InlineData(".func f() { ret; } .func f() { ret; }", "", "expected a new function name, got 'f' again")]
    public void WrongCallsAreRefused(string outside, string body, string message)
    {
        var error = Assert.Throws<PtxException>(() => PtxModule.Parse(PtxText.Kernel(body, outside)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".func f() { call f; ret; }", "")]
    [InlineData(".extern .func (.param .b32 r) vprintf(.param .b64 f, .param .b64 v);", "{ .param .b32 r; .param .b64 a; .param .b64 b; call (r), vprintf, (a, b); }")]
    [InlineData(".func f(.reg .b32 a) { ret; }", "")]
    [InlineData(".func f() { ret; }", "@%p1 call f;")]
    public void WhatCannotBeParsedIntoTheKernelIsNoVerdict(string outside, string body) =>
        Assert.Throws<PtxUnsupportedException>(() => PtxModule.Parse(PtxText.Kernel(body, outside)));

    [Fact]
    public void LanesBranchByIndexAndMeetAgain() => Assert.Equal(
        Each(i => (i % 4) switch { 0 => 11, 1 => 12, 2 => 11, _ => 14 }),
        Words(
            """
            and.b32 %r2, %r0, 3;
            T: .branchtargets A, B, A, D;
            brx.idx %r2, T;
            A: mov.u32 %r1, 10; bra END;
            B: mov.u32 %r1, 11; bra END;
            D: mov.u32 %r1, 13;
            END: activemask.b32 %r4; setp.ne.u32 %p3, %r4, -1; @%p3 add.u32 %r1, %r1, 1000; add.u32 %r1, %r1, 1;
            """,
            ""));

    [Fact]
    public void AGuardedBranchByIndexGoesOnForTheOtherLanes() => Assert.Equal(
        Each(i => i < 16 ? 1 + (i & 1) : 9),
        Words("and.b32 %r2, %r0, 1; setp.lt.u32 %p1, %r0, 16; T: .branchtargets A, B; @%p1 brx.idx %r2, T; mov.u32 %r1, 9; bra END; A: mov.u32 %r1, 1; bra END; B: mov.u32 %r1, 2; END:", ""));

    [Fact]
    public void AnIndexBehindTheListIsFound()
    {
        var (_, result) = PtxText.Run(PtxText.Kernel("T: .branchtargets A, B; brx.idx %r0, T; A: B:"), 3);
        Assert.Contains("branches by index 2 of 2 targets", Assert.Single(result.Findings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AUniformBranchByIndexOfLanesThatDisagreeIsFound()
    {
        var (_, result) = PtxText.Run(PtxText.Kernel("and.b32 %r2, %r0, 1; T: .branchtargets A, B; brx.idx.uni %r2, T; A: mov.u32 %r1, 1; B:"), 32);
        Assert.Equal(FindingKind.DivergentInstruction, Assert.Single(result.Findings).Kind);
    }
}
