using System.Collections.Concurrent;
using SRKernels.Kernels;

namespace SRKernels.Models.Measuring;

/// <summary>What <c>Reference</c> gives for ops at their reduced shapes: plain loops, about a second each, computed once for all precisions.</summary>
internal sealed class OpReferences
{
    private readonly ConcurrentDictionary<string, Lazy<float[]>> _results = new(StringComparer.Ordinal);

    /// <summary>Computes those of many ops, each on one processor.</summary>
    public void Prepare(IEnumerable<OpCase> cases) => Parallel.ForEach(cases, op => Of(op));

    /// <summary>The result of an op.</summary>
    public float[] Of(OpCase op) => _results.GetOrAdd(op.Name, static (_, op) => new Lazy<float[]>(() => Compute(op)), op).Value;

    private static float[] Compute(OpCase op)
    {
        using var cx = new KernelContext(ExecutionKind.Reference, 1);
        using var result = op.Prepare(cx, true)();
        return cx.Read(result);
    }
}
