using System.Globalization;
using System.Text.RegularExpressions;
using SRKernels.Compilation.Analysis;
using Xunit;

namespace SRKernels.Compiler.Tests.Emulation;

/// <summary>
/// NVIDIA's assembler folds instructions over constants: the cases of <see cref="InstructionTests"/> with constants for
/// inputs, assembled, leave a store of a constant in the machine code, and that constant is its opinion of the result.
/// </summary>
public partial class AssemblerArithmeticTests
{
    [PtxasFact]
    public void AgreesWithWhatPtxasFolds()
    {
        var ptxas = Ptxas.Found!;
        Assert.SkipUnless(ptxas.CanDisassemble, "nvdisasm is missing beside ptxas: tools/get_ptxas.sh brings both");
        var cases = InstructionTests.Cases;
        var kernels = cases.Select((c, i) => PtxText.Single(c.Text, c.Types, 80, c.Inputs).Split(".visible")[1]
            .Replace("entry k(", $"entry k{i}(", StringComparison.Ordinal));
        var result = ptxas.Assemble(".version 7.8\n.target sm_80\n.address_size 64\n.visible" + string.Join("\n.visible", kernels), 80);
        Assert.True(result.Success, result.Log);
        var compared = 0;
        var wrong = new List<string>();
        foreach (var section in ptxas.Disassemble(result.Cubin).Split(".section")[1..])
        {
            var name = KernelName().Match(section);
            if (!name.Success || Folded(section) is not { } folded) continue;
            compared++;
            var (text, _, expected, inputs) = cases[int.Parse(name.Groups[1].ValueSpan, CultureInfo.InvariantCulture)];
            if (folded != expected)
                wrong.Add($"{text} of {string.Join(", ", inputs.Select(i => $"0x{i:x}"))}: we say 0x{expected:x}, ptxas 0x{folded:x}");
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(compared >= 100, $"ptxas folded only {compared} of {cases.Length} cases");
    }

    // The 64-bit constant that the only store writes, or null if it is not one.
    private static ulong? Folded(string section)
    {
        var registers = new Dictionary<string, uint?>(StringComparer.Ordinal) { ["RZ"] = 0 };
        foreach (var line in section.Split('\n'))
        {
            if (Store().Match(line) is { Success: true } store)
            {
                if (store.Groups[1].Value == "RZ") return 0;
                var low = int.Parse(store.Groups[1].ValueSpan[1..], CultureInfo.InvariantCulture);
                return registers.GetValueOrDefault($"R{low}") is { } l && registers.GetValueOrDefault($"R{low + 1}") is { } h
                    ? ((ulong)h << 32) | l
                    : null;
            }

            if (Zeroed().Match(line) is { Success: true } zeroed)
            {
                var at = int.Parse(zeroed.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
                registers[$"R{at}"] = registers[$"R{at + 1}"] = 0;
            }
            else if (Halves().Match(line) is { Success: true } halves)
            {
                registers[halves.Groups[1].Value] = HalfBits(halves.Groups[2].Value) is { } high && HalfBits(halves.Groups[3].Value) is { } lower
                    ? ((uint)high << 16) | lower
                    : null;
            }
            else if (Constant().Match(line) is { Success: true } constant)
            {
                var (to, from) = (constant.Groups[1].Value, constant.Groups[2].Value);
                registers[to] = from[0] == 'R' ? registers.GetValueOrDefault(from)
                    : from[0] == '-' ? 0 - uint.Parse(from.AsSpan(3), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                    : uint.Parse(from.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            }
            else if (Other().Match(line) is { Success: true } other)
            {
                registers[other.Groups[1].Value] = null;
            }
        }

        return null;
    }

    private static ushort? HalfBits(string shown) =>
        Half.TryParse(shown, CultureInfo.InvariantCulture, out var half) ? BitConverter.HalfToUInt16Bits(half) : null;

    [GeneratedRegex(@"\n\s*\.text\.k(\d+)")]
    private static partial Regex KernelName();

    [GeneratedRegex(@"STG\.E\.64 .*\], (R\w+)")]
    private static partial Regex Store();

    [GeneratedRegex(@"CS2R R(\d+), SRZ")]
    private static partial Regex Zeroed();

    // -0 * 0 + (a, b) in halves: how the assembler loads a constant on the tensor pipe.
    [GeneratedRegex(@"HFMA2\.MMA (R\d+), -RZ, RZ, (\S+), (\S+)\s*;")]
    private static partial Regex Halves();

    // MOV R2, 0x5 (or another register) and its disguises with RZ.
    [GeneratedRegex(@"(?:MOV|IMAD\.MOV\.U32) (R\d+), (?:RZ, RZ, )?(-?0x[0-9a-f]+|R\w+)\s*;")]
    private static partial Regex Constant();

    [GeneratedRegex(@"\*/\s+(?:@!?P\d\s+)?\S+ (R\d+),")]
    private static partial Regex Other();
}
