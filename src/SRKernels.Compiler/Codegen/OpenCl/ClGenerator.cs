using SRKernels.Compiler.Codegen.Ptx;
using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Codegen.OpenCl;

/// <summary>
/// IR to OpenCL C 1.2 for any device: explicit address spaces, no generic pointers, no subgroups. Source: Khronos, The OpenCL Specification 1.2.
/// </summary>
/// <remarks>
/// A pointer parameter becomes a memory object and a byte offset, because a cl_mem cannot start in its middle. Integers are unsigned in
/// the text (C's signed overflow is undefined, C#'s wraps). What a warp does together goes through local memory and a barrier
/// of the group, so it is refused where threads of a group may take different ways to it.
/// </remarks>
internal sealed class ClGenerator : ICodeGenerator
{
    /// <inheritdoc/>
    public string Target => "opencl 1.2";

    /// <inheritdoc/>
    public bool HasElementaryFunctions => true;

    /// <inheritdoc/>
    public string Generate(Function f) => new ClWriter(f).Write();

    /// <summary>The entry point in the text.</summary>
    internal static string EntryName(string kernel) => PtxGenerator.EntryName(kernel);
}
