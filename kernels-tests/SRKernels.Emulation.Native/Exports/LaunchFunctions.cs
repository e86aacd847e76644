using System.Runtime.InteropServices;
using SRKernels.Emulation.Native.Driver;

namespace SRKernels.Emulation.Native.Exports;

/// <summary>Launches, and how many blocks fit.</summary>
internal static unsafe class LaunchFunctions
{
    // cuda.h: what the list of a launch's extra says.
    private const nint LaunchEnd = 0;
    private const nint LaunchBuffer = 1;
    private const nint LaunchBufferBytes = 2;

    [UnmanagedCallersOnly(EntryPoint = "cuLaunchKernel")]
    public static CuResult Launch(
        nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint sharedBytes, nint stream, void** arguments, void** extra) =>
        Boundary.InContext(context =>
        {
            var found = Machine.Running.Get<EmulatedFunction>(function);
            if (arguments != null && extra != null) throw new CuFailure(CuResult.InvalidValue);
            var bytes = extra != null ? Packed(extra) : found.Arguments(arguments);
            found.Launch(
                context.Stream(stream), new Extent((int)gridX, (int)gridY, (int)gridZ), new Extent((int)blockX, (int)blockY, (int)blockZ), (int)sharedBytes, bytes);
        });

    [UnmanagedCallersOnly(EntryPoint = "cuOccupancyMaxActiveBlocksPerMultiprocessor")]
    public static CuResult ResidentBlocks(int* blocks, nint function, int threads, nuint dynamicSharedBytes) => Boundary.InContext(_ =>
    {
        Boundary.Require((nint)blocks);
        if (threads < 1) throw new CuFailure(CuResult.InvalidValue);
        *blocks = Machine.Running.Get<EmulatedFunction>(function).ResidentBlocks(threads, dynamicSharedBytes);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuOccupancyMaxPotentialBlockSize")]
    public static CuResult BestBlock(
        int* leastGrid, int* block, nint function, delegate* unmanaged<int, nuint> sharedBytesOfBlock, nuint dynamicSharedBytes, int limit) =>
        Boundary.InContext(context =>
        {
            Boundary.Require((nint)leastGrid, (nint)block);
            var found = Machine.Running.Get<EmulatedFunction>(function);
            var most = found.Attribute(0);
            if (limit > 0) most = Math.Min(most, limit);
            var (bestThreads, bestBlock, bestBlocks) = (0, 0, 0);
            for (var threads = most / 32 * 32; threads >= 0; threads -= 32)
            {
                var size = Math.Max(threads, Math.Min(most, 1)); // fewer than a warp only when the limit says so
                if (size == 0) break;
                var blocks = found.ResidentBlocks(size, sharedBytesOfBlock != null ? sharedBytesOfBlock(size) : dynamicSharedBytes);
                if (blocks * size > bestThreads) (bestThreads, bestBlock, bestBlocks) = (blocks * size, size, blocks);
            }

            (*leastGrid, *block) = (bestBlocks * context.Device.Attribute(16), bestBlock);
        });

    /// <summary>Arguments as one packed buffer: a list of name and value pairs that ends with 0.</summary>
    private static byte[] Packed(void** extra)
    {
        void* buffer = null;
        nuint bytes = 0;
        for (var i = 0; (nint)extra[i] != LaunchEnd; i += 2)
        {
            if ((nint)extra[i] == LaunchBuffer) buffer = extra[i + 1];
            else if ((nint)extra[i] == LaunchBufferBytes) bytes = *(nuint*)extra[i + 1];
            else throw new CuFailure(CuResult.InvalidValue);
        }

        if (bytes > 0) Boundary.Require((nint)buffer);
        return new ReadOnlySpan<byte>(buffer, (int)bytes).ToArray();
    }
}
