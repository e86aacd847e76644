using System.Runtime.CompilerServices;
using SRKernels.Tests.Processes;
using Xunit;

namespace SRKernels.Tests.Conversion;

/// <summary>A test that needs torch in Debian's Python; skipped, with the reason, where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TorchFactAttribute : FactAttribute
{
    /// <summary>Why it is skipped, or null.</summary>
    internal static readonly string? Missing = ChildProcess.MissingPythonModule("torch", "python3-torch");

    public TorchFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) =>
        Skip = Missing;
}
