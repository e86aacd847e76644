using System.Runtime.CompilerServices;
using SRKernels.Compilation.Analysis;
using Xunit;

namespace SRKernels.Compiler.Tests.Emulation;

/// <summary>A fact that needs NVIDIA's assembler: skipped at discovery, with the reason, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PtxasFactAttribute : FactAttribute
{
    public PtxasFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) =>
        Skip = Ptxas.MissingReason;
}

/// <summary>A theory that needs NVIDIA's assembler: skipped at discovery, with the reason, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PtxasTheoryAttribute : TheoryAttribute
{
    public PtxasTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) =>
        Skip = Ptxas.MissingReason;
}
