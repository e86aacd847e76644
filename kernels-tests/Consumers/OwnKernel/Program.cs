using ILGPU;
using ILGPU.Runtime;
using SRKernels.Intrinsics;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;

// A kernel of the application's own, which nobody embedded: only the compiler can make a text of it.
var gpu = new DeviceInfo(DeviceKind.Cuda, "a GPU", "sm_80", 0, 0, 0, 1024, 1, 80, true, true);
try
{
    var image = new KernelLoader(cache: null).Find(gpu, typeof(Kernels).Assembly, new KernelKey("Kernels", "Double"), out var origin);
    Console.WriteLine($"{origin}: {image.Format} for sm_{image.Target}, entry {image.Name}");
    return 0;
}
catch (KernelNotEmbeddedException e)
{
    Console.WriteLine($"{e.Package}: {e.Message}");
    return 1;
}

internal static class Kernels
{
    [Kernel]
    public static void Double(ArrayView<float> data) => data[Grid.GlobalIndex.X] *= 2;
}
