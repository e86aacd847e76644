using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using SRKernels.Runtime;
using OurCudaDevice = SRKernels.Runtime.Cuda.CudaDevice;
using OurDevice = SRKernels.Runtime.Device;

namespace SRKernels.Ilgpu.Accelerators;

/// <summary>An application's accelerator as a device of ours.</summary>
internal abstract class AcceleratorDevice
{
    /// <summary>What runs the kernels; disposing it leaves the accelerator as it is.</summary>
    public abstract OurDevice Device { get; }

    /// <summary>Memory that the application left, or null where it is not limited.</summary>
    public virtual long? FreeBytes => null;

    /// <summary>Queues work in a stream, behind what is in it.</summary>
    public abstract void Run(AcceleratorStream stream, Action work);

    /// <summary>A view's memory as one of the device's buffers, and where in it the view begins.</summary>
    public abstract (DeviceBuffer Buffer, long OffsetBytes) Borrow<T>(ArrayView<T> view)
        where T : unmanaged;

    /// <summary>The accelerator was disposed: nothing of it may be touched any more.</summary>
    public virtual void Abandon()
    {
    }
}

/// <summary>
/// CUDA: our host code and our PTX in the accelerator's context. ILGPU's driver binding and ours call one driver, and handles are the driver's; so there
/// is one implementation of launches, graphs, memory in stream order and shared memory beyond 48 KB, for which ILGPU's binding has no words.
/// </summary>
internal sealed class CudaAcceleratorDevice(CudaAccelerator accelerator) : AcceleratorDevice
{
    private readonly OurCudaDevice _device = OurCudaDevice.Adopt(
        ((CudaDevice)accelerator.Device).DeviceId, accelerator.NativePtr, ((CudaStream)accelerator.DefaultStream).StreamPtr);

    public override OurDevice Device => _device;

    public override long? FreeBytes => _device.FreeBytes();

    public override void Run(AcceleratorStream stream, Action work)
    {
        _device.MoveTo(((CudaStream)stream).StreamPtr);
        try
        {
            work();
        }
        finally
        {
            _device.MoveTo(null);
        }
    }

    public override (DeviceBuffer Buffer, long OffsetBytes) Borrow<T>(ArrayView<T> view) =>
        (_device.Borrow(view.LoadEffectiveAddressAsPtr<T>(), view.LengthInBytes), 0);

    public override void Abandon() => _device.Abandon();
}

/// <summary>The processor: ILGPU's compiler takes the kernels. Its streams run at once, so that work is done when it was queued.</summary>
internal sealed class CpuAcceleratorDevice(CPUAccelerator accelerator) : AcceleratorDevice
{
    private readonly IlgpuDevice _device = IlgpuDevice.Over(accelerator, accelerator.DefaultStream);

    public override OurDevice Device => _device;

    public override void Run(AcceleratorStream stream, Action work)
    {
        using var bound = accelerator.BindScoped();
        stream.Synchronize();
        work();
        accelerator.DefaultStream.Synchronize();
    }

    public override (DeviceBuffer Buffer, long OffsetBytes) Borrow<T>(ArrayView<T> view)
    {
        var memory = ((IArrayView)view).Buffer;
        return (IlgpuDevice.Borrow(memory), view.LoadEffectiveAddressAsPtr<T>() - memory.NativePtr);
    }
}
