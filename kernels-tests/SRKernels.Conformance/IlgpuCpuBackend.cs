using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace SRKernels.Conformance;

/// <summary>
/// The truth: ILGPU's own CPU accelerator, whose front end takes the kernel and whose threads run it. Cases that it gets
/// wrong, or does not take, say so (<see cref="ConformanceCase.Expected"/>).
/// </summary>
public sealed class IlgpuCpuBackend : IConformanceBackend
{
    /// <summary>Warps of 32 and groups of up to 1024 threads, as on NVIDIA's devices.</summary>
    private static readonly Lazy<Accelerator> s_accelerator = new(() =>
        CPUDevice.Nvidia.CreateCPUAccelerator(Context.Create(builder => builder.CPU(CPUDevice.Nvidia))));

    private static readonly Lock s_oneAtATime = new();

    private static Action? s_body;

    public string Name => "ILGPU CPU";

    public string? Unavailable => null;

    public unsafe void Run(ConformanceCase test, byte[][] memory)
    {
        // Aligned copies: wide accesses check their addresses, and a managed array may lie anywhere.
        var pinned = new nint[memory.Length];
        try
        {
            var values = new object[memory.Length];
            for (int i = 0; i < memory.Length; i++)
            {
                pinned[i] = (nint)NativeMemory.AlignedAlloc((nuint)Math.Max(16, memory[i].Length), 256);
                memory[i].CopyTo(new Span<byte>((void*)pinned[i], memory[i].Length));
                values[i] = test.Arguments[i].Value(s_accelerator.Value, pinned[i]);
            }

            lock (s_oneAtATime)
            {
                test.Launch(s_accelerator.Value, Config(test.Grid, test.Group, test.DynamicSharedBytes), values);
                s_accelerator.Value.Synchronize();
            }

            for (int i = 0; i < memory.Length; i++) new Span<byte>((void*)pinned[i], memory[i].Length).CopyTo(memory[i]);
        }
        finally
        {
            foreach (nint address in pinned) NativeMemory.AlignedFree((void*)address);
        }
    }

    /// <summary>Runs C# that is no kernel (it may capture) on the accelerator's threads, once for each: what language
    /// members do there, without ILGPU's front end.</summary>
    public static void RunOnThreads((int X, int Y, int Z) grid, (int X, int Y, int Z) group, Action body)
    {
        lock (s_oneAtATime)
        {
            s_body = body;
            s_accelerator.Value.LoadStreamKernel<int>(CallBody)(Config(grid, group, 0), 0);
            s_accelerator.Value.Synchronize();
        }
    }

    private static void CallBody(int unused) => Body(unused);

    // Marked, so that ILGPU's front end does not look into it.
    [IntrinsicImplementation]
    private static void Body(int unused) => s_body!();

    private static KernelConfig Config((int X, int Y, int Z) grid, (int X, int Y, int Z) group, int dynamicSharedBytes)
    {
        var (g, b) = (new Index3D(grid.X, grid.Y, grid.Z), new Index3D(group.X, group.Y, group.Z));
        return dynamicSharedBytes == 0 ? new KernelConfig(g, b)
            : new KernelConfig(g, b, SharedMemoryConfig.RequestDynamic<byte>(dynamicSharedBytes));
    }
}
