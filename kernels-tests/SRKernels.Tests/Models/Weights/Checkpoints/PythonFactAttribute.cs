using System.Runtime.CompilerServices;
using SRKernels.Tests.Processes;
using Xunit;

namespace SRKernels.Tests.Models.Weights.Checkpoints;

/// <summary>A test that needs Debian's Python, any; skipped, with the reason, where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PythonFactAttribute : FactAttribute
{
    private static readonly string? Missing = ChildProcess.MissingPythonModule("pickle", "python3");

    public PythonFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) =>
        Skip = Missing;
}
