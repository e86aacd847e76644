using System.Runtime.InteropServices;
using Xunit;

namespace SRKernels.Compiler.Tests.Aot;

/// <summary>A test that compiles natively; skipped, with the reason, where a linker or the compiler's package is missing.</summary>
public sealed class NativeFactAttribute : FactAttribute
{
    private static readonly string? s_missing = Missing();

    public NativeFactAttribute() => Skip = s_missing;

    private static string? Missing()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture != Architecture.X64) return "native compilation is tested on Linux x64 alone";
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        if (!folders.Any(f => File.Exists(Path.Combine(f, "gcc")))) return "no linker: install gcc";
        return NativeSample.Restore();
    }
}
