using System.Runtime.InteropServices;
using SRKernels.Emulation;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;
using Xunit;
using Extent = SRKernels.Runtime.Extent;

namespace SRKernels.Compiler.Tests.Runtime;

/// <summary>The CUDA host code against the emulated driver; what does not ask it for failures or counts also against the real one, where it is.</summary>
public sealed class CudaDeviceTests
{
    private const string Scale = """
        .version 7.0
        .target sm_80
        .address_size 64

        .extern .shared .align 16 .b8 room[];

        .visible .entry scale(.param .u64 data, .param .u64 length, .param .f32 factor)
        {
            .reg .pred %p<2>;
            .reg .b32 %r<6>;
            .reg .b64 %rd<6>;
            .reg .f32 %f<4>;
            ld.param.u64 %rd1, [data];
            ld.param.u64 %rd2, [length];
            ld.param.f32 %f1, [factor];
            cvta.to.global.u64 %rd1, %rd1;
            mov.u32 %r1, %ctaid.x;
            mov.u32 %r2, %ntid.x;
            mov.u32 %r3, %tid.x;
            mad.lo.s32 %r4, %r1, %r2, %r3;
            cvt.s64.s32 %rd3, %r4;
            setp.ge.s64 %p1, %rd3, %rd2;
            @%p1 bra done;
            mad.wide.s32 %rd4, %r4, 4, %rd1;
            ld.global.f32 %f2, [%rd4];
            mul.rn.f32 %f3, %f2, %f1;
            st.global.f32 [%rd4], %f3;
        done:
            ret;
        }
        """;

    internal static readonly KernelImage ScaleImage =
        new("scale", KernelFormat.Ptx, Scale, [KernelParameter.Pointer, KernelParameter.Int64, KernelParameter.Float32]) { Target = 80 };

    [Theory]
    [MemberData(nameof(CudaDrivers.Names), MemberType = typeof(CudaDrivers))]
    public void UploadsLaunchesAndDownloads(string name)
    {
        EmulatedCudaDriver? driver;
        using (var device = CudaDrivers.Open(name, out driver))
        {
            using var kernel = device.Load(ScaleImage);
            using var buffer = device.Allocate(400);
            device.Upload(MemoryMarshal.AsBytes<float>(Ramp(100)), buffer);
            device.Launch(kernel, new LaunchShape(new Extent(2), new Extent(32)), new KernelArguments().View<float>(buffer, 10, 50).Add(2f));
            var result = Read(device, buffer);
            for (var i = 0; i < 100; i++) Assert.Equal(i is >= 10 and < 60 ? 2f * i : i, result[i]);
        }

        if (driver is null) return;
        Assert.Equal(0, driver.OpenHandles);
        Assert.Equal(0, driver.UsedBytes);
    }

    [Theory]
    [MemberData(nameof(CudaDrivers.Names), MemberType = typeof(CudaDrivers))]
    public void ACapturedGraphRunsAsOftenAsItIsLaunchedAndNotWhileItIsRecorded(string driver)
    {
        using var device = CudaDrivers.Open(driver, out _);
        using var kernel = device.Load(ScaleImage);
        using var buffer = device.Allocate(400);
        device.Upload(MemoryMarshal.AsBytes<float>(Ramp(100)), buffer);
        var arguments = new KernelArguments().View<float>(buffer).Add(3f);
        using var graph = device.Capture(() => device.Launch(kernel, new LaunchShape(new Extent(4), new Extent(32)), arguments));
        arguments.Clear(); // the launch copied them
        Assert.Equal(99f, Read(device, buffer)[99]);
        graph.Launch();
        graph.Launch();
        Assert.Equal(9 * 99f, Read(device, buffer)[99]);
    }

    [Fact]
    public void AnAccessOutsideABufferLosesTheDevice()
    {
        var driver = new EmulatedCudaDriver();
        using var device = new CudaDevice(driver, 0);
        using var kernel = device.Load(ScaleImage);
        using var buffer = device.Allocate(64);
        var lies = new KernelArguments().View<float>(buffer, 0, 16);
        lies = new KernelArguments().View<float>(buffer).Add(2f);
        device.Launch(kernel, new LaunchShape(new Extent(1), new Extent(16)), lies);
        device.Synchronize();
        var broken = ScaleImage with { Text = Scale.Replace("[%rd4];", "[%rd4+4096];", StringComparison.Ordinal) };
        using var wild = device.Load(broken);
        device.Launch(wild, new LaunchShape(new Extent(1), new Extent(16)), lies);
        var error = Assert.Throws<DeviceLostException>(device.Synchronize);
        Assert.Equal("CUDA_ERROR_ILLEGAL_ADDRESS", error.Code);
        Assert.Contains(driver.Findings, f => f.Kind == FindingKind.OutOfBounds);
    }

    [Theory]
    [MemberData(nameof(CudaDrivers.Names), MemberType = typeof(CudaDrivers))]
    public void RefusedPtxCarriesTheLog(string driver)
    {
        using var device = CudaDrivers.Open(driver, out _);
        var error = Assert.Throws<KernelBuildException>(() => device.Load(ScaleImage with { Text = Scale.Replace("mul.rn.f32", "mul.rn.f99", StringComparison.Ordinal) }));
        Assert.Equal("CUDA_ERROR_INVALID_PTX", error.Code);
        Assert.Equal("scale", error.Kernel);
        Assert.NotEqual("", error.Log);
    }

    [Fact]
    public void AnImageForANewerTargetIsRefusedBeforeTheDriverSeesIt()
    {
        using var device = new CudaDevice(new EmulatedCudaDriver(target: 75), 0);
        var error = Assert.Throws<SrkException>(() => device.Load(ScaleImage));
        Assert.Contains("sm_80", error.Message, StringComparison.Ordinal);
        Assert.Contains("sm_75", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OutOfMemorySaysHowManyBytes()
    {
        using var device = new CudaDevice(new EmulatedCudaDriver(memoryBytes: 1000), 0);
        var error = Assert.Throws<DeviceOutOfMemoryException>(() => device.Allocate(2000));
        Assert.Equal(2000, error.RequestedBytes);
    }

    [Theory]
    [MemberData(nameof(CudaDrivers.Names), MemberType = typeof(CudaDrivers))]
    public void WaitingWhileAGraphIsRecordedIsAProgrammingErrorThatLeavesTheDeviceUsable(string driver)
    {
        using var device = CudaDrivers.Open(driver, out _);
        Assert.Throws<InvalidOperationException>(() => device.Capture(device.Synchronize));
        device.Synchronize();
    }

    [Theory]
    [MemberData(nameof(CudaDrivers.Names), MemberType = typeof(CudaDrivers))]
    public void DynamicSharedMemoryBeyond48KilobytesIsAskedForOnce(string name)
    {
        using var device = CudaDrivers.Open(name, out var driver);
        using var kernel = device.Load(ScaleImage);
        using var buffer = device.Allocate(64);
        var arguments = new KernelArguments().View<float>(buffer).Add(2f);
        // The least that an sm_80 or newer gives a group is 99 KB.
        var large = new LaunchShape(new Extent(1), new Extent(16), 99 * 1024);
        device.Launch(kernel, large, arguments);
        device.Launch(kernel, large, arguments);
        device.Synchronize();
        if (driver is not null) Assert.Single(driver.Calls, call => call == "cuFuncSetAttribute");
        var error = Assert.Throws<SrkException>(() => device.Launch(kernel, large with { DynamicSharedBytes = 300 * 1024 }, arguments));
        Assert.Contains("shared memory", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cuLaunchKernel")]
    [InlineData("cuMemcpyHtoDAsync")]
    [InlineData("cuStreamSynchronize")]
    [InlineData("cuMemAllocAsync")]
    public void EveryFailureNamesTheFunctionAndTheCode(string function)
    {
        var driver = new EmulatedCudaDriver();
        using var device = new CudaDevice(driver, 0);
        using var kernel = device.Load(ScaleImage);
        using var buffer = device.Allocate(64);
        driver.Failing[function] = CudaResult.Unknown;
        var error = Assert.Throws<DeviceException>(() =>
        {
            using var other = device.Allocate(64);
            device.Upload(new byte[64], buffer);
            device.Launch(kernel, new LaunchShape(new Extent(1), new Extent(16)), new KernelArguments().View<float>(buffer).Add(2f));
            device.Synchronize();
        });
        Assert.Equal(function, error.Api);
        driver.Failing.Clear();
    }

    [Fact]
    public void WithoutADriverTheErrorSaysWhatToDo()
    {
        Assert.SkipWhen(CudaDevice.List().Count > 0, "this machine has a GPU: SRKERNELS_CUDA=1 runs the other tests on it, too");
        var error = Assert.ThrowsAny<DeviceException>(() => CudaDevice.Open(0));
        Assert.Contains("--device", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(CudaDrivers.Names), MemberType = typeof(CudaDrivers))]
    public async Task TheContextFollowsAnAwaitToAnotherThread(string driver)
    {
        using var device = CudaDrivers.Open(driver, out _);
        using var buffer = device.Allocate(64);
        await Task.Run(() => device.Upload(new byte[64], buffer));
        await Task.Factory.StartNew(() => device.Synchronize(), TaskCreationOptions.LongRunning);
    }

    private static float[] Ramp(int count) => [.. Enumerable.Range(0, count).Select(i => (float)i)];

    private static float[] Read(Device device, DeviceBuffer buffer)
    {
        var result = new float[buffer.Bytes / 4];
        device.Download(buffer, MemoryMarshal.AsBytes(result.AsSpan()));
        return result;
    }
}
