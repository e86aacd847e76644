using System.Runtime.CompilerServices;
using Xunit;

namespace SRKernels.Compiler.Tests.Aot;

/// <summary>A test that compiles natively; skipped, with the reason, where a linker or the compiler's package is missing.</summary>
public sealed class NativeFactAttribute : FactAttribute
{
    public NativeFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) =>
        Skip = NativeSample.Project.MissingReason;
}

/// <summary>As <see cref="NativeFactAttribute"/>, for each of several data.</summary>
public sealed class NativeTheoryAttribute : TheoryAttribute
{
    public NativeTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) =>
        Skip = NativeSample.Project.MissingReason;
}
