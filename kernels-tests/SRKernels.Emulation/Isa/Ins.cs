using SRKernels.Emulation.Syntax;

namespace SRKernels.Emulation.Isa;

/// <summary>What steers the warp rather than its lanes' values.</summary>
internal enum Control : byte { None, Branch, Exit, Barrier }

/// <summary>
/// A decoded operand: the row of a value (registers, constants and special registers are all rows), the index of a
/// predicate, or an address (base row or -1, and an offset that includes the variable's address).
/// </summary>
internal readonly record struct Slot(int Index, PtxType Type, bool Negated = false, long Offset = 0, bool IsResult = false)
{
    internal bool IsPredicate => Type == PtxType.Pred;

    internal bool IsMissing => Index == int.MinValue;

    internal static Slot Missing => new(int.MinValue, PtxType.None);
}

/// <summary>A decoded instruction: everything about it that does not change while it runs.</summary>
internal sealed class Ins
{
    internal required Instruction Source { get; init; }

    /// <summary>Operands in order, vectors flattened; optional ones that are absent are not there.</summary>
    internal required Slot[] Slots { get; init; }

    internal required int Pc { get; init; }
    internal Exec Run { get; set; } = null!;
    internal Control Control { get; set; }

    /// <summary>Guard predicate or -1.</summary>
    internal int Guard { get; init; } = -1;
    internal bool GuardNegated { get; init; }

    /// <summary>Rows and predicates read, for the check of uninitialised registers.</summary>
    internal required int[] Reads { get; init; }
    internal required int[] ReadsPredicates { get; init; }
    internal required int[] Writes { get; init; }
    internal required int[] WritesPredicates { get; init; }

    internal int Target { get; set; } = -1;

    /// <summary>Where a branch by index goes, by the index; empty for others.</summary>
    internal int[] Table { get; set; } = [];

    /// <summary>All places that a branch may go to, but for the instruction after it.</summary>
    internal IEnumerable<int> Targets => Target >= 0 ? [Target] : Table;
    internal int Reconverge { get; set; } = -1;

    internal int D => Slots[0].Index;
    internal int A => Slots[1].Index;
    internal int B => Slots[2].Index;
    internal int C => Slots[3].Index;
}
