using System.Diagnostics;
using System.Text;
using static SRKernels.Runtime.OpenCl.OpenClApi;

namespace SRKernels.Runtime.OpenCl;

/// <summary>A device behind an OpenCL 1.2 driver.</summary>
/// <remarks>
/// A cl_mem cannot start in its middle, so each pointer parameter of our kernels is two arguments there: the memory object and a byte
/// offset (ulong). Source: Khronos, The OpenCL Specification 1.2, host API.
/// </remarks>
public sealed unsafe class OpenClDevice : Device
{
    private readonly nint _device;
    private readonly nint _context;
    private readonly nint _queue;
    private bool _disposed;

    private OpenClDevice(nint device, DeviceInfo info)
    {
        _device = device;
        Info = info;
        int code;
        _context = CreateContext(null, 1, &device, 0, 0, &code);
        Check("clCreateContext", code);
        _queue = CreateCommandQueue(_context, device, QueueProfiling, &code);
        if (code == Success) return;
        ReleaseContext(_context);
        Check("clCreateCommandQueue", code);
    }

    /// <inheritdoc/>
    public override DeviceInfo Info { get; }

    /// <summary>All devices of all platforms, in the drivers' order. Empty when no OpenCL loader is installed.</summary>
    public static IReadOnlyList<DeviceInfo> List()
    {
        var found = new List<DeviceInfo>();
        foreach (var id in Identifiers()) found.Add(Describe(id));
        return found;
    }

    /// <summary>Opens a device by its place in <see cref="List"/>.</summary>
    /// <exception cref="DriverMissingException">There is no OpenCL loader.</exception>
    /// <exception cref="SrkException">There is no such device.</exception>
    public static OpenClDevice Open(int index)
    {
        if (!DriverLibraries.IsPresent("OpenCL"))
            throw new DriverMissingException("OpenCL", "no loader library (libOpenCL.so.1, OpenCL.dll)", "install an OpenCL driver (Debian: pocl-opencl-icd runs on any processor) or use --device cpu");
        var devices = Identifiers();
        if (devices.Count == 0)
            throw new SrkException(
                $"device opencl:{index}", "an OpenCL device", "a loader without any",
                "install a driver (Debian: pocl-opencl-icd), see that its cache can be written (PoCL: POCL_CACHE_DIR, or .cache in HOME), or use --device cpu");
        if ((uint)index >= (uint)devices.Count)
            throw new SrkException($"device opencl:{index}", $"one of {devices.Count} OpenCL devices, counted from 0", $"{index}", "list them with srk devices");
        return new OpenClDevice(devices[index], Describe(devices[index]));
    }

    /// <inheritdoc/>
    public override DeviceBuffer Allocate(long bytes)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        if (bytes > Info.MaxAllocationBytes) throw new DeviceOutOfMemoryException("clCreateBuffer", "CL_INVALID_BUFFER_SIZE", bytes);
        int code;
        var memory = CreateBuffer(_context, MemReadWrite, checked((nuint)bytes), null, &code);
        if (code is MemoryAllocationFailure or InvalidBufferSize) throw new DeviceOutOfMemoryException("clCreateBuffer", CodeName(code), bytes);
        Check("clCreateBuffer", code);
        return new Buffer(memory, bytes);
    }

    /// <inheritdoc/>
    public override DeviceKernel Load(KernelImage image)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (image.Format != KernelFormat.OpenClC)
            throw new ArgumentException($"OpenClDevice.Load: expected OpenCL C, got {image.Format} for {image.Name}", nameof(image));
        var text = Encoding.UTF8.GetBytes(image.Text);
        int code;
        nint program;
        fixed (byte* start = text)
        {
            var length = (nuint)text.Length;
            program = CreateProgramWithSource(_context, 1, &start, &length, &code);
        }

        Check("clCreateProgramWithSource", code, image.Name);
        var device = _device;
        code = BuildProgram(program, 1, &device, "-cl-std=CL1.2", 0, 0);
        if (code != Success)
        {
            var log = BuildLog(program);
            ReleaseProgram(program);
            throw new KernelBuildException("clBuildProgram", CodeName(code), image.Name, log);
        }

        var kernel = CreateKernel(program, image.Name, &code);
        if (code == Success) return new Kernel(image, program, kernel);
        ReleaseProgram(program);
        throw new KernelBuildException("clCreateKernel", CodeName(code), image.Name, "");
    }

    /// <inheritdoc/>
    public override void Launch(DeviceKernel kernel, in LaunchShape shape, KernelArguments arguments)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var own = (Kernel)kernel;
        kernel.CheckLaunch(Info, shape, arguments);
        uint index = 0;
        foreach (ref readonly var item in arguments.Items)
        {
            var bits = item.Bits;
            if (item.Buffer is Buffer buffer)
            {
                var memory = buffer.Memory;
                Check("clSetKernelArg", SetKernelArg(own.Handle, index++, (nuint)sizeof(nint), &memory), kernel.Image.Name);
            }

            Check("clSetKernelArg", SetKernelArg(own.Handle, index++, (nuint)item.Bytes, &bits), kernel.Image.Name);
        }

        if (own.TakesDynamicShared)
        {
            var bytes = shape.DynamicSharedBytes;
            Check("clSetKernelArg", SetKernelArg(own.Handle, index++, (nuint)Math.Max(bytes, 16), null), kernel.Image.Name);
            Check("clSetKernelArg", SetKernelArg(own.Handle, index, sizeof(int), &bytes), kernel.Image.Name);
        }

        var local = stackalloc nuint[] { (nuint)shape.Group.X, (nuint)shape.Group.Y, (nuint)shape.Group.Z };
        var global = stackalloc nuint[] { local[0] * (nuint)shape.Grid.X, local[1] * (nuint)shape.Grid.Y, local[2] * (nuint)shape.Grid.Z };
        Check("clEnqueueNDRangeKernel", EnqueueNDRangeKernel(_queue, own.Handle, 3, null, global, local, 0, null, null), kernel.Image.Name);
    }

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<byte> from, DeviceBuffer to, long offsetBytes = 0)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        to.CheckRange("OpenClDevice.Upload", offsetBytes, from.Length);
        if (from.IsEmpty) return;
        fixed (byte* start = from)
            Check("clEnqueueWriteBuffer", EnqueueWriteBuffer(_queue, ((Buffer)to).Memory, 1, (nuint)offsetBytes, (nuint)from.Length, start, 0, null, null));
    }

    /// <inheritdoc/>
    public override void Download(DeviceBuffer from, Span<byte> to, long offsetBytes = 0)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        from.CheckRange("OpenClDevice.Download", offsetBytes, to.Length);
        if (to.IsEmpty) return;
        fixed (byte* start = to)
            Check("clEnqueueReadBuffer", EnqueueReadBuffer(_queue, ((Buffer)from).Memory, 1, (nuint)offsetBytes, (nuint)to.Length, start, 0, null, null));
    }

    /// <inheritdoc/>
    public override void Synchronize()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Check("clFinish", Finish(_queue));
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Finish(_queue);
        ReleaseCommandQueue(_queue);
        ReleaseContext(_context);
    }

    private static List<nint> Identifiers()
    {
        var found = new List<nint>();
        if (!DriverLibraries.IsPresent("OpenCL")) return found;
        uint count;
        if (GetPlatformIds(0, null, &count) != Success || count == 0) return found;
        var platforms = new nint[count];
        fixed (nint* first = platforms) Check("clGetPlatformIDs", GetPlatformIds(count, first, null));
        foreach (var platform in platforms)
        {
            if (GetDeviceIds(platform, DeviceTypeAll, 0, null, &count) != Success || count == 0) continue;
            var devices = new nint[count];
            fixed (nint* first = devices) Check("clGetDeviceIDs", GetDeviceIds(platform, DeviceTypeAll, count, first, null));
            found.AddRange(devices);
        }

        return found;
    }

    private static DeviceInfo Describe(nint device)
    {
        var extensions = Text(device, DeviceExtensions);
        return new DeviceInfo(
            DeviceKind.OpenCl, Text(device, OpenClApi.DeviceName), $"{Text(device, DeviceVersion)}, driver {Text(device, OpenClApi.DriverVersion)}",
            Number<long>(device, DeviceGlobalMemSize), Number<long>(device, DeviceMaxMemAllocSize), (int)Number<long>(device, DeviceLocalMemSize),
            (int)Number<nuint>(device, DeviceMaxWorkGroupSize), (int)Number<uint>(device, DeviceMaxComputeUnits), 0,
            extensions.Contains("cl_khr_fp16", StringComparison.Ordinal), extensions.Contains("cl_khr_fp64", StringComparison.Ordinal))
        {
            IsProcessor = (Number<ulong>(device, OpenClApi.DeviceType) & DeviceTypeCpu) != 0,
        };
    }

    private static T Number<T>(nint device, uint name)
        where T : unmanaged
    {
        T value = default;
        Check("clGetDeviceInfo", GetDeviceInfo(device, name, (nuint)sizeof(T), &value, null));
        return value;
    }

    private static string Text(nint device, uint name)
    {
        nuint size;
        Check("clGetDeviceInfo", GetDeviceInfo(device, name, 0, null, &size));
        var bytes = new byte[(int)size];
        fixed (byte* first = bytes) Check("clGetDeviceInfo", GetDeviceInfo(device, name, size, first, null));
        return Encoding.UTF8.GetString(bytes).TrimEnd('\0').Trim();
    }

    private string BuildLog(nint program)
    {
        nuint size;
        if (GetProgramBuildInfo(program, _device, ProgramBuildLog, 0, null, &size) != Success || size == 0) return "(no log)";
        var bytes = new byte[(int)size];
        fixed (byte* first = bytes) GetProgramBuildInfo(program, _device, ProgramBuildLog, size, first, null);
        return Encoding.UTF8.GetString(bytes).TrimEnd('\0').Trim();
    }

    private static void Check(string api, int code, string? kernel = null)
    {
        if (code == Success) return;
        throw code switch
        {
            MemoryAllocationFailure or OutOfHostMemory => new DeviceOutOfMemoryException(api, CodeName(code), 0),
            DeviceNotAvailable => new DeviceLostException(api, CodeName(code), kernel),
            _ => new DeviceException(api, CodeName(code), "see srk devices for what the device can do", kernel),
        };
    }

    private sealed class Buffer(nint memory, long bytes) : DeviceBuffer(bytes)
    {
        private nint _memory = memory;

        public nint Memory => _memory != 0 ? _memory : throw new ObjectDisposedException(nameof(DeviceBuffer));

        public override void Dispose()
        {
            if (_memory != 0) ReleaseMemObject(_memory);
            _memory = 0;
        }
    }

    private sealed class Kernel(KernelImage image, nint program, nint handle) : DeviceKernel(image)
    {
        private nint _handle = handle;

        public nint Handle => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(DeviceKernel));

        /// <summary>Our generator appends a __local pointer and its bytes to the parameters of kernels that use dynamic shared memory.</summary>
        public bool TakesDynamicShared { get; } = image.UsesDynamicShared;

        public override void Dispose()
        {
            if (_handle == 0) return;
            ReleaseKernel(_handle);
            ReleaseProgram(program);
            _handle = 0;
        }
    }
}
