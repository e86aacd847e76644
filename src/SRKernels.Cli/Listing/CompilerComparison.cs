using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using SRKernels.Compilation;
using SRKernels.Compilation.Analysis;
using SRKernels.Compiler;
using SRKernels.Compiler.Frontend;
using SRKernels.Ilgpu;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;
using SRKernels.Runtime.Loading;

namespace SRKernels.Cli.Listing;

/// <summary>One kernel for one target, as both compilers make it.</summary>
/// <param name="Kernel">The kernel.</param>
/// <param name="Target">80 for sm_80.</param>
/// <param name="Ours">What NVIDIA's assembler makes of our PTX; null: it refuses it.</param>
/// <param name="Theirs">And of ILGPU's; null: see <paramref name="Refusal"/>.</param>
/// <param name="Refusal">Why ILGPU, or the assembler behind it, did not take the kernel.</param>
internal sealed record ComparedKernel(ListedKernel Kernel, int Target, MachineCode? Ours, MachineCode? Theirs, string? Refusal);

/// <summary><c>srk kernels --compilers</c>: our compiler beside ILGPU's, by what NVIDIA's assembler makes of their PTX.</summary>
internal static class CompilerComparison
{
    /// <summary>The targets that are compared where nobody names others.</summary>
    public static IReadOnlyList<int> Targets { get; } = [80, 90];

    /// <summary>The kernels for all targets that can run them.</summary>
    public static IReadOnlyList<ComparedKernel> Of(string file, IReadOnlyList<ListedKernel> kernels, IReadOnlyList<int> targets)
    {
        _ = MachineCode.Tools("--compilers");
        var assembly = IlgpuForm.Load(file);
        using var ilgpu = new IlgpuPtxCompiler();
        var rows = new ConcurrentDictionary<(int Kernel, int Target), ComparedKernel>();
        (int Index, int Target)[] all = [.. from target in targets from index in Enumerable.Range(0, kernels.Count) where kernels[index].LowestTarget <= target select (index, target)];
        // As many threads as processors: they wait for each other at ILGPU's compiler, and for the assembler.
        Parallel.ForEach(all, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, () => new KernelFrontend(), (one, _, frontend) =>
        {
            rows[one] = Compare(kernels[one.Index], one.Target, frontend, assembly, ilgpu);
            return frontend;
        }, _ => { });
        return [.. rows.OrderBy(r => r.Key).Select(r => r.Value)];
    }

    public static void Print(IReadOnlyList<ComparedKernel> rows, TextWriter output)
    {
        var width = Math.Max(6, rows.Max(r => r.Kernel.Name.Length));
        output.WriteLine($"{"".PadRight(width)}          {"our compiler",-32}  ILGPU's");
        output.WriteLine($"{"kernel".PadRight(width)}  target  {Head,-32}  {Head}");
        foreach (var row in rows) output.WriteLine($"{row.Kernel.Name.PadRight(width)}  sm_{row.Target,-3}  {Columns(row.Ours),-32}  {(row.Theirs is null ? row.Refusal : Columns(row.Theirs))}");
        output.WriteLine();
        foreach (var target in rows.Select(r => r.Target).Distinct()) output.WriteLine(Summary(target, [.. rows.Where(r => r.Target == target)]));
        output.WriteLine("stack, spills: bytes of local memory by ptxas; arrays that are not in registers lie on the stack. products: FFMA and HMMA among the instructions of the innermost loop");
        output.WriteLine("that has the most of them; -: no loop. ILGPU at O1. When to use which: src/SRKernels.Compiler/README.md.");
    }

    private static string Head => $"{"registers",9}  {"stack",5}  {"spills",6}  {"products",8}";

    private static ComparedKernel Compare(ListedKernel kernel, int target, KernelFrontend frontend, Assembly assembly, IlgpuPtxCompiler ilgpu)
    {
        var ours = MachineCode.Of(KernelImageMaker.Ptx(KernelCompiler.Compile(kernel.Request, frontend), target).Text, target, out _);
        try
        {
            var image = ilgpu.Compile(assembly, KernelMaker.KeyOf(kernel.Request), target);
            var theirs = MachineCode.Of(image.Text, target, out var log);
            return new ComparedKernel(kernel, target, ours, theirs, theirs is null ? $"ptxas refuses it: {FirstLine(log)}" : null);
        }
        catch (SrkException e)
        {
            return new ComparedKernel(kernel, target, ours, null, $"refused: {FirstLine(e.Message)}");
        }
    }

    private static string Columns(MachineCode? made)
    {
        if (made is not { } code) return "refused by ptxas";
        var (resources, share) = (code.Resources, ShareOf(code));
        return string.Create(CultureInfo.InvariantCulture, $"{resources.Registers,9}  {resources.StackBytes,5}  {resources.SpillStoreBytes + resources.SpillLoadBytes,6}  ")
            + (share is { } known ? string.Create(CultureInfo.InvariantCulture, $"{100 * known,6:F0} %") : "       -");
    }

    /// <summary>Of the innermost loop with the most products; null without a loop.</summary>
    private static double? ShareOf(MachineCode code)
    {
        var loops = LoopReport.Of(code.Code, PublishedGpu.A100); // whose cycles nobody reads here
        return loops.Count == 0 ? null : (loops[0][InstructionClass.Ffma] + loops[0][InstructionClass.Tensor]) / (double)loops[0].Instructions;
    }

    private static string Summary(int target, ComparedKernel[] rows)
    {
        int Count(Func<ComparedKernel, MachineCode?> made, Func<KernelResources, bool> what) => rows.Count(r => made(r) is { } code && what(code.Resources));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"sm_{target}: {rows.Length} kernels; with a stack: ours {Count(r => r.Ours, k => k.StackBytes > 0)}, ILGPU's {Count(r => r.Theirs, k => k.StackBytes > 0)}; with spills: ours ")
            + string.Create(
                CultureInfo.InvariantCulture,
                $"{Count(r => r.Ours, k => k.SpillStoreBytes > 0)}, ILGPU's {Count(r => r.Theirs, k => k.SpillStoreBytes > 0)}; refused: ours {rows.Count(r => r.Ours is null)}, ILGPU's {rows.Count(r => r.Theirs is null)}.");
    }

    private static string FirstLine(string text) => text.Split('\n')[0].Trim();
}
