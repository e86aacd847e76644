using System.Runtime.InteropServices;
using ILGPU.Runtime.CPU;
using SRKernels.Ilgpu;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;
using SRKernels.Tests.Kernels;
using Xunit;
using Accelerator = ILGPU.Runtime.Accelerator;
using Context = ILGPU.Context;

namespace SRKernels.Tests.Ilgpu;

/// <summary>The host side of ILGPU's CPU accelerator as a device.</summary>
public sealed class IlgpuDeviceTests
{
    private static readonly KernelKey s_fill = new(typeof(IntrinsicKernels).FullName!, nameof(IntrinsicKernels.Fill)) { TypeArguments = ["float"] };

    /// <summary>A broken context has one type, whoever meets it: our host code or ILGPU's.</summary>
    [Theory]
    [InlineData("CUDA_ERROR_ILLEGAL_ADDRESS", true)]
    [InlineData("CUDA_ERROR_MISALIGNED_ADDRESS", true)]
    [InlineData("CUDA_ERROR_LAUNCH_FAILED", true)]
    [InlineData("CUDA_ERROR_LAUNCH_TIMEOUT", true)]
    [InlineData("CUDA_ERROR_ECC_UNCORRECTABLE", true)]
    [InlineData("CUDA_ERROR_INVALID_CONTEXT", true)]
    [InlineData("CUDA_ERROR_DEINITIALIZED", true)]
    [InlineData("CUDA_ERROR_INVALID_VALUE", false)]
    [InlineData("something else", false)]
    public void ABrokenContextIsALostDevice(string code, bool isLost)
    {
        var error = IlgpuDevice.Failure("Synchronize", "k", code, null);
        Assert.Equal(isLost ? typeof(DeviceLostException) : typeof(DeviceException), error.GetType());
        Assert.Equal((code, "k"), (error.Code, error.Kernel));
    }

    [Fact]
    public void ViewsBeginInTheMiddle_AndRecordingsRunAgain() => WithDevice(device =>
    {
        using var kernel = Load(device, s_fill);
        using var buffer = device.Allocate(12 * sizeof(float));
        device.Upload(MemoryMarshal.AsBytes<float>(Enumerable.Repeat(1f, 12).ToArray()), buffer);
        var arguments = new KernelArguments().View<float>(buffer, 4, 6).Add(7f);
        using var graph = device.Capture(() => device.Launch(kernel, new LaunchShape(new Extent(2), new Extent(3)), arguments));
        Assert.True(device.Time(graph.Launch) >= 0);
        var y = new float[12];
        device.Download(buffer, MemoryMarshal.AsBytes(y.AsSpan()));
        Assert.Equal([1, 1, 1, 1, 7, 7, 7, 7, 7, 7, 1, 1], y);
        var end = new float[2];
        device.Download(buffer, MemoryMarshal.AsBytes(end.AsSpan()), 9 * sizeof(float));
        Assert.Equal([7, 1], end);
        Assert.Throws<ArgumentOutOfRangeException>(() => device.Download(buffer, MemoryMarshal.AsBytes(end.AsSpan()), 11 * sizeof(float)));
        Assert.Throws<ArgumentException>(() => device.Launch(kernel, new LaunchShape(new Extent(1), new Extent(1)), new KernelArguments().Add(1)));
        var tooMany = Assert.Throws<SrkException>(() => device.Launch(kernel, new LaunchShape(new Extent(1), new Extent(2048)), arguments));
        Assert.Contains("1024 threads", tooMany.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void ItTakesMethods_NotTexts() => WithDevice(device =>
    {
        Assert.Equal((DeviceKind.IlgpuCpu, true, true), (device.Info.Kind, device.Info.IsProcessor, device.Info.ShunsBarriers));
        var error = Assert.Throws<ArgumentException>(() => device.Load(new KernelImage("x", KernelFormat.Ptx, "", [])));
        Assert.Contains("method", error.Message, StringComparison.Ordinal);
        using var kernel = Load(device, s_fill);
        Assert.Equal(KernelFormat.Method, kernel.Image.Format);
        Assert.Equal($"{s_fill}", kernel.Image.Text);
    });

    [Fact]
    public void AfterAFailedCompilationItAsksToBeOpenedAgain() => WithDevice(device =>
    {
        Assert.Throws<IlgpuCompilationException>(() => Load(device, s_fill with { MethodName = nameof(IntrinsicKernels.Throws), TypeArguments = [] }));
        var error = Assert.Throws<SrkException>(() => Load(device, s_fill));
        Assert.Contains(nameof(IntrinsicKernels.Throws), error.Message, StringComparison.Ordinal);
        Assert.Contains("open the device again", error.Message, StringComparison.Ordinal);
    });

    /// <summary>What an application has bound to its thread stays bound.</summary>
    [Fact]
    public void AThreadKeepsItsAccelerator() => TestDevices.WithLimit(() =>
    {
        using var device = IlgpuDevice.OpenCpu();
        using var context = Context.CreateDefault();
        using var own = CPUDevice.Default.CreateCPUAccelerator(context);
        own.Bind();
        using var buffer = device.Allocate(12 * sizeof(float));
        Assert.Same(own, Accelerator.Current);
        using var kernel = Load(device, s_fill);
        Assert.Same(own, Accelerator.Current);
        device.Launch(kernel, new LaunchShape(new Extent(2), new Extent(3)), new KernelArguments().View<float>(buffer, 4, 6).Add(7f));
        Assert.Same(own, Accelerator.Current);
    });

    private static DeviceKernel Load(Device device, KernelKey key) => new KernelLoader(cache: null).Load(device, typeof(IntrinsicKernels).Assembly, key);

    private static void WithDevice(Action<IlgpuDevice> use) => TestDevices.WithLimit(() =>
    {
        using var device = IlgpuDevice.OpenCpu();
        use(device);
    });
}
