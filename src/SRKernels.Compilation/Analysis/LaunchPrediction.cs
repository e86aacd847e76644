using SRKernels.Runtime;

namespace SRKernels.Compilation.Analysis;

/// <summary>
/// How long a launch would take: the longest of what keeps the busiest multiprocessor, the second-level cache and the memory busy, and of the waves of groups one after
/// another. README.md in this folder says how. A prediction, not validated on hardware.
/// </summary>
/// <param name="Microseconds">With the gap before it.</param>
/// <param name="Tensor">Microseconds of the tensor cores.</param>
/// <param name="Issue">Microseconds of the schedulers and arithmetic units.</param>
/// <param name="Shared">Microseconds of shared memory and first-level cache.</param>
/// <param name="Cache">Microseconds of the second-level cache.</param>
/// <param name="Memory">Microseconds of the memory.</param>
/// <param name="Path">Microseconds of the waves of groups, each as long as one warp alone takes: prologue, waits and epilogue.</param>
/// <param name="Gap">Microseconds between this launch and the one before.</param>
/// <param name="Resident">Groups a multiprocessor holds.</param>
/// <param name="Waves">Groups over all that are resident at once.</param>
internal sealed record LaunchPrediction(
    double Microseconds, double Tensor, double Issue, double Shared, double Cache, double Memory, double Path, double Gap, int Resident, double Waves)
{
    /// <summary>The name of the longest.</summary>
    public string Bound
    {
        get
        {
            (string Name, double Time)[] parts = [("tensor", Tensor), ("issue", Issue), ("shared", Shared), ("L2", Cache), ("memory", Memory), ("latency", Path)];
            return parts.MaxBy(p => p.Time).Name;
        }
    }

    /// <summary>The launch's prediction.</summary>
    /// <param name="gpu">Where.</param>
    /// <param name="shape">Groups and threads.</param>
    /// <param name="occupancy">Resident groups.</param>
    /// <param name="work">Of one group.</param>
    /// <param name="memoryBytes">Bytes that the launch moves from and to memory.</param>
    public static LaunchPrediction Of(PublishedGpu gpu, in LaunchShape shape, Occupancy occupancy, GroupWork work, double memoryBytes)
    {
        var groups = shape.Grid.Count;
        var busiest = (groups + gpu.Multiprocessors - 1) / gpu.Multiprocessors;
        var resident = Math.Max(1, occupancy.Groups);
        // Warps that share a scheduler; fewer than four leave some idle.
        var load = Math.Max(1.0, (double)busiest * work.Warps / MultiprocessorLimits.Schedulers);
        var microsecond = gpu.Gigahertz * 1e3;
        var tensor = load * work.TensorMultiplyAdds / (gpu.TensorMultiplyAdds / MultiprocessorLimits.Schedulers) / microsecond;
        var issue = load * work.IssueCycles / microsecond;
        var shared = busiest * work.SharedCycles / microsecond;
        var bytes = work.LoadedBytes + work.StoredBytes;
        var cache = Math.Max(groups * bytes / gpu.CacheGigabytes / 1e3, busiest * bytes / gpu.CacheBytesPerMultiprocessor / microsecond);
        var memory = memoryBytes / (gpu.MemoryGigabytes * gpu.MemoryShare) / 1e3;
        var path = (busiest + resident - 1) / resident * work.PathCycles / microsecond;
        var longest = Math.Max(Math.Max(Math.Max(tensor, issue), Math.Max(shared, cache)), Math.Max(memory, path));
        return new LaunchPrediction(
            longest + gpu.LaunchMicroseconds, tensor, issue, shared, cache, memory, path, gpu.LaunchMicroseconds, resident, (double)groups / ((double)gpu.Multiprocessors * resident));
    }
}
