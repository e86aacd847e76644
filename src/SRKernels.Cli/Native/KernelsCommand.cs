using System.CommandLine;

namespace SRKernels.Cli.Native;

/// <summary>In place of <c>srk kernels</c>, which compiles kernels from the assemblies' files: a native program has none.</summary>
internal sealed class KernelsCommand
{
    public Command Command { get; } = new("kernels", "Lists kernels and prints them; not in this build.") { TreatUnmatchedTokensAsErrors = false };

#pragma warning disable CA1822 // As the command that it stands in for is called.
    public int Run(ParseResult parsed) => throw NativeBuild.Lacks("kernels", "srk for .NET, which has the compiler", "the native build");
#pragma warning restore CA1822
}
