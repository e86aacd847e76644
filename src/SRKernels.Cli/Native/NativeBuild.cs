using SRKernels.Runtime;

namespace SRKernels.Cli.Native;

/// <summary>
/// The natively compiled srk (tools/publish.sh) leaves out what makes code at run time or reads kernels from assemblies' files: ILGPU's accelerators, and both
/// compilers with what looks at their work. The files of this folder stand in for those parts and say so.
/// </summary>
internal static class NativeBuild
{
    /// <summary>The error for something that only the build for .NET has.</summary>
    public static SrkException Lacks(string who, string expected, string got) => new(who, expected, got, "take srk for .NET for it: 'dotnet tool install srk'");
}
