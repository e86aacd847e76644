namespace SRKernels.Compilation.Analysis;

/// <summary>
/// What the assembler tells the scheduler in the upper bits of a 128-bit instruction (sm_70 and later). Source of the layout: Jia et al. Dissecting the NVIDIA Volta
/// GPU Architecture via Microbenchmarking. 2018. arXiv 1804.06826, section 2.1; the same in the turingas and CuAssembler projects.
/// </summary>
/// <param name="Upper">The upper 64 bits.</param>
internal readonly record struct ControlWord(ulong Upper)
{
    /// <summary>No barrier is set.</summary>
    public const int None = 7;

    private int Bits => (int)(Upper >> 41) & 0x1FFFFF;

    /// <summary>Cycles until the warp's next instruction may issue; bits 105 to 108.</summary>
    public int Stall => Bits & 0xF;

    /// <summary>Whether the scheduler is asked to go on with another warp (the bit is inverted); bit 109.</summary>
    public bool Yields => (Bits >> 4 & 1) == 0;

    /// <summary>The barrier that falls when the result is there, or <see cref="None"/>; bits 110 to 112.</summary>
    public int WriteBarrier => Bits >> 5 & 7;

    /// <summary>The barrier that falls when the operands have been read, or <see cref="None"/>; bits 113 to 115.</summary>
    public int ReadBarrier => Bits >> 8 & 7;

    /// <summary>Barriers 0 to 5 that the instruction waits for; bits 116 to 121.</summary>
    public int WaitMask => Bits >> 11 & 0x3F;
}
