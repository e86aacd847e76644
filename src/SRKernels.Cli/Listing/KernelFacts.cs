using SRKernels.Compilation;
using SRKernels.Compilation.Analysis;
using SRKernels.Compiler;
using SRKernels.Compiler.Codegen.Ptx;
using SRKernels.Compiler.Frontend;
using SRKernels.Compiler.IR;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;

namespace SRKernels.Cli.Listing;

/// <summary>What is known of a kernel without running it.</summary>
/// <param name="Kernel">The kernel.</param>
/// <param name="Target">The target that it was compiled for.</param>
/// <param name="Counts">Accesses and operations of one thread; null: it does not compile for the target.</param>
/// <param name="VirtualRegisters">Registers of the PTX, in units of 32 bits.</param>
/// <param name="UsesDynamicShared">Whether a launch adds shared memory to the static one.</param>
/// <param name="Assembled">What ptxas says; null: nobody asked it, or it does not know the target.</param>
/// <param name="Refusal">Why the target cannot run it, which is no error.</param>
/// <param name="Error">Why it does not compile.</param>
internal sealed record KernelFacts(
    ListedKernel Kernel, int Target, StaticCounts? Counts = null, int VirtualRegisters = 0, bool UsesDynamicShared = false, KernelResources? Assembled = null,
    string? Refusal = null, string? Error = null)
{
    private string Ptx { get; init; } = "";

    /// <summary>The facts of each kernel for a target, or (null) each for its own lowest one.</summary>
    public static IReadOnlyList<KernelFacts> Of(IReadOnlyList<ListedKernel> kernels, int? target, KernelFrontend frontend)
    {
        KernelFacts[] facts = [.. kernels.Select(k => Compile(k, target ?? k.LowestTarget, frontend))];
        if (Ptxas.Found is not { } ptxas) return facts;
        foreach (var group in facts.Where(f => f.Counts is not null).GroupBy(f => f.Target).ToArray())
        {
            if (!Ptxas.Targets.Contains(group.Key)) continue;
            var assembled = Assemble(ptxas, [.. group.DistinctBy(f => f.Kernel.Name, StringComparer.Ordinal)], group.Key);
            for (var i = 0; i < facts.Length; i++)
            {
                if (facts[i].Counts is not null && facts[i].Target == group.Key && assembled.TryGetValue(facts[i].Kernel.Name, out var resources))
                    facts[i] = facts[i] with { Assembled = resources };
            }
        }

        return facts;
    }

    private static KernelFacts Compile(ListedKernel kernel, int target, KernelFrontend frontend)
    {
        if (target < kernel.LowestTarget) return new KernelFacts(kernel, target, Refusal: $"needs sm_{kernel.LowestTarget}");
        try
        {
            var function = KernelCompiler.Compile(kernel.Request, frontend);
            var image = KernelImageMaker.Ptx(function, target);
            return new KernelFacts(kernel, target, StaticCounts.Of(function), PtxModules.VirtualRegisters(image.Text), image.UsesDynamicShared) { Ptx = image.Text };
        }
        catch (Exception e) when (e is KernelCompilationException or BadImageFormatException)
        {
            return new KernelFacts(kernel, target, Error: e.Message);
        }
    }

    /// <summary>All in one run of ptxas; one by one if it refuses any, so that the others keep their figures.</summary>
    private static Dictionary<string, KernelResources> Assemble(Ptxas ptxas, KernelFacts[] facts, int target)
    {
        var all = ptxas.Assemble(PtxModules.Join([.. facts.Select(f => f.Ptx)]), target);
        IEnumerable<KernelResources> resources = all.Success ? all.Kernels : facts.Select(f => ptxas.Assemble(f.Ptx, target)).Where(r => r.Success).SelectMany(r => r.Kernels);
        return resources.ToDictionary(r => r.Kernel, StringComparer.Ordinal);
    }
}
