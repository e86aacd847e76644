namespace ILGPU;

/// <summary>Orders this thread's accesses before the fence and after it, as seen by others.</summary>
public static class MemoryFence
{
    public static void GroupLevel() => Interlocked.MemoryBarrier();

    public static void DeviceLevel() => Interlocked.MemoryBarrier();

    public static void SystemLevel() => Interlocked.MemoryBarrier();
}
