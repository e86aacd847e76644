using System.Runtime.InteropServices;

namespace SRKernels.Kernels.Tensors;

/// <summary>
/// Aligned native memory, in 2 MiB pages where a block is large enough and the system can.
/// </summary>
/// <remarks>
/// Kernels read and write dozens of streams some pages apart. With 4 KiB pages a map of 16 MiB is more than the second-level
/// translation buffer covers (3072 pages on Zen 4, fewer elsewhere), and products that write one ran at half speed; first touches also
/// cost one fault for 2 MiB instead of 512. Linux gives such pages to who asks by madvise; elsewhere nothing is asked.
/// </remarks>
internal static unsafe partial class LargeMemory
{
    private const nuint LineBytes = 64;
    private const nuint HugePageBytes = 2 << 20;
    private const int AdviseHugePages = 14; // MADV_HUGEPAGE of Linux

    private static bool s_canAdvise = OperatingSystem.IsLinux();

    /// <summary>Memory for <paramref name="bytes"/>, aligned to at least a cache line; uninitialised. Give it back with <see cref="Free"/>.</summary>
    public static void* Allocate(long bytes)
    {
        var length = checked((nuint)bytes);
        if (length < HugePageBytes || !s_canAdvise) return NativeMemory.AlignedAlloc(length, LineBytes);
        var memory = NativeMemory.AlignedAlloc(length, HugePageBytes);
        try
        {
            // An answer other than 0 means that the kernel was built without: small pages serve.
            _ = Advise(memory, length & ~(HugePageBytes - 1), AdviseHugePages);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            s_canAdvise = false;
        }

        return memory;
    }

    /// <summary>Gives memory back.</summary>
    public static void Free(void* memory) => NativeMemory.AlignedFree(memory);

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(void* address, nuint length, int advice);
}
