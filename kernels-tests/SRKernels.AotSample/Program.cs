using System.Runtime.InteropServices;
using SRKernels.AotSample;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;
using SRKernels.Runtime.OpenCl;

Console.WriteLine($"compiler: {(KernelLoader.CanCompile ? "yes" : "no")}");
var loader = new KernelLoader();
var axpy = new KernelKey("SRKernels.AotSample.Kernels", nameof(Kernels.Axpy));
var cuda = new DeviceInfo(DeviceKind.Cuda, "a device of sm_86", "described", 0, 0, 0, 0, 0, 86, true, true);
Console.WriteLine($"ptx: sm_{loader.Find(cuda, typeof(Kernels).Assembly, axpy, out var origin).Target}, {origin}");
if (OpenClDevice.List().Count == 0)
{
    Console.WriteLine("opencl: no device");
    return 0;
}

using var device = OpenClDevice.Open(0);
using var kernel = loader.Load(device, typeof(Kernels).Assembly, axpy);
float[] x = [1, 2, 3, 4], y = [10, 20, 30, 40];
using var dx = device.Allocate(16);
using var dy = device.Allocate(16);
device.Upload(MemoryMarshal.AsBytes<float>(x), dx);
device.Upload(MemoryMarshal.AsBytes<float>(y), dy);
device.Launch(kernel, new LaunchShape(new Extent(1), new Extent(4)), new KernelArguments().View<float>(dx).View<float>(dy).Add(2f));
device.Download(dy, MemoryMarshal.AsBytes(y.AsSpan()));
Console.WriteLine($"opencl: {string.Join(' ', y)}");
return 0;
