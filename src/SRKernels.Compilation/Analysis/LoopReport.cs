namespace SRKernels.Compilation.Analysis;

/// <summary>What an innermost loop of the machine code consists of, for one pass through it.</summary>
/// <param name="Counts">Instructions by <see cref="InstructionClass"/>.</param>
/// <param name="StallCycles">Sum of the stall counts: a warp alone takes at least that.</param>
/// <param name="PathCycles">What a warp alone takes with what it waits for.</param>
/// <param name="SchedulerCycles">What each warp costs its scheduler.</param>
internal sealed record LoopReport(IReadOnlyList<int> Counts, int StallCycles, double PathCycles, double SchedulerCycles)
{
    /// <summary>Instructions of a class.</summary>
    public int this[InstructionClass of] => Counts[(int)of];

    /// <summary>All instructions.</summary>
    public int Instructions => Counts.Sum();

    /// <summary>The innermost loops of a kernel, those with the most products first.</summary>
    /// <param name="code">Machine code.</param>
    /// <param name="gpu">Whose latencies and units.</param>
    public static IReadOnlyList<LoopReport> Of(SassKernel code, PublishedGpu gpu)
    {
        var pipeline = new WarpPipeline(gpu);
        List<LoopReport> loops = [];
        foreach (var loop in code.Loops)
        {
            if (code.Loops.Any(l => ReferenceEquals(l.Parent, loop))) continue;
            SassInstruction[] body = [.. code.Instructions.Skip(loop.First).Take(loop.Last - loop.First + 1)];
            var counts = new int[Enum.GetValues<InstructionClass>().Length];
            foreach (var instruction in body) counts[(int)instruction.Class]++;
            loops.Add(new LoopReport(counts, body.Sum(i => Math.Max(1, i.Control.Stall)), pipeline.Steady(body), IssueLoad.Of(body, gpu.Limits).Cycles));
        }

        return [.. loops.OrderByDescending(l => (l[InstructionClass.Tensor], l[InstructionClass.Ffma], l.Instructions))];
    }
}
