using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using SRKernels.Compilation;
using SRKernels.Compilation.Analysis;
using SRKernels.Compiler;
using SRKernels.Compiler.Frontend;
using SRKernels.Kernels;
using SRKernels.Kernels.Convolution;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;
using Xunit;

namespace SRKernels.Tests.Kernels.Gpu;

/// <summary>A fact that needs NVIDIA's assembler: skipped at discovery, with the reason, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PtxasFactAttribute : FactAttribute
{
    public PtxasFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) =>
        Skip = Ptxas.MissingReason;
}

/// <summary>A theory that needs NVIDIA's assembler: skipped at discovery, with the reason, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PtxasTheoryAttribute : TheoryAttribute
{
    public PtxasTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) =>
        Skip = Ptxas.MissingReason;
}

/// <summary>What NVIDIA's assembler makes of every kernel that the library ships.</summary>
public sealed class ShippedKernelTests(ITestOutputHelper output)
{
    private static readonly string s_assembly = Path.Combine(AppContext.BaseDirectory, typeof(KernelContext).Assembly.GetName().Name + ".dll");

    /// <summary>
    /// All [Kernel]s with their variants. One target of each kind of multiprocessor (sm_75 assembles as sm_70 does, sm_86 and sm_89 as sm_80), so that it stays below a minute;
    /// <c>srk kernels --report</c> shows all.
    /// </summary>
    [PtxasTheory]
    [InlineData(70)]
    [InlineData(80)]
    [InlineData(90)]
    public void EveryKernelKeepsItsRegisters(int target)
    {
        var requests = new KernelFrontend().List(s_assembly);
        Assert.True(requests.Count > 20, $"expected the library's kernels, got {requests.Count}");
        var wrong = new ConcurrentBag<string>();
        var assembledKernels = 0;
        Parallel.ForEach(requests, () => new KernelFrontend(), (request, _, frontend) =>
        {
            var function = KernelCompiler.Compile(request, frontend);
            if (function.Info.LowestTarget > target) return frontend;
            var assembled = Ptxas.Found!.Assemble(KernelImageMaker.Ptx(function, target).Text, target);
            var kernel = assembled.Kernels.Count == 1 ? assembled.Kernels[0] : null;
            if (!assembled.Success || kernel is null) wrong.Add($"{request}: {assembled.Log}");
            else if (assembled.Warnings.Count > 0) wrong.Add($"{kernel.Kernel}: {string.Join("; ", assembled.Warnings)}");
            else if (kernel.SpillLoadBytes + kernel.SpillStoreBytes + kernel.StackBytes > 0)
                wrong.Add($"{kernel.Kernel}: {kernel.Registers} registers, {kernel.SpillStoreBytes} + {kernel.SpillLoadBytes} bytes spilled, {kernel.StackBytes} of stack");
            Interlocked.Increment(ref assembledKernels);
            return frontend;
        }, _ => { });
        output.WriteLine($"sm_{target}: {assembledKernels} of {requests.Count} kernels");
        Assert.True(wrong.IsEmpty, $"sm_{target}: {string.Join("\n", wrong)}");
    }

    /// <summary>The convolution's inner loop is multiply-adds; the rest of its instructions, those of a change of tap included, stay below these shares.</summary>
    [PtxasTheory]
    [InlineData("EightWarps", TilePlan.Tile128x128, 0.78)]
    [InlineData("FourWarps", TilePlan.Tile128x64, 0.72)]
    [InlineData("FourWarps", TilePlan.Tile64x64, 0.70)]
    public void TheConvolutionsInnerLoopIsMultiplyAdds(string method, int tile, double share)
    {
        const int target = 80;
        var function = KernelCompiler.Compile(new KernelRequest(s_assembly, typeof(Conv2dKernels).FullName!, method) { Specialized = [tile, Conv2dKernels.Plain] });
        var assembled = Ptxas.Found!.Assemble(KernelImageMaker.Ptx(function, target).Text, target);
        Assert.True(assembled.Success, assembled.Log);
        var (products, all) = InnerLoop(Ptxas.Found.Disassemble(assembled.Cubin));
        output.WriteLine($"{method}({tile}): {products} FFMA of {all} instructions, {assembled.Kernels[0].Registers} registers");
        Assert.True(products >= share * all, $"{method}({tile}): {products} FFMA of {all} instructions");
    }

    /// <summary>The loop with the most multiply-adds: between the target of a backward branch and that branch.</summary>
    private static (int Products, int All) InnerLoop(string sass)
    {
        var lines = sass.Split('\n');
        var labels = new Dictionary<string, int>(StringComparer.Ordinal);
        var best = (Products: 0, All: 1);
        for (var i = 0; i < lines.Length; i++)
        {
            var text = lines[i].Trim();
            if (text.StartsWith(".L_", StringComparison.Ordinal) && text.EndsWith(':')) labels[text[..^1]] = i;
            var from = text.IndexOf("BRA", StringComparison.Ordinal) < 0 ? -1 : text.IndexOf(".L_", StringComparison.Ordinal);
            if (from < 0 || !labels.TryGetValue(text[from..text.IndexOf(')', from)], out var start)) continue;
            var body = lines[start..(i + 1)].Where(l => l.Contains("/*", StringComparison.Ordinal)).ToArray();
            var products = body.Count(l => l.Contains("FFMA", StringComparison.Ordinal));
            if (products > best.Products) best = (products, body.Length);
        }

        return best;
    }
}
