using SRKernels.Compilation.Analysis;
using SRKernels.Emulation;
using SRKernels.Emulation.Syntax;
using SRKernels.Runtime.Cuda;
using Xunit;

namespace SRKernels.Compiler.Tests.Emulation;

/// <summary>What is read from the assembler's output, and what the emulator's own errors say.</summary>
public class PtxasTests
{
    [Fact]
    public void ReadsTheResourcesOfEveryKernel()
    {
        var kernels = Ptxas.Parse("""
            ptxas info    : 0 bytes gmem
            ptxas info    : Compiling entry function 'first' for 'sm_80'
            ptxas info    : Function properties for first
                48 bytes stack frame, 36 bytes spill stores, 40 bytes spill loads
            ptxas info    : Used 255 registers, 49152 bytes smem, 400 bytes cmem[0], 16 bytes cmem[2]
            ptxas info    : Compiling entry function 'second' for 'sm_80'
            ptxas info    : Function properties for second
                0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
            ptxas info    : Used 4 registers, 352 bytes cmem[0]
            """);
        Assert.Equal([new KernelResources("first", 255, 36, 40, 48, 49152, 400), new KernelResources("second", 4, 0, 0, 0, 0, 352)], kernels);
    }

    [PtxasFact]
    public void SpillsAreSeen()
    {
        // 40 values that live over a barrier do not fit 24 registers.
        var loads = string.Concat(Enumerable.Range(1, 40).Select(i => $"ld.volatile.global.b32 %r{i}, [%rd0+{4 * i}];\n"));
        var stores = string.Concat(Enumerable.Range(1, 40).Select(i => $"st.volatile.global.b32 [%rd1+{4 * i}], %r{i};\n"));
        var result = Ptxas.Found!.Assemble(PtxText.Kernel(loads + "bar.sync 0;\n" + stores), 80, "--maxrregcount=24");
        Assert.True(result.Success, result.Log);
        Assert.True(result["k"].SpillStoreBytes > 0 && result["k"].SpillLoadBytes > 0, result.Log);
    }

    [PtxasFact]
    public void WarningsAndErrorsAreTold()
    {
        var warned = Ptxas.Found!.Assemble(PtxText.Kernel("ld.global.u32 %r1, [%r0];"), 80);
        Assert.True(warned.Success);
        Assert.NotEmpty(warned.Warnings);
        var refused = Ptxas.Found!.Assemble(PtxText.Kernel("add.u32 %r1, %r2;"), 80);
        Assert.False(refused.Success);
        Assert.Contains("Arguments mismatch", refused.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("add.s32 %r1, %f1, 1;", "expected S32, got '%f1' of type F32")]
    [InlineData("add.s32 %r1, %r2;", "expected 3 operands, got 2")]
    [InlineData("add.b32 %r1, %r2, %r3;", "expected other modifiers or types")]
    [InlineData("frobnicate %r1;", "expected an instruction, got 'frobnicate'")]
    [InlineData("ld.global.v4.f32 {%f1,%f2}, [%rd0];", "expected a vector of 4, got one of 2")]
    [InlineData("bra NOWHERE;", "expected a declared name, got 'NOWHERE'")]
    public void ErrorsNameTheLineAndWhatIsWrong(string body, string message)
    {
        var error = Assert.Throws<PtxException>(() => PtxModule.Parse(PtxText.Kernel("\n" + body)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(14, error.Line);
    }

    [Theory]
    [InlineData("mul24.lo.u32 %r1, %r0, %r0;")]
    [InlineData("atom.global.add.noftz.f16x2 %r1, [%rd0], %r0;")]
    [InlineData("add.cc.u32 %r1, %r0, %r0;")]
    [InlineData("{ .reg .v4 .f32 v; }")]
    public void WhatTheEmulatorLacksIsNoVerdict(string body) =>
        Assert.Throws<PtxUnsupportedException>(() => PtxModule.Parse(PtxText.Kernel(body)));
}
