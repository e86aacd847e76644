using System.Globalization;
using System.Text.Json;
using SRKernels.Compilation.Analysis;
using SRKernels.Compiler.IR;
using SRKernels.Runtime.Cuda;

namespace SRKernels.Cli.Listing;

/// <summary>The facts of kernels for people and for programs.</summary>
internal static class KernelTable
{
    public static void Print(IReadOnlyList<KernelFacts> all, TextWriter output)
    {
        var width = Math.Max(6, all.Max(f => f.Kernel.Name.Length));
        output.WriteLine($"{"kernel".PadRight(width)}  target  {"registers",13}  {"spills",7}  {"shared",8}  {"loads",8}  {"stores",8}  {"atomics",7}  {"flops",6}");
        foreach (var facts in all)
        {
            var start = $"{facts.Kernel.Name.PadRight(width)}  {"sm_" + facts.Target,-6}";
            if (facts.Counts is not { } counts)
            {
                output.WriteLine($"{start}  {facts.Refusal ?? "does not compile"}");
                continue;
            }

            var registers = facts.Assembled is { } real ? Text(real.Registers) : $"{facts.VirtualRegisters} virtual";
            var spills = facts.Assembled is { } known ? Text(known.SpillStoreBytes + known.SpillLoadBytes) : "?";
            var shared = Text(facts.Assembled?.SharedBytes ?? counts.SharedBytes) + (facts.UsesDynamicShared ? "+dyn" : "");
            output.WriteLine($"{start}  {registers,13}  {spills,7}  {shared,8}  {Spaces(counts, a => a.Loads),8}  {Spaces(counts, a => a.Stores),8}  {counts.Atomics,7}  "
                + $"{Text(counts.Flops) + (counts.HasLoops ? "*" : ""),6}");
        }

        output.WriteLine();
        output.WriteLine("target: the lowest the kernel runs on, unless --target names one.");
        output.WriteLine(Ptxas.Found is null
            ? $"registers: virtual ones of the PTX, in units of 32 bits, before any allocation ({Ptxas.MissingReason})."
            : "registers, spills (bytes), shared memory (bytes): from ptxas; virtual: of the PTX, where ptxas does not know the target. +dyn: each launch adds some.");
        output.WriteLine("loads, stores (global/shared/local accesses), atomics, flops: of one thread, counted in the optimised code, each instruction once;");
        output.WriteLine("*: has loops, whose bodies count once however often they run. A vector access is one, a fused multiply-add two operations.");
    }

    public static void Json(string assembly, IReadOnlyList<KernelFacts> all, Stream output)
    {
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("assembly", Path.GetFileName(assembly));
        json.WriteStartArray("kernels");
        foreach (var facts in all) Write(json, facts);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, KernelFacts facts)
    {
        json.WriteStartObject();
        json.WriteString("name", facts.Kernel.Name);
        json.WriteString("type", facts.Kernel.Request.TypeName);
        json.WriteString("method", facts.Kernel.Request.MethodName);
        json.WriteString("variant", facts.Kernel.Variant);
        json.WriteNumber("lowestTarget", facts.Kernel.LowestTarget);
        json.WriteNumber("target", facts.Target);
        if (facts.Refusal is not null) json.WriteString("refusal", facts.Refusal);
        if (facts.Error is not null) json.WriteString("error", facts.Error);
        if (facts.Counts is { } counts)
        {
            json.WriteNumber("registers", facts.Assembled?.Registers ?? facts.VirtualRegisters);
            json.WriteString("registersFrom", facts.Assembled is null ? "virtual" : "ptxas");
            if (facts.Assembled is { } real)
            {
                json.WriteNumber("spillStoreBytes", real.SpillStoreBytes);
                json.WriteNumber("spillLoadBytes", real.SpillLoadBytes);
                json.WriteNumber("stackBytes", real.StackBytes);
            }

            json.WriteNumber("sharedBytes", facts.Assembled?.SharedBytes ?? counts.SharedBytes);
            json.WriteBoolean("dynamicShared", facts.UsesDynamicShared);
            Write(json, "global", counts.Global);
            Write(json, "shared", counts.Shared);
            Write(json, "local", counts.Local);
            json.WriteNumber("atomics", counts.Atomics);
            json.WriteNumber("flops", counts.Flops);
            json.WriteBoolean("loopsCountedOnce", counts.HasLoops);
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string space, AccessCounts counts)
    {
        json.WriteStartObject(space);
        json.WriteNumber("loads", counts.Loads);
        json.WriteNumber("loadBytes", counts.LoadBytes);
        json.WriteNumber("stores", counts.Stores);
        json.WriteNumber("storeBytes", counts.StoreBytes);
        json.WriteEndObject();
    }

    private static string Spaces(StaticCounts counts, Func<AccessCounts, int> pick) => $"{pick(counts.Global)}/{pick(counts.Shared)}/{pick(counts.Local)}";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
