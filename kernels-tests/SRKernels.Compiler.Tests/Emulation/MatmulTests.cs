using SRKernels.Compilation.Analysis;
using SRKernels.Emulation;
using Xunit;

namespace SRKernels.Compiler.Tests.Emulation;

/// <summary>A whole kernel by hand: shared-memory tiles of 16 x 16, a block of 256 threads per tile, 64 x 64 x 64.</summary>
public class MatmulTests
{
    private const int N = 64;

    private static readonly string Ptx = $$"""
        .version 7.0
        .target sm_70
        .address_size 64
        .visible .entry matmul(.param .u64 a, .param .u64 b, .param .u64 c, .param .u32 n) .maxntid 16, 16, 1
        {
            .reg .pred %p<2>; .reg .b32 %r<32>; .reg .f32 %f<4>; .reg .b64 %rd<16>;
            .shared .align 16 .b8 ta[1024]; .shared .align 16 .b8 tb[1024];
            ld.param.u64 %rd0, [a]; ld.param.u64 %rd1, [b]; ld.param.u64 %rd2, [c]; ld.param.u32 %r0, [n];
            cvta.to.global.u64 %rd0, %rd0; cvta.to.global.u64 %rd1, %rd1; cvta.to.global.u64 %rd2, %rd2;
            mov.u32 %r1, %tid.x; mov.u32 %r2, %tid.y; mov.u32 %r3, %ctaid.x; mov.u32 %r4, %ctaid.y;
            shl.b32 %r5, %r4, 4; add.u32 %r5, %r5, %r2;
            shl.b32 %r6, %r3, 4; add.u32 %r6, %r6, %r1;
            mad.lo.u32 %r7, %r5, %r0, %r1; mul.wide.u32 %rd3, %r7, 4; add.s64 %rd3, %rd0, %rd3;
            mad.lo.u32 %r8, %r2, %r0, %r6; mul.wide.u32 %rd4, %r8, 4; add.s64 %rd4, %rd1, %rd4;
            shl.b32 %r9, %r0, 6; cvt.u64.u32 %rd5, %r9;
            shl.b32 %r10, %r2, 6; shl.b32 %r11, %r1, 2; add.u32 %r12, %r10, %r11;
            mov.u32 %r13, ta; mov.u32 %r14, tb; add.u32 %r15, %r13, %r12; add.u32 %r16, %r14, %r12;
            add.u32 %r17, %r13, %r10; add.u32 %r18, %r14, %r11;
            mov.f32 %f0, 0f00000000; mov.u32 %r19, 0;
        TILE:
            ld.global.nc.f32 %f1, [%rd3]; st.shared.f32 [%r15], %f1;
            ld.global.nc.f32 %f2, [%rd4]; st.shared.f32 [%r16], %f2;
            add.s64 %rd3, %rd3, 64; add.s64 %rd4, %rd4, %rd5;
            bar.sync 0;
        {{string.Concat(Enumerable.Range(0, 16).Select(k =>
            $"ld.shared.f32 %f1, [%r17+{4 * k}]; ld.shared.f32 %f2, [%r18+{64 * k}]; fma.rn.f32 %f0, %f1, %f2, %f0;\n"))}}
            bar.sync 0;
            add.u32 %r19, %r19, 16; setp.lt.u32 %p0, %r19, %r0; @%p0 bra TILE;
            mad.lo.u32 %r20, %r5, %r0, %r6; mul.wide.u32 %rd6, %r20, 4; add.s64 %rd6, %rd2, %rd6;
            st.global.f32 [%rd6], %f0;
            ret;
        }
        """;

    [Fact]
    public void TiledMatmulIsRightToTheBitAndClean()
    {
        var (a, b) = (Values(1), Values(2));
        var memory = new EmulatedMemory();
        var c = memory.Allocate<float>(new float[N * N]);
        using var module = PtxModule.Parse(Ptx).Load(memory);
        var result = module.Launch("matmul", new Extent(N / 16, N / 16), new Extent(16, 16), 0,
            module.PackArguments("matmul", memory.Allocate<float>(a), memory.Allocate<float>(b), c, N));
        Assert.Empty(result.Findings);
        Assert.Equal(0, result.BankConflicts);
        Assert.Equal(N * N * N / 32, result.ByOpcode()["fma.rn.f32"]);
        var actual = memory.Read<float>(c, N * N);
        for (var row = 0; row < N; row++)
        {
            for (var column = 0; column < N; column++)
            {
                var expected = 0f;
                for (var k = 0; k < N; k++) expected = MathF.FusedMultiplyAdd(a[(row * N) + k], b[(k * N) + column], expected);
                Assert.True(expected == actual[(row * N) + column], $"c[{row},{column}] expected {expected:R}, got {actual[(row * N) + column]:R}");
            }
        }
    }

    [Fact]
    public void WithoutItsSecondBarrierItRaces()
    {
        var at = Ptx.LastIndexOf("bar.sync 0;", StringComparison.Ordinal);
        var memory = new EmulatedMemory();
        var buffer = memory.Allocate<float>(Values(3));
        using var module = PtxModule.Parse(Ptx.Remove(at, "bar.sync 0;".Length)).Load(memory);
        var result = module.Launch("matmul", new Extent(4, 4), new Extent(16, 16), 0, module.PackArguments("matmul", buffer, buffer, memory.Allocate(N * N * 4), N));
        Assert.Contains(result.Findings, f => f.Kind == FindingKind.SharedRace);
    }

    [PtxasFact]
    public void AssemblesOnEveryTargetAndTellsItsResources()
    {
        foreach (var sm in Ptxas.Targets)
        {
            var verdict = PtxAgreement.Check(Ptx, sm);
            Assert.True(verdict.Clean, verdict.ToString());
            var resources = verdict.Result["matmul"];
            Assert.InRange(resources.Registers, 10, 64);
            Assert.Equal((0, 0, 0, 2048), (resources.SpillStoreBytes, resources.SpillLoadBytes, resources.StackBytes, resources.SharedBytes));
        }
    }

    [PtxasFact]
    public void DisassemblesToMachineCode()
    {
        var ptxas = Ptxas.Found!;
        Assert.SkipUnless(ptxas.CanDisassemble, "nvdisasm is missing beside ptxas: tools/get_ptxas.sh brings both");
        var cubin = ptxas.Assemble(Ptx, 80).Cubin;
        Assert.Contains("FFMA", ptxas.Disassemble(cubin), StringComparison.Ordinal);
        Assert.Contains("/* 0x", ptxas.Disassemble(cubin, hex: true), StringComparison.Ordinal);
    }

    private static float[] Values(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, N * N).Select(_ => random.NextSingle() - 0.5f)];
    }
}
