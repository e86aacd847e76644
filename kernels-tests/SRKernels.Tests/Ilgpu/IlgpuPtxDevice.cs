using System.Reflection;
using SRKernels.Ilgpu;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;
using SRKernels.Runtime.Loading;

namespace SRKernels.Tests.Ilgpu;

/// <summary>A CUDA device whose kernels ILGPU's compiler makes: our host code, its PTX.</summary>
/// <param name="cuda">Runs them; disposed with this.</param>
internal sealed class IlgpuPtxDevice(CudaDevice cuda) : Device
{
    private readonly IlgpuPtxCompiler _compiler = new();

    public override DeviceInfo Info => cuda.Info;

    public override DeviceBuffer Allocate(long bytes) => cuda.Allocate(bytes);

    public override DeviceKernel Load(KernelImage image) => cuda.Load(image);

    public override DeviceKernel? Load(Assembly assembly, KernelKey key) => cuda.Load(_compiler.Compile(assembly, key, cuda.Info.Target));

    public override void Launch(DeviceKernel kernel, in LaunchShape shape, KernelArguments arguments) => cuda.Launch(kernel, shape, arguments);

    public override void Upload(ReadOnlySpan<byte> from, DeviceBuffer to, long offsetBytes = 0) => cuda.Upload(from, to, offsetBytes);

    public override void Download(DeviceBuffer from, Span<byte> to, long offsetBytes = 0) => cuda.Download(from, to, offsetBytes);

    public override void Synchronize() => cuda.Synchronize();

    public override DeviceGraph Capture(Action work) => cuda.Capture(work);

    public override double Time(Action work) => cuda.Time(work);

    public override void Dispose()
    {
        cuda.Dispose();
        _compiler.Dispose();
    }
}
