using System.Runtime.InteropServices;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;
using SRKernels.Runtime.Loading;

namespace SRKernels.Emulation.Native.Sample;

/// <summary>Our device over our own binding of the driver, from the library's name on.</summary>
internal static class OwnDeviceChecks
{
    public static (string Name, Action Run)[] All { get; } =
    [
        ("own-lists-the-device", ListsTheDevice),
        ("own-runs-an-embedded-kernel", On(RunsAnEmbeddedKernel)),
        ("own-replays-a-graph", On(ReplaysAGraph)),
        ("own-launches-beyond-48-kilobytes", On(LaunchesBeyond48Kilobytes)),
        ("own-times-work", On(TimesWork)),
        ("own-error-out-of-range", OutOfRange),
    ];

    private static Action On(Action<Device> check) => () =>
    {
        using var device = CudaDevice.Open(0);
        check(device);
    };

    /// <summary>A kernel of this program as the build embedded it.</summary>
    public static DeviceKernel Load(Device device, string kernel)
    {
        var loader = new KernelLoader(cache: null);
        var image = loader.Find(device.Info, typeof(Kernels).Assembly, new KernelKey(typeof(Kernels).FullName!, kernel), out var origin);
        Expect.Equal(KernelOrigin.Embedded, origin);
        return device.Load(image);
    }

    private static DeviceBuffer Upload(Device device, ReadOnlySpan<int> values)
    {
        var buffer = device.Allocate(values.Length * sizeof(int));
        device.Upload(MemoryMarshal.AsBytes(values), buffer);
        return buffer;
    }

    private static int[] Download(Device device, DeviceBuffer buffer, int count)
    {
        var values = new int[count];
        device.Download(buffer, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    private static void ListsTheDevice()
    {
        var info = CudaDevice.List().Single();
        Expect.Holds("emulator", info.Name);
        Expect.Equal(80, info.Target);
        Expect.Equal(163 * 1024, info.SharedBytes);
        Expect.Throws<SrkException>(() => CudaDevice.Open(1));
    }

    private static void RunsAnEmbeddedKernel(Device device)
    {
        using var sum = Load(device, nameof(Kernels.Sum));
        using var x = Upload(device, [.. Enumerable.Range(1, 1000)]);
        using var total = Upload(device, [0]);
        device.Launch(sum, new LaunchShape(new Extent(16), new Extent(Kernels.GroupThreads)), new KernelArguments().View<int>(x).View<int>(total));
        Expect.Same([500_500], Download(device, total, 1));
    }

    private static void ReplaysAGraph(Device device)
    {
        using var sum = Load(device, nameof(Kernels.Sum));
        using var x = Upload(device, [.. Enumerable.Repeat(1, 64)]);
        using var total = Upload(device, [0]);
        using var graph = device.Capture(() =>
        {
            for (var i = 0; i < 3; i++)
                device.Launch(sum, new LaunchShape(new Extent(1), new Extent(Kernels.GroupThreads)), new KernelArguments().View<int>(x).View<int>(total));
        });
        Expect.Same([0], Download(device, total, 1));
        graph.Launch();
        graph.Launch();
        Expect.Same([6 * 64], Download(device, total, 1));
    }

    private static void LaunchesBeyond48Kilobytes(Device device)
    {
        using var reverse = Load(device, nameof(Kernels.Reverse));
        using var x = Upload(device, [.. Enumerable.Range(0, 64)]);
        device.Launch(reverse, new LaunchShape(new Extent(1), new Extent(64), 100 * 1024), new KernelArguments().View<int>(x));
        Expect.Same([.. Enumerable.Range(0, 64).Reverse()], Download(device, x, 64));
    }

    private static void TimesWork(Device device)
    {
        using var sum = Load(device, nameof(Kernels.Sum));
        using var x = Upload(device, [.. Enumerable.Repeat(1, 640)]);
        using var total = Upload(device, [0]);
        var seconds = device.Time(() =>
            device.Launch(sum, new LaunchShape(new Extent(10), new Extent(Kernels.GroupThreads)), new KernelArguments().View<int>(x).View<int>(total)));
        Expect.True(seconds > 0, "ten groups to take time");
        Expect.Same([640], Download(device, total, 1));
    }

    private static void OutOfRange()
    {
        using var device = CudaDevice.Open(0);
        using var past = Load(device, nameof(Kernels.PastTheEnd));
        using var x = Upload(device, new int[32]);
        var e = Expect.Throws<DeviceException>(() =>
        {
            device.Launch(past, new LaunchShape(new Extent(1), new Extent(32)), new KernelArguments().View<int>(x));
            device.Synchronize();
        });
        Expect.Holds("CUDA_ERROR_ILLEGAL_ADDRESS", e.Message);
    }
}
