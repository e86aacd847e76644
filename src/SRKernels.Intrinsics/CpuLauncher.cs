using SRKernels.Language.Cpu;

namespace SRKernels.Language;

/// <summary>Runs a kernel as the plain C# that it is: the slowest way, and the one a debugger understands.</summary>
public static class CpuLauncher
{
    /// <summary>Calls <paramref name="kernel"/> once per thread of every group, one after the other,
    /// deterministically.</summary>
    /// <param name="grid">Groups along x, y, z.</param>
    /// <param name="group">Threads of a group along x, y, z; at most 1024 in all.</param>
    /// <param name="dynamicSharedBytes">Bytes behind <c>SharedMemory.GetDynamic</c>.</param>
    /// <param name="kernel">Calls the kernel method with its arguments.</param>
    /// <exception cref="InvalidOperationException">Threads of a group wait at different barriers.</exception>
    public static void Launch(
        (int X, int Y, int Z) grid, (int X, int Y, int Z) group, int dynamicSharedBytes, Action kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        if (group.X < 1 || group.Y < 1 || group.Z < 1 || (long)group.X * group.Y * group.Z > 1024)
            throw new ArgumentOutOfRangeException(
                nameof(group), $"CpuLauncher: expected 1 to 1024 threads per group, got {group}.");
        for (int z = 0; z < grid.Z; z++)
            for (int y = 0; y < grid.Y; y++)
                for (int x = 0; x < grid.X; x++)
                {
                    using var running = new CpuGroup(grid, group, (x, y, z), dynamicSharedBytes);
                    running.Scheduler.Run(kernel);
                }
    }
}
