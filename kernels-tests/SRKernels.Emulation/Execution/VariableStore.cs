using SRKernels.Emulation.Syntax;

namespace SRKernels.Emulation.Execution;

/// <summary>
/// The layout of the variables of one space (shared, local or const): as packed as the assembler packs them, but with
/// 128 bytes of no man's land between, which moves no variable to other banks and lets a stray access be seen.
/// </summary>
internal sealed class VariableStore
{
    /// <summary>No variable starts at 0, so that a null address is found.</summary>
    internal const int Start = 1024;
    private const int Gap = 128;
    private int _packed;
    private int _count;

    /// <summary>(offset, length) of each variable.</summary>
    internal List<(int Offset, int Length)> Ranges { get; } = [];

    internal int PackedBytes => _packed;

    internal int EndBytes => Start + _packed + (_count * Gap);

    internal void Place(Variable variable)
    {
        variable.Address = (ulong)Reserve(variable.Align, variable.Bytes);
        Ranges.Add(((int)variable.Address, variable.Bytes));
    }

    internal int Reserve(int align, int bytes)
    {
        align = Math.Max(align, 1);
        _packed = (_packed + align - 1) & -align;
        var offset = Start + _packed + (_count * Gap);
        offset = (offset + align - 1) & -align;
        _packed += bytes;
        _count++;
        return offset;
    }
}
