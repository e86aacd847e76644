using System.Text;

namespace SRKernels.Runtime.Cuda;

/// <summary>An NVIDIA device, driven by the CUDA driver API alone.</summary>
/// <remarks>
/// One context, one stream: its own, or an application's (<see cref="CudaQueue"/>). Every call makes the context current on its thread first, because
/// an await may have hopped, and brings back the one that was. Memory is stream-ordered where the device has pools, so that freeing does not wait.
/// </remarks>
public sealed unsafe class CudaDevice : Device
{
    private const int LogBytes = 32 * 1024;
    private const int DefaultDynamicSharedBytes = 48 * 1024;

    private readonly CudaDriver _driver;
    private readonly CudaQueue _queue;
    private readonly bool _pools;
    private nint? _capturing;
    private bool _disposed;

    internal CudaDevice(CudaDriver driver, int index)
        : this(driver, index, device => CudaQueue.Own(driver, device))
    {
    }

    private CudaDevice(CudaDriver driver, int index, Func<int, CudaQueue> queue)
    {
        _driver = driver;
        Check("cuInit", driver.Init());
        Check("cuDeviceGetCount", driver.DeviceCount(out var count));
        if ((uint)index >= (uint)count)
            throw new SrkException($"device cuda:{index}", $"one of {count} CUDA devices, counted from 0", $"{index}", "list them with srk devices");
        Check("cuDeviceGet", driver.DeviceGet(out var device, index));
        Info = Describe(driver, device);
        _pools = Attribute(driver, device, CudaAttribute.MemoryPoolsSupported) != 0;
        _queue = queue(device);
    }

    /// <inheritdoc/>
    public override DeviceInfo Info { get; }

    /// <summary>All CUDA devices, in the driver's order. Empty when there is no driver or it has no device.</summary>
    public static IReadOnlyList<DeviceInfo> List()
    {
        var found = new List<DeviceInfo>();
        if (NativeCudaDriver.TryOpen(out _) is not { } driver || driver.Init() != CudaResult.Success) return found;
        if (driver.DeviceCount(out var count) != CudaResult.Success) return found;
        for (var i = 0; i < count; i++)
            if (driver.DeviceGet(out var device, i) == CudaResult.Success) found.Add(Describe(driver, device));
        return found;
    }

    /// <summary>Opens a device by its place in <see cref="List"/>.</summary>
    /// <exception cref="DriverMissingException">There is no CUDA driver.</exception>
    /// <exception cref="SrkException">There is no such device.</exception>
    public static CudaDevice Open(int index) => new(Driver(), index);

    /// <summary>
    /// Works in a context that an application made, whose handles stay its own: nothing of it is destroyed, and threads keep the context that was
    /// current on them.
    /// </summary>
    /// <param name="index">The device's place in <see cref="List"/>.</param>
    /// <param name="context">The context (<c>CUcontext</c>), on that device.</param>
    /// <param name="stream">The stream (<c>CUstream</c>; 0 for the default one) for what <see cref="MoveTo"/> does not send elsewhere.</param>
    /// <exception cref="DriverMissingException">There is no CUDA driver.</exception>
    public static CudaDevice Adopt(int index, nint context, nint stream) => Adopt(Driver(), index, context, stream);

    internal static CudaDevice Adopt(CudaDriver driver, int index, nint context, nint stream) =>
        new(driver, index, _ => CudaQueue.Adopted(driver, context, stream));

    /// <summary>Memory that is free now, of all programs' together.</summary>
    public long FreeBytes()
    {
        using var bound = _queue.Bind();
        Check("cuMemGetInfo", _driver.MemoryInfo(out var free, out _));
        return (long)free;
    }

    /// <summary>What comes from now on runs in this stream, after all that came before. Waits for nothing.</summary>
    /// <param name="stream">A stream of the same context (<c>CUstream</c>); null: the one that the device began with.</param>
    public void MoveTo(nint? stream) => _queue.MoveTo(stream);

    /// <summary>Memory of the context that someone else allocated and frees.</summary>
    /// <param name="pointer">Its address.</param>
    /// <param name="bytes">How much of it.</param>
    public DeviceBuffer Borrow(nint pointer, long bytes) => new Buffer(this, (ulong)pointer, bytes, isBorrowed: true);

    /// <summary>The context went, and with it all that was in it: what is disposed from now on is only forgotten.</summary>
    public void Abandon()
    {
        _disposed = true;
        _queue.Abandon();
    }

    /// <inheritdoc/>
    public override DeviceBuffer Allocate(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        using var bound = _queue.Bind();
        ulong pointer;
        var code = _pools ? _driver.MemoryAllocateAsync(out pointer, checked((nuint)bytes), _queue.Stream) : _driver.MemoryAllocate(out pointer, checked((nuint)bytes));
        if (code == CudaResult.OutOfMemory) throw new DeviceOutOfMemoryException(_pools ? "cuMemAllocAsync" : "cuMemAlloc", _driver.ErrorName(code), bytes);
        Check(_pools ? "cuMemAllocAsync" : "cuMemAlloc", code);
        return new Buffer(this, pointer, bytes);
    }

    /// <inheritdoc/>
    public override DeviceKernel Load(KernelImage image)
    {
        if (image.Format != KernelFormat.Ptx)
            throw new ArgumentException($"CudaDevice.Load: expected PTX, got {image.Format} for {image.Name}", nameof(image));
        if (image.Target > Info.Target)
            throw new SrkException($"kernel {image.Name}", $"a device of at least sm_{image.Target}", $"{Info.Name}, sm_{Info.Target}", "take the plain variant of this kernel");
        using var bound = _queue.Bind();
        var text = Encoding.UTF8.GetBytes(image.Text + '\0');
        var log = new byte[LogBytes];
        nint module;
        CudaResult code;
        fixed (byte* start = text)
        fixed (byte* logStart = log)
            code = _driver.ModuleLoad(out module, start, logStart, LogBytes);
        if (code != CudaResult.Success)
            throw new KernelBuildException("cuModuleLoadDataEx", _driver.ErrorName(code), image.Name, LogText(log));
        try
        {
            Check("cuModuleGetFunction", _driver.ModuleFunction(out var function, module, image.Name), image.Name);
            Check("cuFuncGetAttribute", _driver.FunctionAttribute(out var registers, CudaFunctionAttribute.Registers, function), image.Name);
            Check("cuFuncGetAttribute", _driver.FunctionAttribute(out var local, CudaFunctionAttribute.LocalBytes, function), image.Name);
            Check("cuFuncGetAttribute", _driver.FunctionAttribute(out var shared, CudaFunctionAttribute.SharedBytes, function), image.Name);
            return new Kernel(this, image, module, function, registers, local, shared);
        }
        catch
        {
            _driver.ModuleUnload(module);
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Launch(DeviceKernel kernel, in LaunchShape shape, KernelArguments arguments)
    {
        var own = (Kernel)kernel;
        kernel.CheckLaunch(Info, shape, arguments);
        using var bound = _queue.Bind();
        own.AllowDynamicShared(shape.DynamicSharedBytes);
        var items = arguments.Items;
        var values = stackalloc ulong[items.Length + 1];
        var pointers = stackalloc void*[items.Length + 1];
        var parameters = 0;
        for (var i = 0; i < items.Length; i++)
        {
            values[i] = items[i].Buffer is Buffer buffer ? buffer.Pointer + (ulong)items[i].Bits : (ulong)items[i].Bits;
            // A view's length lies behind its pointer: as a parameter of its own, or as the second half of one.
            if (i == 0 || items[i - 1].Kind != KernelParameter.Pointer || !kernel.Image.PassesViewsWhole) pointers[parameters++] = values + i;
        }

        Check(
            "cuLaunchKernel",
            _driver.Launch(
                own.Function, (uint)shape.Grid.X, (uint)shape.Grid.Y, (uint)shape.Grid.Z, (uint)shape.Group.X, (uint)shape.Group.Y, (uint)shape.Group.Z,
                (uint)shape.DynamicSharedBytes, _capturing ?? _queue.Stream, pointers),
            kernel.Image.Name);
    }

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<byte> from, DeviceBuffer to, long offsetBytes = 0)
    {
        to.CheckRange("CudaDevice.Upload", offsetBytes, from.Length);
        if (from.IsEmpty) return;
        ThrowIfCapturing("Upload");
        using var bound = _queue.Bind();
        // From pageable memory the driver stages the bytes before it returns, so the source is free at once.
        fixed (byte* start = from)
            Check("cuMemcpyHtoDAsync", _driver.CopyHostToDevice(((Buffer)to).Pointer + (ulong)offsetBytes, start, (nuint)from.Length, _queue.Stream));
    }

    /// <inheritdoc/>
    public override void Download(DeviceBuffer from, Span<byte> to, long offsetBytes = 0)
    {
        from.CheckRange("CudaDevice.Download", offsetBytes, to.Length);
        if (to.IsEmpty) return;
        ThrowIfCapturing("Download");
        using var bound = _queue.Bind();
        fixed (byte* start = to)
        {
            Check("cuMemcpyDtoHAsync", _driver.CopyDeviceToHost(start, ((Buffer)from).Pointer + (ulong)offsetBytes, (nuint)to.Length, _queue.Stream));
            Check("cuStreamSynchronize", _driver.StreamSynchronize(_queue.Stream));
        }
    }

    /// <inheritdoc/>
    public override void Synchronize()
    {
        ThrowIfCapturing("Synchronize");
        using var bound = _queue.Bind();
        Check("cuStreamSynchronize", _driver.StreamSynchronize(_queue.Stream));
    }

    /// <inheritdoc/>
    public override DeviceGraph Capture(Action work)
    {
        ThrowIfCapturing("Capture");
        using var bound = _queue.Bind();
        var stream = _queue.CaptureStream();
        Check("cuStreamBeginCapture", _driver.StreamBeginCapture(stream));
        _capturing = stream;
        nint graph;
        try
        {
            work();
        }
        catch
        {
            // A capture that is left open would poison every later call on the stream.
            if (_driver.StreamEndCapture(stream, out graph) == CudaResult.Success) _driver.GraphDestroy(graph);
            throw;
        }
        finally
        {
            _capturing = null;
        }

        Check("cuStreamEndCapture", _driver.StreamEndCapture(stream, out graph));
        var code = _driver.GraphInstantiate(out var executable, graph);
        _driver.GraphDestroy(graph);
        Check("cuGraphInstantiate", code);
        return new Graph(this, executable);
    }

    /// <inheritdoc/>
    public override double Time(Action work)
    {
        using var bound = _queue.Bind();
        Check("cuEventCreate", _driver.EventCreate(out var start));
        Check("cuEventCreate", _driver.EventCreate(out var end));
        try
        {
            Check("cuEventRecord", _driver.EventRecord(start, _queue.Stream));
            work();
            Check("cuEventRecord", _driver.EventRecord(end, _queue.Stream));
            Check("cuEventSynchronize", _driver.EventSynchronize(end));
            Check("cuEventElapsedTime", _driver.EventElapsed(out var milliseconds, start, end));
            return milliseconds / 1e3;
        }
        finally
        {
            _driver.EventDestroy(start);
            _driver.EventDestroy(end);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _disposed = true;
        _queue.Dispose();
    }

    private static NativeCudaDriver Driver() => NativeCudaDriver.TryOpen(out var reason)
        ?? throw new DriverMissingException("CUDA driver", reason, "install the NVIDIA display driver, or use --device cpu or opencl:0");

    private static DeviceInfo Describe(CudaDriver driver, int device)
    {
        var name = new byte[256];
        fixed (byte* start = name) driver.DeviceName(start, name.Length, device);
        driver.DeviceTotalMemory(out var memory, device);
        driver.DriverVersion(out var version);
        var target = (Attribute(driver, device, CudaAttribute.ComputeCapabilityMajor) * 10) + Attribute(driver, device, CudaAttribute.ComputeCapabilityMinor);
        var shared = Math.Max(
            Attribute(driver, device, CudaAttribute.MaxSharedMemoryPerBlockOptin), Attribute(driver, device, CudaAttribute.MaxSharedMemoryPerBlock));
        return new DeviceInfo(
            DeviceKind.Cuda, LogText(name), $"sm_{target}, CUDA {version / 1000}.{version % 1000 / 10}", (long)memory, (long)memory, shared,
            Attribute(driver, device, CudaAttribute.MaxThreadsPerBlock), Attribute(driver, device, CudaAttribute.MultiprocessorCount), target, true, true);
    }

    private static int Attribute(CudaDriver driver, int device, CudaAttribute attribute) =>
        driver.DeviceAttribute(out var value, attribute, device) == CudaResult.Success ? value : 0;

    private static string LogText(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        var end = text.IndexOf('\0', StringComparison.Ordinal);
        return (end < 0 ? text : text[..end]).Trim();
    }

    private void ThrowIfCapturing(string what)
    {
        if (_capturing is not null) throw new InvalidOperationException($"CudaDevice.{what}: expected only launches while a graph is captured; move it before the capture");
    }

    private void Check(string api, CudaResult code, string? kernel = null) => _driver.Check(api, code, kernel);

    private sealed class Buffer(CudaDevice device, ulong pointer, long bytes, bool isBorrowed = false) : DeviceBuffer(bytes)
    {
        private ulong _pointer = pointer;

        public ulong Pointer => _pointer != 0 ? _pointer : throw new ObjectDisposedException(nameof(DeviceBuffer));

        public override void Dispose()
        {
            if (_pointer == 0 || device._disposed) return;
            if (!isBorrowed)
            {
                using var bound = device._queue.BindToFree();
                if (device._pools) device._driver.MemoryFreeAsync(_pointer, device._queue.Stream);
                else device._driver.MemoryFree(_pointer);
            }

            _pointer = 0;
        }
    }

    private sealed class Kernel : DeviceKernel
    {
        private readonly CudaDevice _device;
        private readonly nint _module;
        private readonly nint _function;
        private readonly int _staticSharedBytes;
        private int _allowedBytes = DefaultDynamicSharedBytes;
        private bool _disposed;

        public Kernel(CudaDevice device, KernelImage image, nint module, nint function, int registers, int localBytes, int staticSharedBytes)
            : base(image)
        {
            _device = device;
            _module = module;
            _function = function;
            _staticSharedBytes = staticSharedBytes;
            Registers = registers;
            LocalBytes = localBytes;
        }

        public nint Function => _disposed ? throw new ObjectDisposedException(nameof(DeviceKernel)) : _function;

        /// <summary>Beyond 48 KB static and dynamic together, the driver wants to be asked once per function.</summary>
        public void AllowDynamicShared(int bytes)
        {
            if (bytes + _staticSharedBytes <= _allowedBytes) return;
            _device.Check(
                "cuFuncSetAttribute", _device._driver.FunctionSetAttribute(Function, CudaFunctionAttribute.MaxDynamicSharedBytes, bytes), Image.Name);
            _allowedBytes = bytes + _staticSharedBytes;
        }

        public override void Dispose()
        {
            if (_disposed || _device._disposed) return;
            _disposed = true;
            using var bound = _device._queue.BindToFree();
            _device._driver.ModuleUnload(_module);
        }
    }

    private sealed class Graph(CudaDevice device, nint executable) : DeviceGraph
    {
        private nint _executable = executable;

        public override void Launch()
        {
            ObjectDisposedException.ThrowIf(_executable == 0, this);
            using var bound = device._queue.Bind();
            device.Check("cuGraphLaunch", device._driver.GraphLaunch(_executable, device._queue.Stream));
        }

        public override void Dispose()
        {
            if (_executable == 0 || device._disposed) return;
            using var bound = device._queue.BindToFree();
            device._driver.GraphExecutableDestroy(_executable);
            _executable = 0;
        }
    }
}
