using System.Reflection;
using SRKernels.Compilation;
using SRKernels.Compiler.Frontend;
using SRKernels.Ilgpu;
using SRKernels.Kernels;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;

namespace SRKernels.Tests.Ilgpu;

/// <summary>ILGPU's PTX for sm_80 of every kernel that the library ships, made once for all tests.</summary>
internal static class IlgpuTexts
{
    public const int Target = 80;

    private static readonly Lazy<(IReadOnlyList<KernelImage> Images, IReadOnlyList<string> Refusals)> s_all = new(CompileAll);

    /// <summary>The assembly whose kernels these are.</summary>
    public static Assembly Kernels { get; } = typeof(KernelContext).Assembly;

    /// <summary>Every variant that the build embeds.</summary>
    public static IReadOnlyList<KernelRequest> Requests { get; } = new KernelFrontend().List(FileOf(Kernels));

    /// <summary>What ILGPU made.</summary>
    public static IReadOnlyList<KernelImage> Images => s_all.Value.Images;

    /// <summary>What it refused, with its words.</summary>
    public static IReadOnlyList<string> Refusals => s_all.Value.Refusals;

    public static string FileOf(Assembly assembly) => Path.Combine(AppContext.BaseDirectory, assembly.GetName().Name + ".dll");

    private static (IReadOnlyList<KernelImage> Images, IReadOnlyList<string> Refusals) CompileAll()
    {
        using var compiler = new IlgpuPtxCompiler();
        List<KernelImage> images = [];
        List<string> refusals = [];
        foreach (var request in Requests)
        {
            try
            {
                images.Add(compiler.Compile(Kernels, KernelMaker.KeyOf(request), Target));
            }
            catch (IlgpuCompilationException e)
            {
                refusals.Add(e.Message);
            }
        }

        return (images, refusals);
    }
}
