using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace SRKernels.Emulation.Native.Sample;

/// <summary>ILGPU's streams, markers, copies and pinned memory.</summary>
internal static class IlgpuStreamChecks
{
    public static (string Name, Action Run)[] All { get; } =
    [
        ("ilgpu-runs-streams", IlgpuChecks.On(RunsStreams)),
        ("ilgpu-work-waits-for-synchronize", IlgpuChecks.On(WorkWaits)),
        ("ilgpu-measures-with-markers", MeasuresWithMarkers),
        ("ilgpu-copies-in-all-directions", IlgpuChecks.On(Copies)),
        ("ilgpu-copies-from-a-host-stack", IlgpuChecks.On(CopiesFromTheStack)),
        ("ilgpu-knows-its-memory", IlgpuChecks.On(KnowsItsMemory)),
        ("ilgpu-keeps-accelerators-apart", KeepsAcceleratorsApart),
    ];

    private static void RunsStreams(CudaAccelerator accelerator)
    {
        var axpy = accelerator.LoadKernel<ArrayView<float>, ArrayView<float>, float>(Kernels.Axpy);
        using var first = accelerator.CreateStream();
        using var second = accelerator.CreateStream(StreamFlags.CU_STREAM_NON_BLOCKING);
        using var x = accelerator.Allocate1D(new float[] { 1, 2, 3, 4 });
        using var y = accelerator.Allocate1D(new float[] { 10, 20, 30, 40 });
        using var z = accelerator.Allocate1D(new float[] { 0, 0, 0, 0 });
        axpy(first, (1, 32), x.View, y.View, 2f);
        axpy(second, (1, 32), x.View, z.View, -1f);
        axpy(first, (1, 32), x.View, y.View, 1f);
        first.Synchronize();
        second.Synchronize();
        Expect.Same([13f, 26f, 39f, 52f], y.GetAsArray1D());
        Expect.Same([-1f, -2f, -3f, -4f], z.GetAsArray1D());
    }

    // A host that reads pinned memory before it has waited sees what was there before, on every run.
    private static void WorkWaits(CudaAccelerator accelerator)
    {
        using var stream = accelerator.CreateStream();
        using var host = accelerator.AllocatePageLocked1D<int>(4);
        using var device = accelerator.Allocate1D(new[] { 1, 2, 3, 4 });
        host.Span.Fill(-1);
        device.View.CopyToPageLockedAsync(stream, host);
        Expect.Same([-1, -1, -1, -1], host.GetArray());
        stream.Synchronize();
        Expect.Same([1, 2, 3, 4], host.GetArray());
    }

    private static void MeasuresWithMarkers()
    {
        using var context = Context.Create(b => b.Cuda().Profiling());
        using var accelerator = context.CreateCudaAccelerator(0);
        using var stream = accelerator.CreateStream();
        using var x = accelerator.Allocate1D<float>(1024);
        using var y = accelerator.Allocate1D<float>(1024);
        x.MemSetToZero(stream);
        y.MemSetToZero(stream);
        var axpy = accelerator.LoadKernel<ArrayView<float>, ArrayView<float>, float>(Kernels.Axpy);
        var before = stream.AddProfilingMarker();
        axpy(stream, (32, 32), x.View, y.View, 1f);
        var after = stream.AddProfilingMarker();
        after.Synchronize();
        Expect.True(after - before > TimeSpan.Zero, "a launch of 1024 threads to take time");
    }

    private static void Copies(CudaAccelerator accelerator)
    {
        int[] values = [.. Enumerable.Range(0, 50)];
        using var stream = accelerator.CreateStream();
        using var from = accelerator.Allocate1D<int>(50);
        using var to = accelerator.Allocate1D<int>(60);
        from.View.CopyFromCPU(stream, values);
        to.MemSet(stream, 0xFF);
        from.View.CopyTo(stream, to.View.SubView(5, 50));
        Expect.Same([.. Enumerable.Repeat(-1, 5), .. values, .. Enumerable.Repeat(-1, 5)], to.View.GetAsArray1D(stream));

        var pinned = GC.AllocateArray<int>(50, pinned: true);
        using (var scope = accelerator.CreatePageLockFromPinned(pinned))
        {
            from.View.CopyToPageLockedAsync(stream, scope);
            stream.Synchronize();
            Expect.Same(values, pinned);
            Array.Fill(pinned, 7);
            from.View.CopyFromPageLockedAsync(stream, scope);
            stream.Synchronize();
        }

        Expect.Same([.. Enumerable.Repeat(7, 50)], from.View.GetAsArray1D(stream));
    }

    private static void CopiesFromTheStack(CudaAccelerator accelerator)
    {
        using var buffer = accelerator.Allocate1D<long>(1);
        long value = 0x1234_5678_9ABC, back = 0;
        buffer.View.CopyFromCPU(accelerator.DefaultStream, ref value, 1);
        buffer.View.CopyToCPU(accelerator.DefaultStream, ref back, 1);
        accelerator.Synchronize();
        Expect.Equal(value, back);
    }

    private static void KnowsItsMemory(CudaAccelerator accelerator)
    {
        var free = accelerator.GetFreeMemory();
        using (var buffer = accelerator.Allocate1D<byte>(1 << 20))
        {
            Expect.Equal(free - (1 << 20), accelerator.GetFreeMemory());
            Expect.Equal(CudaMemoryType.Device, CudaAccelerator.GetCudaMemoryType(buffer.NativePtr));
        }

        Expect.Equal(free, accelerator.GetFreeMemory());
        accelerator.CacheConfiguration = CudaCacheConfiguration.PreferShared;
        Expect.Equal(CudaCacheConfiguration.PreferShared, accelerator.CacheConfiguration);
    }

    private static void KeepsAcceleratorsApart()
    {
        using var context = Context.Create(b => b.Cuda());
        using var one = context.CreateCudaAccelerator(0);
        using var two = context.CreateCudaAccelerator(0);
        using var x = one.Allocate1D(new[] { 1, 2, 3 });
        using var y = two.Allocate1D<int>(3);
        x.View.CopyTo(one.DefaultStream, y.View);
        one.Synchronize();
        Expect.Same([1, 2, 3], y.GetAsArray1D());
    }
}
