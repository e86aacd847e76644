using Xunit;
using SRKernels.Compilation.Analysis;

namespace SRKernels.Compiler.Tests.Analysis;

/// <summary>Machine code of the two-stage tensor-core product for sm_80, as nvdisasm 11.8 printed it (runs of spaces made one).</summary>
public sealed class SassListingTests
{
    internal static SassKernel TwoStages { get; } = Read();

    [Fact]
    public void InstructionsAreReadWithoutThePaddingBehindThem()
    {
        Assert.Equal("TensorProduct_TwoStages64x64", TwoStages.Name);
        Assert.Equal("EXIT", TwoStages.Instructions[^1].Opcode);
        Assert.Equal(0xad0, TwoStages.Instructions[^1].Address);
        Assert.Equal((0xad0 / 16) + 1, TwoStages.Instructions.Count);
        Assert.Equal(8, TwoStages.Instructions.Count(i => i.Class == InstructionClass.Tensor));
    }

    [Fact]
    public void TheLoopIsFoundFromItsBackwardBranch()
    {
        var loop = Assert.Single(TwoStages.Loops);
        Assert.Equal((0x500, 0x860), (TwoStages.Instructions[loop.First].Address & ~0xFF, TwoStages.Instructions[loop.Last].Address));
        Assert.Null(loop.Parent);
    }

    [Fact]
    public void KindsOfTheLoopAreCounted()
    {
        var loop = Assert.Single(LoopReport.Of(TwoStages, PublishedGpu.A100));
        // 8 products, 2 + 4 ldmatrix, 2 cp.async; three loads that are predicated off for good belong to nobody.
        Assert.Equal((8, 6, 2, 0), (loop[InstructionClass.Tensor], loop[InstructionClass.Shared], loop[InstructionClass.Global], loop[InstructionClass.Ffma]));
        Assert.Equal(140, loop.StallCycles);
        Assert.True(loop.PathCycles > loop.StallCycles, $"waiting costs time too: {loop.PathCycles}");
        Assert.True(loop.SchedulerCycles >= loop.Instructions, $"each instruction takes a slot: {loop.SchedulerCycles}");
    }

    [Theory]
    [InlineData(0x000fc80000000000, 4, 7, 7, 0)] // DEPBAR: four cycles, no barrier
    [InlineData(0x000e620000002100, 1, 1, 7, 0)] // S2R: its result lets barrier 1 fall
    [InlineData(0x004fe200078e00ff, 1, 7, 7, 4)] // IMAD.SHL: waits for barrier 2
    [InlineData(0x0003e2000b901c44, 1, 7, 1, 0)] // LDGSTS: barrier 1 when the operands are read
    public void ControlWordsAreTakenApart(long upper, int stall, int write, int read, int wait)
    {
        var control = new ControlWord((ulong)upper);
        Assert.Equal((stall, write, read, wait), (control.Stall, control.WriteBarrier, control.ReadBarrier, control.WaitMask));
    }

    [Fact]
    public void LoopsNestByTheirExtent()
    {
        var text = """
            	.section	.text.Nest,"ax",@progbits
            .text.Nest:
             /*0000*/ MOV R1, R2 ; /* 0x0000000000000000 */
             /* 0x000fe20000000000 */
            .L_outer:
             /*0010*/ FADD R1, R1, R2 ; /* 0x0000000000000000 */
             /* 0x000fe20000000000 */
            .L_inner:
             /*0020*/ FFMA R1, R1, R2, R3 ; /* 0x0000000000000000 */
             /* 0x000fe20000000000 */
             /*0030*/ @P0 BRA `(.L_inner) ; /* 0x0000000000000000 */
             /* 0x000fe20000000000 */
             /*0040*/ @!P1 BRA `(.L_outer) ; /* 0x0000000000000000 */
             /* 0x000fe20000000000 */
             /*0050*/ EXIT ; /* 0x0000000000000000 */
             /* 0x000fe20000000000 */
            .L_end:
             /*0060*/ BRA `(.L_end); /* 0x0000000000000000 */
             /* 0x000fc0000383ffff */
            """;
        var kernel = SassListing.Parse(text)["Nest"];
        Assert.Equal(6, kernel.Instructions.Count);
        Assert.Equal([(1, 4), (2, 3)], kernel.Loops.Select(l => (l.First, l.Last)));
        Assert.Same(kernel.Loops[0], kernel.Loops[1].Parent);
        Assert.Equal("@P0", kernel.Instructions[3].Predicate);
        var only = Assert.Single(LoopReport.Of(kernel, PublishedGpu.A100));
        Assert.Equal((1, 1, 2), (only[InstructionClass.Ffma], only[InstructionClass.Control], only.Instructions));
    }

    [Theory]
    [InlineData("HMMA.16816.F32.BF16", InstructionClass.Tensor, InstructionPipe.None)]
    [InlineData("FFMA.FTZ", InstructionClass.Ffma, InstructionPipe.Fp32)]
    [InlineData("MUFU.EX2", InstructionClass.Float, InstructionPipe.Special)]
    [InlineData("FSETP.GT.AND", InstructionClass.Float, InstructionPipe.Integer)]
    [InlineData("F2FP.BF16.PACK_AB", InstructionClass.Float, InstructionPipe.Integer)]
    [InlineData("IMAD.WIDE", InstructionClass.Integer, InstructionPipe.IntegerProduct)]
    [InlineData("IMAD.MOV.U32", InstructionClass.Other, InstructionPipe.IntegerProduct)]
    [InlineData("LEA.HI.X.SX32", InstructionClass.Integer, InstructionPipe.Integer)]
    [InlineData("LDSM.16.MT88.2", InstructionClass.Shared, InstructionPipe.None)]
    [InlineData("LDGSTS.E.BYPASS.128", InstructionClass.Global, InstructionPipe.None)]
    [InlineData("LDL.64", InstructionClass.Local, InstructionPipe.None)]
    [InlineData("BAR.SYNC.DEFER_BLOCKING", InstructionClass.Control, InstructionPipe.None)]
    public void OpcodesHaveTheirKindAndUnit(string opcode, object kind, object pipe) =>
        Assert.Equal((kind, pipe), (Opcodes.ClassOf(opcode), Opcodes.PipeOf(opcode)));

    private static SassKernel Read()
    {
        using var stream = typeof(SassListingTests).Assembly.GetManifestResourceStream("two_stages_sm80.txt")!;
        using var reader = new StreamReader(stream);
        return Assert.Single(SassListing.Parse(reader.ReadToEnd())).Value;
    }
}
