using System.Text;
using System.Text.RegularExpressions;

namespace SRKernels.Compiler.Codegen.Ptx;

/// <summary>What can be done with the text of whole modules that <see cref="PtxGenerator"/> made.</summary>
internal static partial class PtxModules
{
    /// <summary>One module of several for the same target whose entries have different names: their first header, then all bodies.</summary>
    /// <remarks>The assembler takes longer to start than to assemble a small kernel.</remarks>
    internal static string Join(IReadOnlyList<string> modules)
    {
        var text = new StringBuilder(modules[0]);
        for (int i = 1; i < modules.Count; i++)
        {
            string header = Header().Match(modules[i]).Value;
            if (header != Header().Match(modules[0]).Value)
                throw new ArgumentException($"PtxModules.Join: module {i} is for another target than the first one.", nameof(modules));
            text.Append('\n').Append(modules[i], header.Length, modules[i].Length - header.Length);
        }

        return text.ToString();
    }

    /// <summary>Declared virtual registers in units of 32 bits, predicates left out: an upper bound that no allocation has seen.</summary>
    internal static int VirtualRegisters(string module)
    {
        int sum = 0;
        foreach (Match match in Registers().Matches(module))
        {
            int count = int.Parse(match.Groups[2].ValueSpan, System.Globalization.CultureInfo.InvariantCulture);
            sum += match.Groups[1].ValueSpan is "64" ? 2 * count : count;
        }

        return sum;
    }

    [GeneratedRegex(@"\A\.version.*\n\.target.*\n\.address_size.*\n")]
    private static partial Regex Header();

    [GeneratedRegex(@"\.reg \.[bf](16|32|64) %\w+<(\d+)>")]
    private static partial Regex Registers();
}
