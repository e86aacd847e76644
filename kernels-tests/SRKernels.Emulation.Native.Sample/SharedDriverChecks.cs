using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;
using SRKernels.Runtime.Loading;

namespace SRKernels.Emulation.Native.Sample;

/// <summary>Both host sides in one process, on one driver: what passes between them by raw handles.</summary>
internal static unsafe class SharedDriverChecks
{
    public static (string Name, Action Run)[] All { get; } =
    [
        ("shared-own-ptx-in-ilgpus-context", IlgpuChecks.On(OwnPtxInIlgpusContext)),
        ("shared-ilgpu-kernel-beyond-48-kilobytes", IlgpuChecks.On(IlgpuKernelBeyond48Kilobytes)),
        ("shared-two-devices-side-by-side", SideBySide),
    ];

    private static void OwnPtxInIlgpusContext(CudaAccelerator accelerator)
    {
        var image = new KernelLoader(cache: null).Find(Runtime.Cuda.CudaDevice.List()[0], typeof(Kernels).Assembly, new KernelKey(typeof(Kernels).FullName!, nameof(Kernels.Sum)), out _);
        using var x = accelerator.Allocate1D(Enumerable.Range(1, 100).ToArray());
        using var total = accelerator.Allocate1D(new[] { 0 });
        accelerator.Bind();
        var api = CudaAPI.CurrentAPI;
        CudaException.ThrowIfFailed(api.LoadModule(out var module, image.Text, out var log));
        CudaException.ThrowIfFailed(api.GetModuleFunction(out var function, module, image.Name));
        var values = stackalloc long[] { x.NativePtr, x.Length, total.NativePtr, total.Length };
        var pointers = stackalloc nint[] { (nint)values, (nint)(values + 1), (nint)(values + 2), (nint)(values + 3) };
        var stream = ((CudaStream)accelerator.DefaultStream).StreamPtr;
        CudaException.ThrowIfFailed(api.LaunchKernel(function, 2, 1, 1, Kernels.GroupThreads, 1, 1, 0, stream, (nint)pointers, 0));
        Expect.Same([5050], total.GetAsArray1D());
        CudaException.ThrowIfFailed(api.DestroyModule(module));
    }

    private static void IlgpuKernelBeyond48Kilobytes(CudaAccelerator accelerator)
    {
        const int Words = 16 * 1024;
        var kernel = accelerator.LoadStreamKernel<ArrayView<int>>(Kernels.Reverse);
        using var x = accelerator.Allocate1D(Enumerable.Range(0, 64).ToArray());
        var function = ((CudaKernel)kernel.GetKernel()).FunctionPtr;
        var driver = NativeCudaDriver.TryOpen(out var reason) ?? throw new InvalidOperationException(reason);
        Expect.Equal(CudaResult.Success, driver.FunctionSetAttribute(function, CudaFunctionAttribute.MaxDynamicSharedBytes, Words * sizeof(int)));
        kernel((1, 64, SharedMemoryConfig.RequestDynamic<int>(Words)), x.View);
        Expect.Same([.. Enumerable.Range(0, 64).Reverse()], x.GetAsArray1D());
    }

    private static void SideBySide()
    {
        using var context = Context.Create(b => b.Cuda());
        using var accelerator = context.CreateCudaAccelerator(0);
        using var own = Runtime.Cuda.CudaDevice.Open(0);
        using var x = accelerator.Allocate1D(new[] { 1, 2, 3 });
        using var buffer = own.Allocate(4); // binds its own context to this thread
        Expect.Same([1, 2, 3], x.GetAsArray1D());
        own.Upload([1, 2, 3, 4], buffer);
        var back = new byte[4];
        own.Download(buffer, back);
        Expect.Same([(byte)1, (byte)2, (byte)3, (byte)4], back);
    }
}
