namespace SRKernels.Emulation.Syntax;

/// <summary>PTX text that the real assembler would refuse too.</summary>
public class PtxException(int line, string what) : Exception($"PTX line {line}: {what}")
{
    /// <summary>The line of the PTX text, counted from 1.</summary>
    public int Line { get; } = line;
}

/// <summary>PTX text that is (or may be) right but that the emulator has no meaning for; never a verdict on the text.</summary>
public sealed class PtxUnsupportedException(int line, string what)
    : PtxException(line, what + "; the emulator has no such feature, see kernels-tests/SRKernels.Emulation/Families");
