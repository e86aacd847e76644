using SRKernels.Emulation.Execution;
using SRKernels.Emulation.Syntax;

namespace SRKernels.Emulation.Isa;

/// <summary>Executes one instruction for the lanes of <paramref name="mask"/>, which is never empty.</summary>
internal delegate void Exec(Warp warp, Ins ins, uint mask);

/// <summary>
/// One row of the instruction table: which modifiers and operands ptxas accepts, from which target on, and what the
/// instruction does. A pattern is "opcode" and then groups: ".x" must be there, "[.x .y]" may, "(.x .y)" one must.
/// Modifiers may stand in any order, as with ptxas; types, and groups written ">.x", stand in the order given. Operand
/// rules are explained at <see cref="OperandRule"/>.
/// </summary>
internal sealed class OpRow
{
    private readonly List<Group> _groups = [];

    internal OpRow(string pattern, string operands, Func<OpMatch, Exec> bind, int sm = 0, Func<OpMatch, string?>? check = null)
    {
        (Bind, Sm, Check) = (bind, sm, check);
        var space = pattern.IndexOf(' ');
        Opcode = space < 0 ? pattern : pattern[..space];
        for (var i = space < 0 ? pattern.Length : space; i < pattern.Length; i++)
        {
            if (pattern[i] == ' ') continue;
            var end = pattern.IndexOf(pattern[i] switch { '[' => ']', '(' => ')', _ => ' ' }, i);
            if (end < 0) end = pattern.Length;
            var body = pattern[i..end].Trim('[', '(', '>').Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var isType = PtxTypes.TryParse(body[0], out _);
            // ptxas takes these for a part of the opcode: they stand first.
            var first = Opcode is "mul" or "mad" or "cvta" or "bar" or "cp"
                && body[0] is (".lo" or ".hi" or ".wide" or ".to" or ".warp" or ".async");
            _groups.Add(new Group(body, pattern[i] == '[', isType, isType || pattern[i] == '>', first));
            i = end;
        }

        Operands = [.. operands.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(OperandRule.Parse)];
    }

    internal string Opcode { get; }
    internal OperandRule[] Operands { get; }
    internal Func<OpMatch, Exec> Bind { get; }

    /// <summary>The lowest target, 0 for any.</summary>
    internal int Sm { get; }

    /// <summary>What is wrong with an otherwise matching combination, or null.</summary>
    internal Func<OpMatch, string?>? Check { get; }

    private sealed record Group(string[] Alternatives, bool Optional, bool IsType, bool Ordered, bool First);

    /// <summary>The row's reading of these modifiers, or null if they are not its own.</summary>
    internal OpMatch? Match(string[] modifiers)
    {
        if (modifiers.Length > 32) return null;
        uint used = 0;
        var last = -1;
        var types = new List<PtxType>();
        foreach (var group in _groups)
        {
            var found = -1;
            for (var i = group.Ordered ? last + 1 : 0; i < (group.First ? Math.Min(1, modifiers.Length) : modifiers.Length) && found < 0; i++)
            {
                if ((used >> i & 1) != 0) continue;
                if (Array.IndexOf(group.Alternatives, modifiers[i]) >= 0) found = i;
                else if (group.IsType && PtxTypes.TryParse(modifiers[i], out _)) break;
            }

            if (found < 0)
            {
                if (group.Optional) continue;
                return null;
            }

            used |= 1u << found;
            if (group.Ordered) last = found;
            if (group.IsType && PtxTypes.TryParse(modifiers[found], out var type)) types.Add(type);
        }

        return used == (1UL << modifiers.Length) - 1 ? new OpMatch(modifiers, [.. types]) : null;
    }
}

/// <summary>The modifiers of a matched instruction.</summary>
internal sealed class OpMatch(string[] modifiers, PtxType[] types)
{
    internal PtxType[] Types { get; } = types;

    internal PtxType Type => Types[0];

    internal bool Has(string modifier) => Array.IndexOf(modifiers, modifier) >= 0;

    internal bool Ftz => Has(".ftz");

    internal bool Sat => Has(".sat");

    /// <summary>The first of these that is present, or null.</summary>
    internal string? One(params ReadOnlySpan<string> of)
    {
        foreach (var modifier in of)
            if (Has(modifier))
                return modifier;
        return null;
    }

    internal int VectorCount => Has(".v2") ? 2 : Has(".v4") ? 4 : 1;

    internal StateSpace Space => Has(".global") ? StateSpace.Global : Has(".shared") ? StateSpace.Shared
        : Has(".local") ? StateSpace.Local : Has(".const") ? StateSpace.Const : Has(".param") ? StateSpace.Param
        : StateSpace.Generic;
}
