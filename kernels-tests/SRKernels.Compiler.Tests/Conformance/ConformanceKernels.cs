using System.Collections.Concurrent;
using SRKernels.Compiler.IR;
using SRKernels.Conformance;

namespace SRKernels.Compiler.Tests.Conformance;

/// <summary>The suite's kernels, each once: several cases may launch one kernel in different shapes.</summary>
internal static class ConformanceKernels
{
    private static readonly ConcurrentDictionary<string, Function> s_optimized = new(StringComparer.Ordinal);

    /// <summary>A case for each kernel, by the kernel's name.</summary>
    internal static IReadOnlyDictionary<string, ConformanceCase> All { get; } =
        Catalog.All.DistinctBy(c => DeviceBackend.Translate(c).Info.Name, StringComparer.Ordinal)
            .ToDictionary(c => DeviceBackend.Translate(c).Info.Name, StringComparer.Ordinal);

    /// <summary>The kernel as every code generator gets it.</summary>
    internal static Function Optimized(string name) => s_optimized.GetOrAdd(name, static n =>
    {
        var function = DeviceBackend.Translate(All[n]);
        KernelCompiler.Optimize(function);
        return function;
    });
}
