using System.Runtime.CompilerServices;
using ILGPU.IR.Intrinsics;

namespace SRKernels.Intrinsics;

/// <summary>
/// Copies from global to shared memory that run beside the arithmetic (<c>cp.async</c>, sm_80). A copy is visible to
/// its thread after
/// <see cref="Wait"/> and to the group after a barrier behind that. ILGPU's CPU accelerator copies at once, which a device may
/// do too; the interpreter and the emulator copy at the wait, so that a missing one shows.
/// </summary>
public static class AsyncCopy
{
    /// <summary>Copies 4 bytes; both addresses are multiples of 4.</summary>
    /// <typeparam name="T">Element type.</typeparam>
    /// <param name="shared">Target in shared memory.</param>
    /// <param name="global">Source in global memory.</param>
    [IntrinsicImplementation]
    public static void Copy4<T>(ref T shared, ref T global)
        where T : unmanaged => Copy(ref shared, ref global, 4, 4);

    /// <summary>Copies 8 bytes; both addresses are multiples of 8.</summary>
    /// <typeparam name="T">Element type.</typeparam>
    /// <param name="shared">Target in shared memory.</param>
    /// <param name="global">Source in global memory.</param>
    [IntrinsicImplementation]
    public static void Copy8<T>(ref T shared, ref T global)
        where T : unmanaged => Copy(ref shared, ref global, 8, 8);

    /// <summary>Copies 16 bytes; both addresses are multiples of 16.</summary>
    /// <typeparam name="T">Element type.</typeparam>
    /// <param name="shared">Target in shared memory.</param>
    /// <param name="global">Source in global memory.</param>
    [IntrinsicImplementation]
    public static void Copy16<T>(ref T shared, ref T global)
        where T : unmanaged => Copy(ref shared, ref global, 16, 16);

    /// <summary>Copies the first <paramref name="bytes"/> of 4 bytes and fills the rest with zeros; with 0 the source
    /// is not read.</summary>
    /// <typeparam name="T">Element type.</typeparam>
    /// <param name="shared">Target in shared memory.</param>
    /// <param name="global">Source in global memory.</param>
    /// <param name="bytes">0 to 4.</param>
    [IntrinsicImplementation]
    public static void Copy4<T>(ref T shared, ref T global, int bytes)
        where T : unmanaged => Copy(ref shared, ref global, 4, bytes);

    /// <summary>Copies the first <paramref name="bytes"/> of 8 bytes and fills the rest with zeros; with 0 the source
    /// is not read.</summary>
    /// <typeparam name="T">Element type.</typeparam>
    /// <param name="shared">Target in shared memory.</param>
    /// <param name="global">Source in global memory.</param>
    /// <param name="bytes">0 to 8.</param>
    [IntrinsicImplementation]
    public static void Copy8<T>(ref T shared, ref T global, int bytes)
        where T : unmanaged => Copy(ref shared, ref global, 8, bytes);

    /// <summary>Copies the first <paramref name="bytes"/> of 16 bytes and fills the rest with zeros; with 0 the source
    /// is not read.</summary>
    /// <typeparam name="T">Element type.</typeparam>
    /// <param name="shared">Target in shared memory.</param>
    /// <param name="global">Source in global memory.</param>
    /// <param name="bytes">0 to 16.</param>
    [IntrinsicImplementation]
    public static void Copy16<T>(ref T shared, ref T global, int bytes)
        where T : unmanaged => Copy(ref shared, ref global, 16, bytes);

    /// <summary>Closes the group of copies that this thread started since the last commit.</summary>
    [IntrinsicImplementation]
    public static void Commit()
    {
    }

    /// <summary>Waits until at most <paramref name="groups"/> of this thread's youngest groups are under way.</summary>
    /// <param name="groups">A compile-time constant, 0 or more.</param>
    [IntrinsicImplementation]
    public static void Wait(int groups) => ArgumentOutOfRangeException.ThrowIfNegative(groups);

    private static unsafe void Copy<T>(ref T shared, ref T global, int size, int bytes)
        where T : unmanaged
    {
        var target = (nint)Unsafe.AsPointer(ref shared);
        var source = (nint)Unsafe.AsPointer(ref global);
        if (target % size != 0 || (bytes > 0 && source % size != 0))
            throw new InvalidOperationException($"AsyncCopy.Copy{size}: an address is not a multiple of {size}.");
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bytes, (uint)size, nameof(bytes));
        Unsafe.InitBlockUnaligned((void*)target, 0, (uint)size);
        Unsafe.CopyBlockUnaligned((void*)target, (void*)source, (uint)bytes);
    }
}
