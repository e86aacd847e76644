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
        CPUDevice.Nvidia.CreateCPUAccelerator(Context.Create(builder => builder.CPU(CPUDevice.Nvidia).EnableAlgorithms())));

    private static readonly Lock s_oneAtATime = new();

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    private static Action? s_body;

    private static string? s_hung;

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

            if (test.NotTakenByIlgpu is not null) RunOnThreads(test.Grid, test.Group, test.Bind(values));
            else
                Within(test.Name, () =>
                    test.Launch(s_accelerator.Value, Config(test.Grid, test.Group, test.DynamicSharedBytes), values));

            for (int i = 0; i < memory.Length; i++) new Span<byte>((void*)pinned[i], memory[i].Length).CopyTo(memory[i]);
        }
        finally
        {
            foreach (nint address in pinned) NativeMemory.AlignedFree((void*)address);
        }
    }

    /// <summary>What ILGPU says against a kernel; null: it takes it. In a Context of its own, since a failure leaves one
    /// in which later compilations fail too.</summary>
    public static string? Refusal(ConformanceCase test)
    {
        using var context = Context.Create(builder => builder.CPU(CPUDevice.Nvidia).EnableAlgorithms());
        using var accelerator = CPUDevice.Nvidia.CreateCPUAccelerator(context);
        try
        {
            accelerator.LoadKernel(test.Method);
            return null;
        }
        catch (Exception e) when (e is InternalCompilerException or AggregateException or NotSupportedException or ArgumentException)
        {
            return e.GetBaseException().Message;
        }
    }

    /// <summary>Runs C# that is no kernel (it may capture) on the accelerator's threads, once for each: what language
    /// members do there, without ILGPU's front end.</summary>
    public static void RunOnThreads((int X, int Y, int Z) grid, (int X, int Y, int Z) group, Action body)
    {
        Within("plain C#", () =>
        {
            s_body = body;
            s_accelerator.Value.LoadStreamKernel<int>(CallBody)(Config(grid, group, 0), 0);
        });
    }

    /// <summary>Its threads wait for ever where a barrier stands in a branch that not all of them take; whatever comes
    /// after that fails at once.</summary>
    private static void Within(string what, Action launch)
    {
        lock (s_oneAtATime)
        {
            if (s_hung is { } earlier) throw new TimeoutException($"{what}: ILGPU's CPU accelerator still hangs in {earlier}");
            var run = Task.Factory.StartNew(() =>
            {
                launch();
                s_accelerator.Value.Synchronize();
            }, TaskCreationOptions.LongRunning);
            if (((IAsyncResult)run).AsyncWaitHandle.WaitOne(s_limit))
            {
                run.GetAwaiter().GetResult();
                return;
            }

            s_hung = what;
            throw new TimeoutException($"{what}: not done on ILGPU's CPU accelerator after {s_limit.TotalSeconds} s; does a barrier stand in a branch?");
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
