using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using SRKernels.Compilation;
using SRKernels.Ilgpu;
using SRKernels.Models.Storage;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;

namespace SRKernels.Cli.Listing;

/// <summary>A kernel as ILGPU's own compiler makes it: <c>srk kernels NAME --ptx --compiler ilgpu</c>.</summary>
internal static class IlgpuForm
{
    /// <summary>The kernel's PTX.</summary>
    /// <exception cref="SrkException">ILGPU refuses the kernel.</exception>
    public static string Ptx(string file, ListedKernel kernel, int target)
    {
        using var compiler = new IlgpuPtxCompiler();
        return compiler.Compile(Load(file), KernelMaker.KeyOf(kernel.Request), target).Text;
    }

    /// <summary>The assembly itself, which ILGPU reads by reflection; ours reads the file.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "A trimmed application has no ILGPU: it makes code at run time. srk is not trimmed.")]
    public static Assembly Load(string file)
    {
        try
        {
            return Assembly.LoadFrom(FilePath.Full(file));
        }
        catch (Exception e) when (e is BadImageFormatException or IOException)
        {
            throw new SrkException(file, "an assembly that can be loaded here, as ILGPU reads kernels", $"'{e.Message}'", "leave --compiler ilgpu away, or build it for this runtime", e);
        }
    }
}
