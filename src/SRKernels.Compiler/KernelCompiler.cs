using SRKernels.Compiler.Codegen;
using SRKernels.Compiler.IR;
using SRKernels.Compiler.Passes;

namespace SRKernels.Compiler;

/// <summary>
/// The story of the compiler:
/// <code>kernel C# -Frontend-> IR -Passes-> IR -Codegen-> PTX | OpenCL C</code>
/// </summary>
internal static class KernelCompiler
{
    /// <summary>The passes in the order they run; each is one file in Passes/.</summary>
    internal static IReadOnlyList<(string Name, IPass Pass)> Pipeline { get; } =
    [
    ];

    /// <summary>Runs the pipeline once; in debug builds the verifier follows every pass.</summary>
    internal static void Optimize(Function f) => Optimize(f, Pipeline);

    /// <summary>Runs the given passes once; in debug builds the verifier follows every pass.</summary>
    internal static void Optimize(Function f, IReadOnlyList<(string Name, IPass Pass)> passes)
    {
        VerifyInDebug(f, "frontend");
        foreach ((string name, IPass pass) in passes)
        {
            bool changed = pass.Run(f);
            if (changed) VerifyInDebug(f, name);
        }
    }

    /// <summary>The text for one target of an optimised function.</summary>
    internal static string Generate(Function f, ICodeGenerator generator) => generator.Generate(f);

    [System.Diagnostics.Conditional("DEBUG")]
    private static void VerifyInDebug(Function f, string stage) => Verifier.Verify(f, stage);
}
