using System.Runtime.InteropServices;
using SRKernels.Emulation;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;
using Xunit;
using Extent = SRKernels.Runtime.Extent;

namespace SRKernels.Compiler.Tests.Runtime;

/// <summary>A device in a context that an application made: what stays the application's, and what runs where.</summary>
public sealed class AdoptedContextTests : IDisposable
{
    private static readonly LaunchShape s_sixteenThreads = new(new Extent(1), new Extent(16));

    private readonly EmulatedCudaDriver _driver = new();
    private readonly nint _context;
    private readonly nint _stream;
    private readonly int _handles;

    public AdoptedContextTests()
    {
        _context = _driver.CreateContext();
        EmulatedCudaDriver.Current = _context;
        _driver.StreamCreate(out _stream);
        EmulatedCudaDriver.Current = 0;
        _handles = _driver.OpenHandles;
        _driver.Queued.Clear();
    }

    public void Dispose() => EmulatedCudaDriver.Current = 0;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void RunsInTheContextOnTheStreamAndLeavesBoth(bool onTheDefaultStream)
    {
        var stream = onTheDefaultStream ? EmulatedCudaDriver.DefaultStream : _stream;
        var values = new float[16];
        Array.Fill(values, 3f);
        using (var device = CudaDevice.Adopt(_driver, 0, _context, stream))
        {
            using var kernel = device.Load(CudaDeviceTests.ScaleImage);
            using var buffer = device.Allocate(64);
            var arguments = new KernelArguments().View<float>(buffer).Add(2f);
            device.Upload(MemoryMarshal.AsBytes<float>(values), buffer);
            device.Launch(kernel, s_sixteenThreads, arguments);
            using var graph = device.Capture(() => device.Launch(kernel, s_sixteenThreads, arguments));
            graph.Launch();
            device.Download(buffer, MemoryMarshal.AsBytes(values.AsSpan()));
        }

        Assert.All(values, v => Assert.Equal(12f, v));
        Assert.Equal(_handles, _driver.OpenHandles);
        Assert.Equal(0, _driver.UsedBytes);
        // What is captured is captured elsewhere; the rest, memory included, is where the application said.
        var elsewhere = _driver.Queued.Where(q => q.Stream != stream).Select(q => q.Call).Distinct();
        Assert.Equal(["cuStreamBeginCapture", "cuLaunchKernel", "cuStreamEndCapture"], elsewhere);
        Assert.DoesNotContain("cuStreamSynchronize", _driver.Calls.TakeWhile(call => call != "cuMemcpyDtoHAsync"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ThreadsKeepTheContextThatTheyHad(bool hadOne)
    {
        var before = hadOne ? _driver.CreateContext() : 0;
        EmulatedCudaDriver.Current = before;
        using var device = CudaDevice.Adopt(_driver, 0, _context, _stream);
        using (var kernel = device.Load(CudaDeviceTests.ScaleImage))
        using (var buffer = device.Allocate(64))
        {
            Assert.Equal(before, EmulatedCudaDriver.Current);
            device.Launch(kernel, s_sixteenThreads, new KernelArguments().View<float>(buffer).Add(2f));
            Assert.Equal(before, EmulatedCudaDriver.Current);
            _driver.Failing["cuMemcpyHtoDAsync"] = CudaResult.Unknown;
            Assert.Throws<DeviceException>(() => device.Upload(new byte[64], buffer));
            Assert.Equal(before, EmulatedCudaDriver.Current);
            Assert.Throws<InvalidDataException>(() => device.Capture(() => throw new InvalidDataException()));
            Assert.Equal(before, EmulatedCudaDriver.Current);
        }

        Assert.Equal(before, EmulatedCudaDriver.Current);
        device.Dispose();
        Assert.Equal(before, EmulatedCudaDriver.Current);
    }

    [Fact]
    public void TheNextStreamWaitsOnTheDeviceForTheLast()
    {
        EmulatedCudaDriver.Current = _context;
        _driver.StreamCreate(out var other);
        using var device = CudaDevice.Adopt(_driver, 0, _context, EmulatedCudaDriver.DefaultStream);
        using var kernel = device.Load(CudaDeviceTests.ScaleImage);
        device.MoveTo(_stream);
        using var buffer = device.Allocate(64);
        var arguments = new KernelArguments().View<float>(buffer).Add(2f);
        _driver.Queued.Clear();
        device.Launch(kernel, s_sixteenThreads, arguments);
        device.MoveTo(other);
        device.Launch(kernel, s_sixteenThreads, arguments);
        device.Launch(kernel, s_sixteenThreads, arguments);
        device.MoveTo(null);
        buffer.Dispose();
        Assert.Equal(
            [
                ("cuLaunchKernel", _stream), ("cuEventRecord", _stream), ("cuStreamWaitEvent", other), ("cuLaunchKernel", other), ("cuLaunchKernel", other),
                ("cuEventRecord", other), ("cuStreamWaitEvent", 0), ("cuMemFreeAsync", 0),
            ],
            _driver.Queued);
        Assert.DoesNotContain("cuStreamSynchronize", _driver.Calls);
    }

    [Fact]
    public void BorrowedMemoryStaysTheLenders()
    {
        EmulatedCudaDriver.Current = _context;
        _driver.MemoryAllocate(out var pointer, 64);
        using (var device = CudaDevice.Adopt(_driver, 0, _context, _stream))
        using (var buffer = device.Borrow((nint)pointer, 64))
        using (var kernel = device.Load(CudaDeviceTests.ScaleImage))
        {
            device.Upload(MemoryMarshal.AsBytes<float>([4f]), buffer);
            device.Launch(kernel, s_sixteenThreads, new KernelArguments().View<float>(buffer).Add(2f));
            var value = new float[1];
            device.Download(buffer, MemoryMarshal.AsBytes(value.AsSpan()));
            Assert.Equal(8f, value[0]);
        }

        Assert.Equal(64, _driver.UsedBytes);
        Assert.DoesNotContain(_driver.Calls, call => call.StartsWith("cuMemFree", StringComparison.Ordinal));
    }

    [Fact]
    public void AnAbandonedDeviceTouchesNothing()
    {
        var device = CudaDevice.Adopt(_driver, 0, _context, _stream);
        var kernel = device.Load(CudaDeviceTests.ScaleImage);
        var buffer = device.Allocate(64);
        device.Abandon();
        _driver.Calls.Clear();
        buffer.Dispose();
        kernel.Dispose();
        device.Dispose();
        Assert.Empty(_driver.Calls);
        Assert.Throws<ObjectDisposedException>(() => device.Allocate(64));
    }
}
