using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Codegen.Ptx;

/// <summary>
/// IR to a PTX module for one target. Source: NVIDIA, Parallel Thread Execution ISA.
/// </summary>
/// <remarks>
/// Every SSA value is a virtual register of its own; ptxas assigns real ones. Shared pointers are 32 bits, all others 64. The ISA version
/// is the lowest that knows the target, so that old drivers take the text. Exact exp, log, sin, ... have no PTX instruction:
/// <c>ExpandMath</c> has replaced them before the function comes here.
/// </remarks>
internal sealed class PtxGenerator(int target) : ICodeGenerator
{
    /// <summary>Targets that can be asked for. Those from 100 on are emitted and emulated only: the assembler of the tests ends at 90.</summary>
    internal static ReadOnlySpan<int> Targets => [70, 75, 80, 86, 89, 90, 100, 120];

    /// <inheritdoc/>
    public string Target => $"ptx sm_{target}";

    /// <inheritdoc/>
    public bool HasElementaryFunctions => false;

    /// <inheritdoc/>
    public string Generate(Function f)
    {
        if (f.Info.LowestTarget > target)
        {
            throw new KernelCompilationException(
                f.Info.Name, $"Kernel {f.Info.Name}: expected a target of at least sm_{f.Info.LowestTarget}, got sm_{target}; take the plain variant below it.");
        }

        return new PtxWriter(f, target).Write();
    }

    /// <summary>The entry point in the text: the kernel's name with what PTX and C identifiers cannot hold replaced.</summary>
    internal static string EntryName(string kernel) =>
        string.Create(kernel.Length, kernel, static (span, name) =>
        {
            for (int i = 0; i < name.Length; i++)
                span[i] = char.IsAsciiLetterOrDigit(name[i]) || (name[i] == '_' && i > 0) ? name[i] : i == 0 ? 'k' : '_';
        });

    /// <summary>The lowest ISA version that knows the target and what our kernels use on it.</summary>
    internal static string IsaVersion(int target) => target switch
    {
        < 75 => "6.4",
        <= 80 => "7.0", // of sm_75: tanh.approx
        < 89 => "7.1",
        < 100 => "7.8",
        < 120 => "8.6",
        _ => "8.7",
    };
}
