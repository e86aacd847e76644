using SRKernels.Emulation.Families;
using SRKernels.Emulation.Syntax;

namespace SRKernels.Emulation.Isa;

/// <summary>All rows of all families by opcode, and the check of an instruction against them.</summary>
internal static class OpTable
{
    private static readonly ILookup<string, OpRow> Rows = ((IEnumerable<OpRow>)
    [
        .. IntegerFamily.Rows, .. LogicFamily.Rows, .. BitFieldFamily.Rows, .. FloatFamily.Rows, .. DoubleFamily.Rows,
        .. HalfFamily.Rows, .. CompareFamily.Rows, .. ConvertFamily.Rows, .. MoveFamily.Rows, .. MemoryFamily.Rows,
        .. AtomicFamily.Rows, .. ControlFamily.Rows, .. WarpFamily.Rows, .. MatrixFamily.Rows, .. AsyncCopyFamily.Rows,
    ]).ToLookup(row => row.Opcode);

    /// <summary>What ptxas knows and the emulator does not: refused as unsupported, never as wrong.</summary>
    private static readonly HashSet<string> Unsupported =
    [
        "addc", "subc", "madc", "mul24", "mad24", "dp4a", "dp2a", "fns", "shf", "bfind", "cnot", "set", "slct",
        "brkpt", "pmevent", "nanosleep", "tex", "tld4", "suld", "sust", "sured", "wmma", "wgmma", "mbarrier",
        "ldu", "prefetchu", "stmatrix", "createpolicy", "discard", "applypriority", "alloca", "istypep", "txq", "suq",
        "vadd", "vsub", "vabsdiff", "vmin", "vmax", "vshl", "vshr", "vmad", "vset", "szext", "bmsk", "mapa", "getctarank",
        "stacksave", "stackrestore", "clusterlaunchcontrol", "tcgen05", "griddepcontrol", "setmaxnreg", "multimem",
    ];

    internal static (OpRow Row, OpMatch Match) Check(Instruction instruction, int target)
    {
        if (instruction.Modifiers.Contains(".cc"))
            throw new PtxUnsupportedException(instruction.Line, $"{instruction.FullOpcode}: carry");
        OpRow? nearest = null;
        string? complaint = null;
        foreach (var row in Rows[instruction.Opcode])
        {
            if (row.Match(instruction.Modifiers) is not { } match) continue;
            nearest = row;
            complaint = Complaint(row, match, instruction, target);
            if (complaint is null) return (row, match);
        }

        if (nearest is not null) throw new PtxException(instruction.Line, $"{instruction.FullOpcode}: {complaint}");
        if (Unsupported.Contains(instruction.Opcode))
            throw new PtxUnsupportedException(instruction.Line, instruction.FullOpcode);
        throw new PtxException(instruction.Line, Rows.Contains(instruction.Opcode)
            ? $"{instruction.FullOpcode}: expected other modifiers or types"
            : $"expected an instruction, got '{instruction.FullOpcode}'");
    }

    /// <summary>Checks, and gives what executes the instruction.</summary>
    internal static (OpRow Row, OpMatch Match, Exec Run) Bind(Instruction instruction, int target)
    {
        var (row, match) = Check(instruction, target);
        try
        {
            return (row, match, row.Bind(match));
        }
        catch (PtxUnsupportedException)
        {
            // A row's binder knows the modifiers but not the line.
            throw new PtxUnsupportedException(instruction.Line, instruction.FullOpcode);
        }
    }

    private static string? Complaint(OpRow row, OpMatch match, Instruction instruction, int target)
    {
        if (target < row.Sm) return $"expected .target sm_{row.Sm} or higher, got sm_{target}";
        var operands = instruction.Operands;
        var missing = row.Operands.Length - operands.Length;
        var optional = row.Operands.Count(o => o.IsOptional);
        if (missing < 0 || missing > optional) return $"expected {row.Operands.Length} operands, got {operands.Length}";
        var at = 0;
        foreach (var (rule, operand) in Pair(row, operands))
        {
            at++;
            if (rule.Check(operand, match) is { } wrong) return $"operand {at} {wrong}";
        }

        return ControlFamily.CheckConstants(instruction) ?? AsyncCopyFamily.CheckConstants(instruction)
            ?? BitFieldFamily.CheckConstants(instruction) ?? row.Check?.Invoke(match);
    }

    /// <summary>Rules with their operands; optional rules are left out from the first on when operands are too few.</summary>
    internal static IEnumerable<(OperandRule Rule, Operand Operand)> Pair(OpRow row, Operand[] operands)
    {
        var missing = row.Operands.Length - operands.Length;
        var at = 0;
        foreach (var rule in row.Operands)
        {
            if (rule.IsOptional && missing-- > 0) continue;
            yield return (rule, operands[at++]);
        }
    }
}
