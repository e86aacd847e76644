using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace SRKernels.Emulation.Native.Sample;

/// <summary>What goes wrong in an ILGPU program comes back as its CudaException, with the driver's code.</summary>
internal static class IlgpuErrorChecks
{
    public static (string Name, Action Run)[] All { get; } =
    [
        ("ilgpu-error-out-of-range", () => Breaks("an illegal memory access", CudaError.CUDA_ERROR_ILLEGAL_ADDRESS, (accelerator, x) =>
            accelerator.LoadStreamKernel<ArrayView<int>>(Kernels.PastTheEnd)((1, 32), x.View))),
        ("ilgpu-error-divergent-barrier", () => Breaks("unspecified launch failure", CudaError.CUDA_ERROR_LAUNCH_FAILED, (accelerator, x) =>
            accelerator.LoadStreamKernel<ArrayView<int>>(Kernels.BarrierInABranch)((1, 32), x.View))),
        ("ilgpu-error-out-of-memory", IlgpuChecks.On(OutOfMemory)),
        ("ilgpu-error-shared-memory", IlgpuChecks.On(TooMuchSharedMemory)),
        ("ilgpu-error-broken-ptx", IlgpuChecks.On(BrokenPtx)),
    ];

    // The context stays broken, so ILGPU's own clean-up fails too, as on a device; a new accelerator works.
    private static void Breaks(string text, CudaError code, Action<CudaAccelerator, MemoryBuffer1D<int, Stride1D.Dense>> work)
    {
        var context = Context.Create(b => b.Cuda());
        var accelerator = context.CreateCudaAccelerator(0);
        var x = accelerator.Allocate1D(new int[32]);
        var e = Expect.Throws<CudaException>(() =>
        {
            work(accelerator, x);
            accelerator.Synchronize();
        });
        Expect.Holds(text, e.Message);
        Expect.Equal(code.ToString(), e.Error);
        Expect.Throws<CudaException>(() => accelerator.Allocate1D<int>(1));
        Expect.Throws<CudaException>(x.Dispose);
        IlgpuChecks.On(fresh =>
        {
            using var y = fresh.Allocate1D(new[] { 5 });
            Expect.Same([5], y.GetAsArray1D());
        })();
        GC.KeepAlive(context);
    }

    private static void OutOfMemory(CudaAccelerator accelerator)
    {
        using var most = accelerator.Allocate1D<byte>(1 << 20);
        var e = Expect.Throws<CudaException>(() => accelerator.Allocate1D<long>(accelerator.MemorySize / sizeof(long)));
        Expect.Holds("out of memory", e.Message);
        using var after = accelerator.Allocate1D(new byte[] { 1 }); // no broken context
    }

    private static void TooMuchSharedMemory(CudaAccelerator accelerator)
    {
        var reverse = accelerator.LoadStreamKernel<ArrayView<int>>(Kernels.Reverse);
        using var x = accelerator.Allocate1D(new int[64]);
        var e = Expect.Throws<CudaException>(() => reverse((1, 64, SharedMemoryConfig.RequestDynamic<int>(16 * 1024)), x.View));
        Expect.Equal(CudaError.CUDA_ERROR_INVALID_VALUE.ToString(), e.Error); // ILGPU does not ask the driver for more than 48 KB
    }

    private static void BrokenPtx(CudaAccelerator accelerator)
    {
        accelerator.Bind();
        var code = CudaAPI.CurrentAPI.LoadModule(out _, ".version 8.0\n.target sm_80\n.address_size 64\n.visible .entry k() { add.f32 %r1, %r2; }", out var log);
        Expect.Equal(CudaError.CUDA_ERROR_INVALID_PTX, code);
        Expect.Holds("line 4", log);
        code = CudaAPI.CurrentAPI.LoadModule(out _, ".version 8.0\n.target sm_90\n.address_size 64\n.visible .entry k() { ret; }", out log);
        Expect.Equal(CudaError.CUDA_ERROR_NO_BINARY_FOR_GPU, code);
        Expect.Holds("sm_90", log);
    }
}
