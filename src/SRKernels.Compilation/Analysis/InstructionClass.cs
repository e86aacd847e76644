namespace SRKernels.Compilation.Analysis;

/// <summary>What an instruction of the machine code is for.</summary>
internal enum InstructionClass
{
    /// <summary>Tensor-core products.</summary>
    Tensor,

    /// <summary>fp32 fused multiply-adds.</summary>
    Ffma,

    /// <summary>Other floating point, conversions and elementary functions.</summary>
    Float,

    /// <summary>Integers, logic, shifts, address arithmetic.</summary>
    Integer,

    /// <summary>Shared memory.</summary>
    Shared,

    /// <summary>Device memory, asynchronous copies into shared memory included.</summary>
    Global,

    /// <summary>Local memory: spills and arrays that are not in registers.</summary>
    Local,

    /// <summary>Branches, barriers, waits.</summary>
    Control,

    /// <summary>Moves, shuffles, special registers, constants.</summary>
    Other,
}

/// <summary>The unit that executes an instruction.</summary>
internal enum InstructionPipe
{
    /// <summary>None that limits: issue alone.</summary>
    None,

    /// <summary>fp32 additions and products.</summary>
    Fp32,

    /// <summary>Integer products, on half of the fp32 lanes where those are 128.</summary>
    IntegerProduct,

    /// <summary>Integer additions, logic, comparisons, minima.</summary>
    Integer,

    /// <summary>Elementary functions and conversions.</summary>
    Special,
}

/// <summary>Opcodes to classes and units.</summary>
/// <remarks>Units: NVIDIA Nsight Compute documentation, "Pipelines" (FMA, FMALite, ALU, XU, LSU).</remarks>
internal static class Opcodes
{
    /// <summary>What an opcode such as <c>HMMA.16816.F32.BF16</c> is for.</summary>
    public static InstructionClass ClassOf(string opcode) => Stem(opcode) switch
    {
        "HMMA" or "IMMA" or "BMMA" or "DMMA" => InstructionClass.Tensor,
        "FFMA" => InstructionClass.Ffma,
        "LDS" or "STS" or "LDSM" or "ATOMS" => InstructionClass.Shared,
        "LDG" or "STG" or "LDGSTS" or "ATOM" or "ATOMG" or "RED" or "LD" or "ST" => InstructionClass.Global,
        "LDL" or "STL" => InstructionClass.Local,
        "BRA" or "BRX" or "JMP" or "EXIT" or "BAR" or "BSSY" or "BSYNC" or "BREAK" or "WARPSYNC" or "DEPBAR" or "LDGDEPBAR" or "CALL" or "RET" or "NOP" or "YIELD"
            or "NANOSLEEP" or "MEMBAR" or "ERRBAR" or "CCTL" => InstructionClass.Control,
        "MOV" or "UMOV" or "S2R" or "S2UR" or "CS2R" or "SHFL" or "ULDC" or "LDC" or "R2UR" or "P2R" or "R2P" or "VOTE" or "VOTEU" or "REDUX" or "MATCH" => InstructionClass.Other,
        // A product by one or a sum with zero that only moves a register.
        "IMAD" when opcode.StartsWith("IMAD.MOV", StringComparison.Ordinal) => InstructionClass.Other,
        "MUFU" or "F2F" or "F2FP" or "F2I" or "I2F" or "I2FP" or "FRND" => InstructionClass.Float,
        ['F' or 'H' or 'D', ..] => InstructionClass.Float,
        _ => InstructionClass.Integer,
    };

    /// <summary>Which unit executes it.</summary>
    public static InstructionPipe PipeOf(string opcode) => Stem(opcode) switch
    {
        "FFMA" or "FADD" or "FMUL" or "HFMA2" or "HADD2" or "HMUL2" => InstructionPipe.Fp32,
        "IMAD" or "IDP" => InstructionPipe.IntegerProduct,
        "MUFU" or "F2F" or "F2I" or "I2F" or "FRND" or "POPC" or "FLO" or "BREV" => InstructionPipe.Special,
        _ when opcode[0] == 'U' => InstructionPipe.None,
        _ => ClassOf(opcode) is InstructionClass.Integer or InstructionClass.Float ? InstructionPipe.Integer : InstructionPipe.None,
    };

    /// <summary>The opcode without its modifiers.</summary>
    public static string Stem(string opcode) => opcode.IndexOf('.', StringComparison.Ordinal) is >= 0 and var dot ? opcode[..dot] : opcode;
}
