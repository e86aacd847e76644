namespace SRKernels.Compilation.Analysis;

/// <summary>What one group of a launch asks of a multiprocessor.</summary>
/// <param name="Warps">Its warps.</param>
/// <param name="TensorMultiplyAdds">Of one warp, a tf32 one counting as two.</param>
/// <param name="IssueCycles">Of one warp on its scheduler: instructions, or the cycles of its busiest unit if those are more.</param>
/// <param name="PathCycles">Of one warp alone: its stall counts and what it waits for.</param>
/// <param name="SharedCycles">Of the group: passes over shared memory and first-level lines.</param>
/// <param name="SharedConflicts">Those of them that bank conflicts cost.</param>
/// <param name="LoadedBytes">From the second-level cache, by the group.</param>
/// <param name="StoredBytes">To it, by the group.</param>
/// <param name="IsPaired">Whether loops of IR and machine code were paired one by one.</param>
internal sealed record GroupWork(
    int Warps, double TensorMultiplyAdds, double IssueCycles, double PathCycles, double SharedCycles, double SharedConflicts, double LoadedBytes, double StoredBytes, bool IsPaired);
