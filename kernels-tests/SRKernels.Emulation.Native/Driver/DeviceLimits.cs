using SRKernels.Emulation.Isa;

namespace SRKernels.Emulation.Native.Driver;

/// <summary>
/// What a multiprocessor of a target holds. Source: CUDA C++ Programming Guide, technical specifications per compute capability.
/// </summary>
/// <param name="Target">80 for sm_80.</param>
/// <param name="Threads">Resident threads.</param>
/// <param name="Blocks">Resident blocks.</param>
/// <param name="SharedBytes">Shared memory of the multiprocessor.</param>
/// <param name="SharedReserved">What the system takes for each block.</param>
internal sealed record DeviceLimits(int Target, int Threads, int Blocks, int SharedBytes, int SharedReserved)
{
    public const int ThreadsPerBlock = 1024;
    public const int Registers = 65536;
    public const int SharedBytesWithoutOptIn = 48 * Kib;

    private const int Kib = 1024;

    private static readonly DeviceLimits[] s_all =
    [
        new(70, 2048, 32, 96 * Kib, 0),
        new(75, 1024, 16, 64 * Kib, 0),
        new(80, 2048, 32, 164 * Kib, Kib),
        new(86, 1536, 16, 100 * Kib, Kib),
        new(87, 1536, 16, 164 * Kib, Kib),
        new(89, 1536, 24, 100 * Kib, Kib),
        new(90, 2048, 32, 228 * Kib, Kib),
        new(100, 2048, 32, 228 * Kib, Kib),
        new(120, 1536, 24, 100 * Kib, Kib),
    ];

    /// <summary>For messages.</summary>
    public static string KnownTargets => string.Join(", ", s_all.Select(l => l.Target));

    /// <summary>The most shared memory of one block after cuFuncSetAttribute.</summary>
    public int SharedBytesPerBlock => PtxTargets.SharedBytes(Target);

    public static bool IsKnown(int target) => Array.Exists(s_all, l => l.Target == target);

    public static DeviceLimits Of(int target) => Array.Find(s_all, l => l.Target == target)!;

    /// <summary>Blocks that a multiprocessor holds at once, registers aside, which the emulator does not allocate.</summary>
    public int ResidentBlocks(int threads, int sharedBytes)
    {
        if (threads is < 1 or > ThreadsPerBlock || sharedBytes > SharedBytesPerBlock) return 0;
        var byThreads = Threads / ((threads + 31) / 32 * 32);
        var byShared = sharedBytes + SharedReserved == 0 ? Blocks : SharedBytes / (sharedBytes + SharedReserved);
        return Math.Min(Blocks, Math.Min(byThreads, byShared));
    }
}
