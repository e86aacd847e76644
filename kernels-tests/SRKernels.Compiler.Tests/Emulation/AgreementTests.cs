using System.Collections.Concurrent;
using SRKernels.Emulation;
using SRKernels.Runtime.Cuda;
using Xunit;

namespace SRKernels.Compiler.Tests.Emulation;

/// <summary>
/// The emulator's parser against ptxas: each line of the corpus (right and deliberately wrong ones) is put to both, and
/// whatever one accepts and the other refuses fails. A line is "good" or "bad", so that a corpus that both refuse for a
/// reason of its own (a broken frame, say) fails too.
/// </summary>
public class AgreementTests
{
    private const string Outside = """
        .global .align 4 .b8 garr[64];
        .const .align 4 .b8 carr[64];
        .extern .shared .align 16 .b8 dyn[];
        """;

    private const string Declarations = """
            .reg .u16 %uh<4>; .reg .f16 %fh<4>; .reg .f16x2 %fx<4>; .reg .b8 %bb<4>;
            .reg .u32 %u<8>; .reg .s32 %s<8>; .reg .u64 %ud<4>; .reg .s64 %sd<4>;
            .shared .align 16 .b8 sm[1024]; .local .align 16 .b8 lo[64];
        """;

    public static TheoryData<string> Files => ["good", "bad"];

    [PtxasTheory]
    [MemberData(nameof(Files))]
    public void EmulatorAgreesWithPtxas(string kind)
    {
        var wrong = new ConcurrentQueue<string>();
        var lines = Lines(kind).ToList();
        Assert.True(lines.Count >= 60, $"the corpus has only {lines.Count} {kind} lines");
        if (kind == "good" && AllAccepted(lines)) return;
        Parallel.ForEach(lines, line =>
        {
            var verdict = PtxAgreement.Check(PtxText.Kernel(Declarations + "\n" + line.Body, Outside, line.Sm), line.Sm);
            if (!verdict.Agree || verdict.Emulator is null != (kind == "good") || (verdict.Unsupported && kind == "good"))
                wrong.Enqueue($"{kind} sm_{line.Sm}: {line.Body}\n{verdict}");
        });

        Assert.True(wrong.IsEmpty, $"{wrong.Count} of {lines.Count}:\n" + string.Join("\n\n", wrong));
    }

    // All right lines of a target as kernels of one text: one run of ptxas instead of a hundred, while nothing is amiss.
    private static bool AllAccepted(List<(string Body, int Sm)> lines) => lines.GroupBy(line => line.Sm).All(group =>
    {
        var kernels = group.Select((line, i) => PtxText.Kernel(Declarations + "\n" + line.Body, "", group.Key)
            .Split(".visible")[1].Replace("entry k(", $"entry k{i}(", StringComparison.Ordinal));
        var text = $".version 7.8\n.target sm_{group.Key}\n.address_size 64\n{Outside}\n.visible" + string.Join("\n.visible", kernels);
        var verdict = PtxAgreement.Check(text, group.Key);
        return verdict.Agree && verdict.Emulator is null;
    });

    [PtxasTheory]
    [InlineData(true, ".visible .entry j(.param .align 16 .b8 a[32], .param .u64 .ptr .global .align 16 b) .maxntid 256 .minnctapersm 2 { ret; }")]
    [InlineData(true, ".entry j() { }")]
    [InlineData(true, ".global .u32 g[] = {1, 2, 3}; .visible .entry j() { ret; }")]
    [InlineData(true, ".const .align 8 .f64 g[2] = {0d3FF0000000000000, 1.5}; .visible .entry j() { ret; }")]
    [InlineData(true, ".file 1 \"a.cs\"\n.visible .entry j() { .loc 1 3 4\n .pragma \"nounroll\"; ret; }")]
    [InlineData(true, ".visible .entry j() .reqntid 64, 1, 1 { { .reg .u32 t; mov.u32 t, (1 + 2) * 3; } exit; }")]
    [InlineData(true, ".visible .entry j() { .shared .b8 s[49152]; st.shared.u8 [s], 1; ret; }")]
    [InlineData(false, ".visible .entry j(.param .u64 a, .param .u64 a) { ret; }")]
    [InlineData(false, ".visible .entry j(.param .pred a) { ret; }")]
    [InlineData(false, ".visible .entry j(.reg .u64 a) { ret; }")]
    [InlineData(false, ".visible .entry j(.param .u64 a,) { ret; }")]
    [InlineData(false, ".visible .entry j() { ret;")]
    [InlineData(false, ".visible .entry j() { ret; } .visible .entry j() { ret; }")]
    [InlineData(false, ".shared .align 16 .b8 d[]; .visible .entry j() { ret; }")]
    [InlineData(false, ".shared .align 3 .b8 d[4]; .visible .entry j() { ret; }")]
    [InlineData(false, ".global .u32 g[2] = {1, 2, 3}; .visible .entry j() { ret; }")]
    [InlineData(false, ".visible .entry j() { .shared .f32 s = 1.0; ret; }")]
    [InlineData(false, ".visible .entry j() { .shared .b8 s[50000]; st.shared.u8 [s], 1; ret; }")]
    [InlineData(false, ".visible .entry j(.param .b8 a[4353]) { ret; }")]
    [InlineData(false, ".visible .entry j() { .reg .u32 %r<2> ret; }")]
    [InlineData(false, ".visible .entry j() { .reg .b32 q; q: ret; }")]
    [InlineData(false, ".visible .entry j(.param .u32 a) { .reg .b32 a; ret; }")]
    [InlineData(false, ".visible .entry j() { bra L; } .visible .entry i() { L: ret; }")]
    [InlineData(false, ".visible .entry 1j() { ret; }")]
    [InlineData(false, ".visible .entry j() .noreturn { ret; }")]
    [InlineData(true, ".func (.param .b32 r) f(.param .b32 a) { .reg .b32 x; ld.param.b32 x, [a]; st.param.b32 [r], x; ret; } .visible .entry j() { .reg .b32 y; { .param .b32 p; st.param.b32 [p], 1; .param .b32 q; call.uni (q), f, (p); ld.param.b32 y, [q]; } ret; }")]
    [InlineData(true, ".visible .func f(.param .align 8 .b8 a[16]); .visible .entry j() { { .param .align 8 .b8 p[16]; st.param.b64 [p+8], 1; call f, (p); } ret; } .visible .func f(.param .align 8 .b8 a[16]) { ret; }")]
    [InlineData(true, ".func f() { ret.uni; } .func g() { call f; exit; } .visible .entry j() { call g; ret; }")]
    [InlineData(false, ".func f(.param .b32 a) { ret; } .visible .entry j() { call f; ret; }")]
    [InlineData(false, ".func f(.param .b32 a) { ret; } .visible .entry j() { { .param .b64 p; st.param.b64 [p], 1; call f, (p); } ret; }")]
    [InlineData(false, ".func f() { ret; } .visible .entry j() { { .param .b32 q; call (q), f; } ret; }")]
    [InlineData(false, ".func f() { ret; } .func f() { ret; } .visible .entry j() { ret; }")]
    [InlineData(false, ".func f() { .reg .b32 x; add.u32 x, 1; ret; } .visible .entry j() { ret; }")]
    [InlineData(false, ".func f() { bra L; } .visible .entry j() { L: call f; ret; }")]
    [InlineData(false, ".func f(.param .b32 a, .param .b32 a) { ret; } .visible .entry j() { ret; }")]
    public void AgreesOnModules(bool good, string module)
    {
        var verdict = PtxAgreement.Check(".version 7.8\n.target sm_80\n.address_size 64\n" + module, 80);
        Assert.True(verdict.Agree && verdict.Emulator is null == good, verdict.ToString());
    }

    [PtxasTheory]
    [InlineData(true, ".version 7.0\n.target sm_80\n.address_size 64\n", 80)]
    [InlineData(true, ".version 6.0\n.target sm_70\n.address_size 64\n", 90)]
    [InlineData(true, ".version 7.8\n.target sm_89\n.address_size 64\n", 90)]
    [InlineData(false, ".version 7.7\n.target sm_89\n.address_size 64\n", 90)]
    [InlineData(false, ".version 7.8\n.target sm_90\n.address_size 64\n", 80)]
    [InlineData(false, ".version 7.0\n.target sm_86\n.address_size 64\n", 86)]
    [InlineData(false, ".version 6.0\n.target sm_75\n.address_size 64\n", 80)]
    [InlineData(false, ".version 7.8\n.target sm_99\n.address_size 64\n", 90)]
    [InlineData(false, ".target sm_80\n.version 7.8\n.address_size 64\n", 80)]
    [InlineData(false, ".version 7.8\n.address_size 64\n", 80)]
    public void AgreesOnHeaders(bool good, string header, int sm)
    {
        var verdict = PtxAgreement.Check(header + ".visible .entry j() { ret; }\n", sm);
        Assert.True(verdict.Agree && verdict.Emulator is null == good, verdict.ToString());
    }

    // "@sm line" for a target other than 80.
    private static IEnumerable<(string Body, int Sm)> Lines(string kind)
    {
        using var stream = typeof(AgreementTests).Assembly.GetManifestResourceStream($"ptx_{kind}.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0) continue;
            var target = line.StartsWith("@@", StringComparison.Ordinal);
            yield return target ? (line[(line.IndexOf(' ') + 1)..], int.Parse(line[2..line.IndexOf(' ')])) : (line, 80);
        }
    }
}
