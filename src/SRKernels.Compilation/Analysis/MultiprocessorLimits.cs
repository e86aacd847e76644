namespace SRKernels.Compilation.Analysis;

/// <summary>
/// What one multiprocessor of a target holds and does in a cycle. CUDA C++ Programming Guide 12: table "Technical Specifications per Compute Capability" (resident
/// warps, groups, registers, shared memory), "Throughput of Native Arithmetic Instructions" (results per clock cycle per multiprocessor); allocation units: CUDA
/// Occupancy Calculator of the toolkit. From sm_80 on 1 KB of each group's shared memory is the system's.
/// </summary>
/// <param name="Target">80 for sm_80.</param>
/// <param name="Warps">Resident warps.</param>
/// <param name="Groups">Resident groups.</param>
/// <param name="SharedBytes">Shared memory of the multiprocessor.</param>
/// <param name="SharedBytesPerGroup">The most that one group may use.</param>
/// <param name="SharedUnit">Shared memory is given out in this many bytes.</param>
/// <param name="SharedReserved">What the system takes for each group.</param>
/// <param name="CacheBytes">First-level cache and shared memory together (architecture whitepapers).</param>
/// <param name="Fp32">fp32 additions, products or fused ones a cycle.</param>
internal sealed record MultiprocessorLimits(
    int Target, int Warps, int Groups, int SharedBytes, int SharedBytesPerGroup, int SharedUnit, int SharedReserved, int CacheBytes, int Fp32)
{
    private const int Kib = 1024;

    /// <summary>32-bit registers.</summary>
    public const int Registers = 65536;

    /// <summary>Registers are given to a warp in this many.</summary>
    public const int RegisterUnit = 256;

    /// <summary>Warp schedulers; each issues one instruction a cycle and owns a quarter of everything.</summary>
    public const int Schedulers = 4;

    /// <summary>32-bit integer additions, logic, shifts and comparisons a cycle, and products as many.</summary>
    public const int Integer = 64;

    /// <summary>Reciprocals, roots, exponentials, logarithms, sines a cycle.</summary>
    public const int Special = 16;

    /// <summary>Bytes of shared memory a cycle: 32 banks of 4 (Programming Guide, "Shared Memory").</summary>
    public const int SharedBytesPerCycle = 128;

    /// <summary>Targets from the lowest.</summary>
    public static IReadOnlyList<MultiprocessorLimits> All { get; } =
    [
        new(70, 64, 32, 96 * Kib, 96 * Kib, 256, 0, 128 * Kib, 64),
        new(75, 32, 16, 64 * Kib, 64 * Kib, 256, 0, 96 * Kib, 64),
        new(80, 64, 32, 164 * Kib, 163 * Kib, 128, Kib, 192 * Kib, 64),
        new(86, 48, 16, 100 * Kib, 99 * Kib, 128, Kib, 128 * Kib, 128),
        new(89, 48, 24, 100 * Kib, 99 * Kib, 128, Kib, 128 * Kib, 128),
        new(90, 64, 32, 228 * Kib, 227 * Kib, 128, Kib, 256 * Kib, 128),
    ];

    /// <summary>The limits of a target of the list.</summary>
    public static MultiprocessorLimits Of(int target) =>
        All.FirstOrDefault(l => l.Target == target) ?? throw new ArgumentOutOfRangeException(nameof(target), $"expected one of sm_{string.Join(", sm_", All.Select(l => l.Target))}, got sm_{target}");
}
