using System.Runtime.CompilerServices;
using Xunit;

namespace SRKernels.Tests.Conversion;

/// <summary>A theory that needs torch in Debian's Python; skipped, with the reason, where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TorchTheoryAttribute : TheoryAttribute
{
    public TorchTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) =>
        Skip = TorchFactAttribute.Missing;
}
