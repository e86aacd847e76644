using SRKernels.Runtime;

namespace SRKernels.Ilgpu;

/// <summary>ILGPU's compiler did not take a kernel.</summary>
/// <param name="kernel">Which one.</param>
/// <param name="said">What ILGPU said, innermost cause first.</param>
/// <param name="inner">ILGPU's exception.</param>
public sealed class IlgpuCompilationException(string kernel, string said, Exception inner) : SrkException(
    $"kernel {kernel}", "one that ILGPU's compiler takes", $"'{said}'", "spell it as src/SRKernels.Compiler/README.md says, or let our own compiler make it (cuda:N, opencl:N)", inner)
{
    /// <summary>The kernel.</summary>
    public string Kernel { get; } = kernel;

    /// <summary>What ILGPU said.</summary>
    public string Said { get; } = said;

    internal static IlgpuCompilationException Of(string kernel, Exception e)
    {
        // The outer message says only that something went wrong while compiling; the cause lies inside.
        var said = new List<string>();
        for (Exception? cause = e; cause is not null; cause = cause.InnerException) said.Add(cause.Message.ReplaceLineEndings(" ").Trim());
        said.Reverse();
        return new IlgpuCompilationException(kernel, string.Join("; ", said.Distinct(StringComparer.Ordinal)), e);
    }
}
