using SRKernels.Compiler.IR;

namespace SRKernels.Compiler.Codegen;

/// <summary>IR to the text of one language for one target. Instances carry the target and no state between kernels.</summary>
internal interface ICodeGenerator
{
    /// <summary><c>ptx sm_80</c>, <c>opencl 1.2</c>: names the cached text and messages.</summary>
    string Target { get; }

    /// <summary>Whether the language has exact forms of exp, log, pow, sin, ... and the float remainder; else they are written out before.</summary>
    bool HasElementaryFunctions { get; }

    /// <summary>The whole module with one entry point named <see cref="KernelInfo.Name"/>; throws <see cref="KernelCompilationException"/>
    /// where the target cannot express the kernel.</summary>
    string Generate(Function f);
}
