using SRKernels.Compiler.Codegen;
using SRKernels.Compiler.Frontend;
using SRKernels.Compiler.IR;
using SRKernels.Compiler.Passes;

namespace SRKernels.Compiler;

/// <summary>
/// The story of the compiler:
/// <code>kernel C# -Frontend-> IR -Passes-> IR -Codegen-> PTX | OpenCL C</code>
/// </summary>
internal static class KernelCompiler
{
    /// <summary>
    /// For OpenCL C only the loops over register tiles are written out: the driver's compiler unrolls the others itself, and PoCL takes tens of
    /// seconds for the work-item loops of a long straight text.
    /// </summary>
    internal const int OpenClUnrolledInstructions = 1024;

    /// <summary>The passes in the order they run; each is one file in Passes/.</summary>
    /// <param name="unrolledInstructions">How large a loop that touches local arrays may get by unrolling.</param>
    /// <remarks>New ones at every call: nothing of one compilation, failed or not, is seen by the next.</remarks>
    internal static IReadOnlyList<(string Name, IPass Pass)> Pipeline(int unrolledInstructions = 16384) =>
    [
        ("simplify control flow", new SimplifyControlFlow()),
        ("fold constants", new FoldConstants()),
        ("eliminate dead code", new EliminateDeadCode()),
        ("promote locals", new PromoteLocals()),
        ("unroll loops", new UnrollLoops(unrolledInstructions)),
        ("eliminate dead code", new EliminateDeadCode()),
        ("promote locals", new PromoteLocals()),
        ("fold constants", new FoldConstants()),
        ("simplify control flow", new SimplifyControlFlow()),
        ("eliminate common subexpressions", new EliminateCommonSubexpressions()),
        ("hoist invariants", new HoistInvariants()),
        ("fuse multiply-add", new FuseMultiplyAdd()),
        ("fold constants", new FoldConstants()),
        ("eliminate common subexpressions", new EliminateCommonSubexpressions()),
        ("vectorize memory", new VectorizeMemory()),
        ("reduce strength", new ReduceStrength()),
        ("eliminate dead code", new EliminateDeadCode()),
    ];

    /// <summary>The kernel as optimised IR, ready for any code generator. Pass one frontend to read assemblies once for many kernels.</summary>
    internal static Function Compile(KernelRequest request, KernelFrontend? frontend = null, bool forOpenCl = false)
    {
        Function f = (frontend ?? new KernelFrontend()).Translate(request);
        Optimize(f, forOpenCl ? Pipeline(OpenClUnrolledInstructions) : Pipeline());
        return f;
    }

    /// <summary>Runs the pipeline once; in debug builds the verifier follows every pass.</summary>
    internal static void Optimize(Function f) => Optimize(f, Pipeline());

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

    /// <summary>The text for one target of an optimised function, which stays as it is.</summary>
    internal static string Generate(Function f, ICodeGenerator generator)
    {
        if (generator.HasElementaryFunctions || !ExpandMath.IsNeeded(f)) return generator.Generate(f);
        Function written = FunctionCopy.Of(f);
        Optimize(written, [("expand math", new ExpandMath()), ("eliminate common subexpressions", new EliminateCommonSubexpressions()), ("eliminate dead code", new EliminateDeadCode())]);
        return generator.Generate(written);
    }

    [System.Diagnostics.Conditional("DEBUG")]
    private static void VerifyInDebug(Function f, string stage) => Verifier.Verify(f, stage);
}
