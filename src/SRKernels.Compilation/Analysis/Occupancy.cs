namespace SRKernels.Compilation.Analysis;

/// <summary>How many groups of a kernel a multiprocessor holds at once.</summary>
/// <param name="Groups">Resident groups; 0: not even one fits.</param>
/// <param name="Warps">Their warps.</param>
/// <param name="Limit">What keeps a further group out.</param>
internal readonly record struct Occupancy(int Groups, int Warps, string Limit)
{
    /// <summary>From what the assembler and the launch say.</summary>
    /// <param name="limits">The target.</param>
    /// <param name="threads">Threads of a group.</param>
    /// <param name="registers">Registers of a thread.</param>
    /// <param name="sharedBytes">Shared memory of a group, static and dynamic.</param>
    /// <remarks>Rounding as in the CUDA Occupancy Calculator: registers by warp in units of 256, warps in fours (one for each scheduler), shared memory in units.</remarks>
    public static Occupancy Of(MultiprocessorLimits limits, int threads, int registers, int sharedBytes)
    {
        var warps = (threads + 31) / 32;
        var byWarps = limits.Warps / warps;
        var perWarp = RoundUp(registers * 32, MultiprocessorLimits.RegisterUnit);
        var warpsByRegisters = perWarp == 0 ? limits.Warps : MultiprocessorLimits.Registers / MultiprocessorLimits.Schedulers / perWarp * MultiprocessorLimits.Schedulers;
        var byRegisters = warpsByRegisters / warps;
        var shared = RoundUp(sharedBytes + limits.SharedReserved, limits.SharedUnit);
        var byShared = sharedBytes > limits.SharedBytesPerGroup ? 0 : shared == 0 ? limits.Groups : limits.SharedBytes / shared;
        var groups = Math.Min(Math.Min(limits.Groups, byWarps), Math.Min(byRegisters, byShared));
        var limit = groups == byRegisters ? "registers" : groups == byShared ? "shared memory" : groups == byWarps ? "warps" : "groups";
        return new Occupancy(groups, groups * warps, limit);
    }

    private static int RoundUp(int value, int unit) => (value + unit - 1) / unit * unit;
}
