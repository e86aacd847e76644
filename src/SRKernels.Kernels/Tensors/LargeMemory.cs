using System.Runtime.InteropServices;
using SRKernels.Runtime;

namespace SRKernels.Kernels.Tensors;

/// <summary>
/// Aligned native memory: large blocks are pages of their own, which go back to the system the moment they are freed; on request pages of 2 MiB.
/// </summary>
/// <remarks>
/// The C library's allocator keeps freed blocks below its (growing) threshold: the networks of a 128x128 tile held 60 MiB beside what was in use, and
/// no plan of memory could be kept. Winograd's products read and write 36 streams some pages apart, more than the first-level translation buffer
/// holds: with 2 MiB pages its scratch made 512->512 at 64x64 a quarter faster (75 to 57 ms, Zen 4, one core, 37 MiB of scratch). Such pages
/// are not asked for maps and weights: those are read in long runs, and in a virtual machine whose host takes free memory back, the first touch of a
/// large page was measured at 2.9 ms per MiB against 0.7 for small ones, which a single picture never earns back.
/// </remarks>
internal static unsafe partial class LargeMemory
{
    private const nuint LineBytes = 64;
    private const nuint HugePageBytes = 2 << 20;
    private const long LeastPagesBytes = 128 << 10;
    private const int ReadWrite = 3;           // PROT_READ | PROT_WRITE
    private const int PrivateAnonymous = 0x22; // MAP_PRIVATE | MAP_ANONYMOUS of Linux
    private const int AdviseHugePages = 14;    // MADV_HUGEPAGE of Linux

    private static readonly bool s_hasPages = OperatingSystem.IsLinux();

    /// <summary>Memory for <paramref name="bytes"/>, aligned to at least a cache line; uninitialised. Give it back with <see cref="Free"/>.</summary>
    /// <param name="bytes">How much.</param>
    /// <param name="hugePages">Asks for 2 MiB pages.</param>
    /// <exception cref="MemoryShortage">It cannot be had.</exception>
    public static void* Allocate(long bytes, bool hugePages = false)
    {
        if (!ArePages(bytes)) return Small(bytes);
        // Huge pages start at their multiples: what lies before the first one and behind the last goes back.
        var spare = hugePages && bytes >= (long)HugePageBytes ? HugePageBytes : 0;
        var length = ((nuint)bytes + (nuint)Environment.SystemPageSize - 1) & ~((nuint)Environment.SystemPageSize - 1);
        var memory = (byte*)Map(null, length + spare, ReadWrite, PrivateAnonymous, -1, 0);
        if (memory == (byte*)-1) throw MemoryShortage.Of(bytes);
        if (spare == 0) return memory;
        var start = (byte*)(((nuint)memory + spare - 1) & ~(spare - 1));
        Unmap(memory, (nuint)(start - memory));
        Unmap(start + length, (nuint)(memory + spare - start));
        // An answer other than 0 means that the kernel was built without: small pages serve.
        _ = Advise(start, length & ~(HugePageBytes - 1), AdviseHugePages);
        return start;
    }

    /// <summary>Gives memory back.</summary>
    /// <param name="memory">From <see cref="Allocate"/>.</param>
    /// <param name="bytes">How much was asked for.</param>
    public static void Free(void* memory, long bytes)
    {
        if (ArePages(bytes)) Unmap(memory, (nuint)bytes);
        else NativeMemory.AlignedFree(memory);
    }

    private static bool ArePages(long bytes) => s_hasPages && bytes >= LeastPagesBytes;

    private static void* Small(long bytes)
    {
        try
        {
            return NativeMemory.AlignedAlloc(checked((nuint)bytes), LineBytes);
        }
        catch (OutOfMemoryException e)
        {
            throw MemoryShortage.Of(bytes, e);
        }
    }

    private static void Unmap(void* memory, nuint bytes)
    {
        if (bytes > 0) _ = UnmapPages(memory, bytes);
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int UnmapPages(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(void* address, nuint length, int advice);
}
