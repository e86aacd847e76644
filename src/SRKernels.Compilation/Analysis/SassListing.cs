using System.Globalization;
using System.Text.RegularExpressions;

namespace SRKernels.Compilation.Analysis;

/// <summary>One machine instruction.</summary>
/// <param name="Address">In bytes from the kernel's start.</param>
/// <param name="Predicate">Such as <c>@!P0</c>; empty: always.</param>
/// <param name="Opcode">With its modifiers.</param>
/// <param name="Operands">As text.</param>
/// <param name="Control">For the scheduler.</param>
internal sealed record SassInstruction(int Address, string Predicate, string Opcode, string Operands, ControlWord Control)
{
    /// <summary>What it is for; what is predicated off for good (the assembler puts such loads before asynchronous copies) is for nothing.</summary>
    public InstructionClass Class { get; } = Predicate == "@!PT" ? InstructionClass.Other : Opcodes.ClassOf(Opcode);

    /// <summary>Which unit executes it.</summary>
    public InstructionPipe Pipe { get; } = Opcodes.PipeOf(Opcode);
}

/// <summary>The machine code of a kernel.</summary>
/// <param name="Name">Entry point.</param>
/// <param name="Instructions">In the order of their addresses, without the padding after the last.</param>
/// <param name="Loops">Outer before inner, by address.</param>
internal sealed record SassKernel(string Name, IReadOnlyList<SassInstruction> Instructions, IReadOnlyList<SassLoop> Loops);

/// <summary>A loop: the instructions from the target of a backward branch to that branch.</summary>
/// <param name="First">Index of its first instruction.</param>
/// <param name="Last">Index of the backward branch.</param>
internal sealed record SassLoop(int First, int Last)
{
    /// <summary>The loop around it.</summary>
    public SassLoop? Parent { get; init; }

    /// <summary>Whether an index is in it.</summary>
    public bool Contains(int instruction) => instruction >= First && instruction <= Last;
}

/// <summary>Reads what <c>nvdisasm -c -hex</c> prints.</summary>
internal static partial class SassListing
{
    /// <summary>The kernels of a listing by name.</summary>
    public static IReadOnlyDictionary<string, SassKernel> Parse(string listing)
    {
        var kernels = new Dictionary<string, SassKernel>(StringComparer.Ordinal);
        string? name = null;
        var instructions = new List<SassInstruction>();
        var labels = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var line in listing.Split('\n'))
        {
            if (SectionLine().Match(line) is { Success: true } section)
            {
                Close();
                name = section.Groups[1].Value;
            }
            else if (LabelLine().Match(line) is { Success: true } label)
            {
                labels[label.Groups[1].Value] = instructions.Count;
            }
            else if (InstructionLine().Match(line) is { Success: true } code)
            {
                instructions.Add(new SassInstruction(
                    int.Parse(code.Groups[1].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture), code.Groups[2].Value, code.Groups[3].Value, code.Groups[4].Value.Trim(), default));
            }
            else if (UpperLine().Match(line) is { Success: true } upper && instructions.Count > 0)
            {
                instructions[^1] = instructions[^1] with { Control = new ControlWord(ulong.Parse(upper.Groups[1].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture)) };
            }
        }

        Close();
        return kernels;

        void Close()
        {
            if (name is not null && instructions.Count > 0) kernels[name] = Make(name, instructions, labels);
            name = null;
            instructions.Clear();
            labels.Clear();
        }
    }

    private static SassKernel Make(string name, List<SassInstruction> instructions, Dictionary<string, int> labels)
    {
        var ends = new SortedDictionary<int, int>();
        var length = instructions.Count;
        for (var i = 0; i < instructions.Count; i++)
        {
            if (Opcodes.Stem(instructions[i].Opcode) != "BRA" || TargetLabel().Match(instructions[i].Operands) is not { Success: true } target) continue;
            if (!labels.TryGetValue(target.Groups[1].Value, out var to)) continue;
            // A branch to itself stands after the last instruction of a kernel, before the padding.
            if (to == i) length = Math.Min(length, i);
            else if (to < i) ends[to] = Math.Max(ends.GetValueOrDefault(to), i);
        }

        var loops = new List<SassLoop>();
        foreach (var (first, last) in ends)
            loops.Add(new SassLoop(first, last) { Parent = loops.LastOrDefault(l => l.Contains(first) && l.Last >= last) });
        return new SassKernel(name, [.. instructions[..length]], loops);
    }

    [GeneratedRegex(@"^\s*\.section\s+\.text\.([\w$]+)")]
    private static partial Regex SectionLine();

    [GeneratedRegex(@"^(\.L\w+):")]
    private static partial Regex LabelLine();

    [GeneratedRegex(@"^\s+/\*([0-9a-f]{4,})\*/\s+(?:(@!?U?P\w+)\s+)?([A-Z][A-Z0-9_.a-z]*)([^;]*);")]
    private static partial Regex InstructionLine();

    [GeneratedRegex(@"^\s+/\* 0x([0-9a-f]{16}) \*/")]
    private static partial Regex UpperLine();

    [GeneratedRegex(@"`\((\.L\w+)\)")]
    private static partial Regex TargetLabel();
}
