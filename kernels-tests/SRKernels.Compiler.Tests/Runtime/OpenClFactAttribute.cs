using System.Runtime.CompilerServices;
using SRKernels.Runtime.OpenCl;
using Xunit;

namespace SRKernels.Compiler.Tests.Runtime;

/// <summary>A test that needs an OpenCL device; skipped, with the reason, where none is installed.</summary>
public sealed class OpenClFactAttribute : FactAttribute
{
    private static readonly string? s_missing =
        OpenClDevice.List().Count > 0 ? null : "no OpenCL device: install one, for example the Debian package pocl-opencl-icd";

    public OpenClFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) =>
        Skip = s_missing;
}
