using System.Globalization;
using System.Text.Json;
using SRKernels.Compilation;
using SRKernels.Compilation.Analysis;
using SRKernels.Compiler;
using SRKernels.Compiler.Codegen.Ptx;
using SRKernels.Compiler.Frontend;
using SRKernels.Compiler.IR;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;

namespace SRKernels.Cli.Listing;

/// <summary>What the assembler made of a kernel for one target, and what follows from that without running it.</summary>
/// <param name="Kernel">The kernel.</param>
/// <param name="Target">The target.</param>
/// <param name="Resources">Registers and memory.</param>
/// <param name="Threads">Threads of a group, as the kernel declares them, or 256.</param>
/// <param name="DynamicShared">Whether launches add shared memory, which the occupancy here leaves out.</param>
/// <param name="Occupancy">Resident groups.</param>
/// <param name="Loops">Innermost loops, those with the most products first.</param>
internal sealed record KernelReportRow(
    ListedKernel Kernel, int Target, KernelResources Resources, int Threads, bool DynamicShared, Occupancy Occupancy, IReadOnlyList<LoopReport> Loops);

/// <summary><c>srk kernels --report</c>: registers, occupancy and innermost loops of kernels, target by target.</summary>
internal static class KernelReport
{
    private const int UndeclaredThreads = 256;

    /// <summary>The rows of all kernels for all targets that can run them.</summary>
    public static IReadOnlyList<KernelReportRow> Of(IReadOnlyList<ListedKernel> kernels, IReadOnlyList<int> targets, KernelFrontend frontend)
    {
        (ListedKernel Kernel, Function Function)[] compiled = [.. kernels.Select(k => (k, Compile(k, frontend)))];
        List<KernelReportRow> rows = [];
        foreach (var target in targets)
        {
            (ListedKernel Kernel, Function Function)[] able = [.. compiled.Where(c => c.Function.Info.LowestTarget <= target)];
            var made = MachineCode.Of([.. able.Select(c => c.Function)], target);
            // Latencies of the nearest GPU whose figures are published.
            var gpu = (target >= 90 ? PublishedGpu.H100 : target >= 86 ? PublishedGpu.Rtx4090 : PublishedGpu.A100) with { Target = target };
            foreach (var (kernel, function) in able)
            {
                if (!made.TryGetValue(PtxGenerator.EntryName(function.Info.Name), out var code))
                    throw new SrkException($"ptxas for {kernel.Name}", $"machine code for sm_{target}", "none", "see 'srk kernels NAME --sass --target ...' for its reason");
                var threads = function.Info.MaxThreads == 0 ? UndeclaredThreads : function.Info.MaxThreads;
                rows.Add(new KernelReportRow(
                    kernel, target, code.Resources, threads, Codegen(function), Occupancy.Of(gpu.Limits, threads, code.Resources.Registers, code.Resources.SharedBytes),
                    LoopReport.Of(code.Code, gpu)));
            }
        }

        return [.. rows.OrderBy(r => kernels.Index().First(k => k.Item == r.Kernel).Index).ThenBy(r => r.Target)];
    }

    public static void Print(IReadOnlyList<KernelReportRow> rows, TextWriter output)
    {
        var width = Math.Max(6, rows.Max(r => r.Kernel.Name.Length));
        output.WriteLine($"{"kernel".PadRight(width)}  target  {"registers",9}  {"spills",6}  {"local",5}  {"shared",10}  {"threads",7}  {"groups",6}  {"warps",11}  limit");
        foreach (var row in rows)
        {
            var (resources, occupancy, limits) = (row.Resources, row.Occupancy, MultiprocessorLimits.Of(row.Target));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{row.Kernel.Name.PadRight(width)}  sm_{row.Target,-3}  {resources.Registers,9}  {resources.SpillStoreBytes + resources.SpillLoadBytes,6}  {resources.StackBytes,5}  ")
                + string.Create(CultureInfo.InvariantCulture,
                $"{resources.SharedBytes + (row.DynamicShared ? "+dyn" : ""),10}  {row.Threads,7}  {occupancy.Groups,6}  {occupancy.Warps,3} {100.0 * occupancy.Warps / limits.Warps,5:F0} %  {occupancy.Limit}"));
            foreach (var loop in row.Loops) output.WriteLine($"  {Line(loop)}");
        }

        output.WriteLine();
        output.WriteLine("registers, spills, local, shared (bytes): ptxas. groups, warps, limit: how many a multiprocessor holds by the published limits, and what keeps the next out;");
        output.WriteLine($"+dyn: launches add shared memory, which is left out here. threads: as declared, or {UndeclaredThreads}.");
        output.WriteLine("loop: one pass of each innermost loop of the machine code, instructions by kind. stalls: sum of the stall counts; alone: what one warp takes with what it waits for;");
        output.WriteLine("scheduler: what each warp costs its scheduler and units. Cycles are a model's (src/SRKernels.Compilation/Analysis/README.md), not validated on hardware.");
    }

    public static void Json(string assembly, IReadOnlyList<KernelReportRow> rows, Stream output)
    {
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("assembly", Path.GetFileName(assembly));
        json.WriteString("cycles", "prediction, not validated on hardware");
        json.WriteStartArray("kernels");
        foreach (var row in rows)
        {
            json.WriteStartObject();
            json.WriteString("name", row.Kernel.Name);
            json.WriteNumber("target", row.Target);
            json.WriteNumber("registers", row.Resources.Registers);
            json.WriteNumber("spillStoreBytes", row.Resources.SpillStoreBytes);
            json.WriteNumber("spillLoadBytes", row.Resources.SpillLoadBytes);
            json.WriteNumber("stackBytes", row.Resources.StackBytes);
            json.WriteNumber("sharedBytes", row.Resources.SharedBytes);
            json.WriteBoolean("dynamicShared", row.DynamicShared);
            json.WriteNumber("threads", row.Threads);
            json.WriteNumber("residentGroups", row.Occupancy.Groups);
            json.WriteNumber("residentWarps", row.Occupancy.Warps);
            json.WriteString("limit", row.Occupancy.Limit);
            json.WriteStartArray("loops");
            foreach (var loop in row.Loops) Write(json, loop);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, LoopReport loop)
    {
        json.WriteStartObject();
        foreach (var kind in Enum.GetValues<InstructionClass>()) json.WriteNumber(NameOf(kind), loop[kind]);
        json.WriteNumber("stallCycles", loop.StallCycles);
        json.WriteNumber("aloneCycles", Math.Round(loop.PathCycles, 1));
        json.WriteNumber("schedulerCycles", Math.Round(loop.SchedulerCycles, 1));
        json.WriteEndObject();
    }

    private static string Line(LoopReport loop) =>
        "loop: " + string.Join(", ", Enum.GetValues<InstructionClass>().Where(k => loop[k] > 0).Select(k => $"{loop[k]} {NameOf(k)}"))
        + string.Create(CultureInfo.InvariantCulture, $"; cycles: stalls {loop.StallCycles}, alone {loop.PathCycles:F0}, scheduler {loop.SchedulerCycles:F0}");

    private static string NameOf(InstructionClass kind) => kind.ToString().ToLowerInvariant();

    private static bool Codegen(Function function) => KernelImageMaker.Ptx(function, Math.Max(80, function.Info.LowestTarget)).UsesDynamicShared;

    private static Function Compile(ListedKernel kernel, KernelFrontend frontend)
    {
        try
        {
            return KernelCompiler.Compile(kernel.Request, frontend);
        }
        catch (Exception e) when (e is KernelCompilationException or BadImageFormatException)
        {
            throw new SrkException(kernel.Name, "a kernel that compiles", $"'{e.Message}'", "change it there, or name another kernel", e);
        }
    }
}
