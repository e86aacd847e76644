using System.Runtime.InteropServices;
using System.Text;
using SRKernels.Runtime.Cuda;

namespace SRKernels.Emulation;

/// <summary>
/// The CUDA driver API over the PTX emulator: the host code of <see cref="CudaDevice"/> runs against it unchanged. Streams run at once; a capture
/// records launches instead; what the emulator finds in a kernel comes back as the error that a device would give, and in <see cref="Findings"/>.
/// </summary>
internal sealed unsafe class EmulatedCudaDriver(int target = 80, long memoryBytes = 1L << 32) : CudaDriver
{
    private const nint ContextHandle = 0x100;

    private readonly EmulatedMemory _memory = new() { CapacityBytes = memoryBytes };
    private readonly Dictionary<nint, object> _handles = [];
    private readonly Lock _lock = new();
    private nint _nextHandle = 0x1000;
    private int _retained;
    private CudaResult _sticky;
    private List<Action>? _capture;
    private nint _captureStream;

    [ThreadStatic]
    private static nint t_current;

    /// <summary>The default stream.</summary>
    public const nint DefaultStream = 0;

    /// <summary>The context that is current on this thread.</summary>
    public static nint Current
    {
        get => t_current;
        set => t_current = value;
    }

    /// <summary>What was queued where, in order.</summary>
    public List<(string Call, nint Stream)> Queued { get; } = [];

    /// <summary>All findings of all launches so far.</summary>
    public List<Finding> Findings { get; } = [];

    /// <summary>Passes over shared memory beyond the least that the accesses of all launches so far needed.</summary>
    public long BankConflicts { get; private set; }

    /// <summary>Names of the driver functions called, in order, to see what the host code does.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>Bytes copied from the host so far.</summary>
    public long UploadedBytes { get; private set; }

    /// <summary>Handles that were made and not given back.</summary>
    public int OpenHandles => _handles.Count;

    /// <summary>Device memory in use.</summary>
    public long UsedBytes => _memory.UsedBytes;

    /// <summary>What every later call of a function answers instead of working: to see how the host code takes it.</summary>
    public Dictionary<string, CudaResult> Failing { get; } = new(StringComparer.Ordinal);

    /// <summary>Launches are taken and checked, but nothing is executed: to see what the host code does.</summary>
    public bool DryRun { get; init; }

    /// <summary>How launches are checked.</summary>
    public EmulatorOptions Options { get; init; } = new();

    public override CudaResult Init() => Call("cuInit", () => CudaResult.Success, needsContext: false);

    public override CudaResult DriverVersion(out int version)
    {
        version = 12040;
        return CudaResult.Success;
    }

    public override CudaResult DeviceCount(out int count)
    {
        count = 1;
        return CudaResult.Success;
    }

    public override CudaResult DeviceGet(out int device, int ordinal)
    {
        device = 0;
        return ordinal == 0 ? CudaResult.Success : CudaResult.InvalidDevice;
    }

    public override CudaResult DeviceName(byte* name, int length, int device)
    {
        var bytes = Encoding.UTF8.GetBytes("PTX emulator\0");
        bytes.AsSpan(0, Math.Min(length, bytes.Length)).CopyTo(new Span<byte>(name, length));
        return CudaResult.Success;
    }

    public override CudaResult DeviceTotalMemory(out nuint bytes, int device)
    {
        bytes = (nuint)memoryBytes;
        return CudaResult.Success;
    }

    public override CudaResult DeviceAttribute(out int value, CudaAttribute attribute, int device)
    {
        value = attribute switch
        {
            CudaAttribute.ComputeCapabilityMajor => target / 10,
            CudaAttribute.ComputeCapabilityMinor => target % 10,
            CudaAttribute.MaxThreadsPerBlock => 1024,
            CudaAttribute.MaxSharedMemoryPerBlock => 48 * 1024,
            CudaAttribute.MaxSharedMemoryPerBlockOptin => SharedBytes(target),
            CudaAttribute.WarpSize => 32,
            CudaAttribute.MultiprocessorCount => 1,
            CudaAttribute.MemoryPoolsSupported => 1,
            _ => 0,
        };
        return CudaResult.Success;
    }

    public override CudaResult PrimaryContextRetain(out nint context, int device)
    {
        _retained++;
        context = ContextHandle;
        return CudaResult.Success;
    }

    public override CudaResult PrimaryContextRelease(int device)
    {
        if (_retained == 0) return CudaResult.InvalidContext;
        _retained--;
        return CudaResult.Success;
    }

    /// <summary>A context as an application makes it for itself.</summary>
    public nint CreateContext() => Add("context");

    public override CudaResult ContextSetCurrent(nint context)
    {
        if (context != 0 && !IsContext(context)) return CudaResult.InvalidContext;
        t_current = context;
        return CudaResult.Success;
    }

    public override CudaResult ContextGetCurrent(out nint context)
    {
        context = t_current;
        return CudaResult.Success;
    }

    public override CudaResult MemoryInfo(out nuint free, out nuint total)
    {
        total = (nuint)memoryBytes;
        free = (nuint)(memoryBytes - _memory.UsedBytes);
        return CudaResult.Success;
    }

    public override CudaResult MemoryAllocate(out ulong pointer, nuint bytes)
    {
        ulong made = 0;
        var code = Call("cuMemAlloc", () => TryAllocate(bytes, out made));
        pointer = made;
        return code;
    }

    public override CudaResult MemoryFree(ulong pointer) => Call("cuMemFree", () => TryFree(pointer));

    public override CudaResult MemoryAllocateAsync(out ulong pointer, nuint bytes, nint stream)
    {
        ulong made = 0;
        var code = Call("cuMemAllocAsync", stream, () => !IsCaptured(stream) ? TryAllocate(bytes, out made) : CudaResult.StreamCaptureUnsupported);
        pointer = made;
        return code;
    }

    public override CudaResult MemoryFreeAsync(ulong pointer, nint stream) =>
        Call("cuMemFreeAsync", stream, () => !IsCaptured(stream) ? TryFree(pointer) : CudaResult.StreamCaptureUnsupported);

    public override CudaResult CopyHostToDevice(ulong to, void* from, nuint bytes, nint stream)
    {
        var source = (nint)from;
        return Call("cuMemcpyHtoDAsync", stream, () =>
        {
            UploadedBytes += (long)bytes;
            return Copy(stream, to, bytes, place => new ReadOnlySpan<byte>((void*)source, (int)bytes).CopyTo(place));
        });
    }

    public override CudaResult CopyDeviceToHost(void* to, ulong from, nuint bytes, nint stream)
    {
        var sink = (nint)to;
        return Call("cuMemcpyDtoHAsync", stream, () => Copy(stream, from, bytes, place => place.CopyTo(new Span<byte>((void*)sink, (int)bytes))));
    }

    public override CudaResult CopyDeviceToDevice(ulong to, ulong from, nuint bytes, nint stream) =>
        Call("cuMemcpyDtoDAsync", stream, () => Copy(stream, to, bytes, place => _memory.Bytes(from, (long)bytes).CopyTo(place)));

    public override CudaResult Fill(ulong to, byte value, nuint bytes, nint stream) =>
        Call("cuMemsetD8Async", stream, () => Copy(stream, to, bytes, place => place.Fill(value)));

    public override CudaResult ModuleLoad(out nint module, byte* image, byte* log, int logBytes)
    {
        nint made = 0;
        var text = Marshal.PtrToStringUTF8((nint)image)!;
        var message = "";
        var code = Call("cuModuleLoadDataEx", () =>
        {
            try
            {
                var parsed = PtxModule.Parse(text);
                if (parsed.Target > target)
                {
                    message = $"the module is for sm_{parsed.Target}, the device is sm_{target}";
                    return CudaResult.NoBinaryForGpu;
                }

                made = Add(parsed.Load(_memory));
                return CudaResult.Success;
            }
            catch (Syntax.PtxException e)
            {
                message = e.Message;
                return CudaResult.InvalidPtx;
            }
        });
        module = made;
        var bytes = Encoding.UTF8.GetBytes(message);
        bytes.AsSpan(0, Math.Min(bytes.Length, logBytes - 1)).CopyTo(new Span<byte>(log, logBytes));
        return code;
    }

    public override CudaResult ModuleUnload(nint module) => Call("cuModuleUnload", () =>
    {
        if (!_handles.Remove(module, out var loaded)) return CudaResult.InvalidHandle;
        foreach (var function in _handles.Where(h => h.Value is Function f && f.Module == loaded).ToArray()) _handles.Remove(function.Key);
        ((LoadedPtxModule)loaded).Dispose();
        return CudaResult.Success;
    });

    public override CudaResult ModuleFunction(out nint function, nint module, string name)
    {
        nint made = 0;
        var code = Call("cuModuleGetFunction", () =>
        {
            if (!_handles.TryGetValue(module, out var loaded)) return CudaResult.InvalidHandle;
            if (!((LoadedPtxModule)loaded).Has(name)) return CudaResult.NotFound;
            made = Add(new Function((LoadedPtxModule)loaded, name));
            return CudaResult.Success;
        });
        function = made;
        return code;
    }

    public override CudaResult FunctionAttribute(out int value, CudaFunctionAttribute attribute, nint function)
    {
        value = 0;
        if (!_handles.TryGetValue(function, out var found)) return CudaResult.InvalidHandle;
        var f = (Function)found;
        value = attribute switch
        {
            CudaFunctionAttribute.SharedBytes => f.Module.StaticSharedBytes(f.Name),
            CudaFunctionAttribute.LocalBytes => f.Module.LocalBytes(f.Name),
            CudaFunctionAttribute.MaxDynamicSharedBytes => f.DynamicSharedBytes,
            _ => 0,
        };
        return CudaResult.Success;
    }

    public override CudaResult FunctionSetAttribute(nint function, CudaFunctionAttribute attribute, int value) => Call("cuFuncSetAttribute", () =>
    {
        if (attribute != CudaFunctionAttribute.MaxDynamicSharedBytes) return CudaResult.InvalidValue;
        var f = (Function)_handles[function];
        if (value + f.Module.StaticSharedBytes(f.Name) > SharedBytes(target)) return CudaResult.InvalidValue;
        f.DynamicSharedBytes = value;
        return CudaResult.Success;
    });

    public override CudaResult Launch(
        nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint dynamicSharedBytes, nint stream, void** arguments)
    {
        var pointers = (nint)arguments;
        return Call("cuLaunchKernel", stream, () =>
        {
            var f = (Function)_handles[function];
            if (dynamicSharedBytes > Math.Max(f.DynamicSharedBytes, (48 * 1024) - f.Module.StaticSharedBytes(f.Name))) return CudaResult.InvalidValue;

            // Arguments are copied when the launch is queued, as the real driver does.
            var parameters = f.Module.Parameters(f.Name);
            var bytes = new byte[parameters.Count == 0 ? 0 : parameters[^1].Offset + parameters[^1].Bytes];
            for (var i = 0; i < parameters.Count; i++)
                new ReadOnlySpan<byte>(((void**)pointers)[i], parameters[i].Bytes).CopyTo(bytes.AsSpan(parameters[i].Offset));
            var grid = new Extent((int)gridX, (int)gridY, (int)gridZ);
            var block = new Extent((int)blockX, (int)blockY, (int)blockZ);
            if (IsCaptured(stream))
            {
                _capture!.Add(() => Execute(f, grid, block, (int)dynamicSharedBytes, bytes));
                return CudaResult.Success;
            }

            Execute(f, grid, block, (int)dynamicSharedBytes, bytes);
            return CudaResult.Success; // what went wrong shows at the next wait
        });
    }

    public override CudaResult StreamCreate(out nint stream)
    {
        nint made = 0;
        var code = Call("cuStreamCreate", () =>
        {
            made = Add("stream");
            return CudaResult.Success;
        });
        stream = made;
        return code;
    }

    public override CudaResult StreamDestroy(nint stream) => Call("cuStreamDestroy", () => Remove(stream));

    public override CudaResult StreamSynchronize(nint stream) =>
        Call("cuStreamSynchronize", stream, () => !IsCaptured(stream) ? CudaResult.Success : CudaResult.StreamCaptureUnsupported);

    public override CudaResult StreamBeginCapture(nint stream) => Call("cuStreamBeginCapture", stream, () =>
    {
        if (stream == DefaultStream) return CudaResult.StreamCaptureUnsupported;
        if (_capture is not null) return CudaResult.InvalidValue;
        (_capture, _captureStream) = ([], stream);
        return CudaResult.Success;
    });

    public override CudaResult StreamEndCapture(nint stream, out nint graph)
    {
        nint made = 0;
        var code = Call("cuStreamEndCapture", stream, () =>
        {
            if (_capture is not { } launches) return CudaResult.InvalidValue;
            _capture = null;
            made = Add(launches);
            return CudaResult.Success;
        });
        graph = made;
        return code;
    }

    public override CudaResult GraphInstantiate(out nint executable, nint graph)
    {
        nint made = 0;
        var code = Call("cuGraphInstantiate", () =>
        {
            made = Add(((List<Action>)_handles[graph]).ToArray());
            return CudaResult.Success;
        });
        executable = made;
        return code;
    }

    public override CudaResult GraphLaunch(nint executable, nint stream) => Call("cuGraphLaunch", stream, () =>
    {
        foreach (var launch in (Action[])_handles[executable]) launch();
        return CudaResult.Success;
    });

    public override CudaResult GraphExecutableDestroy(nint executable) => Call("cuGraphExecDestroy", () => Remove(executable));

    public override CudaResult GraphDestroy(nint graph) => Call("cuGraphDestroy", () => Remove(graph));

    public override CudaResult EventCreate(out nint handle)
    {
        nint made = 0;
        var code = Call("cuEventCreate", () =>
        {
            made = Add(new Event());
            return CudaResult.Success;
        });
        handle = made;
        return code;
    }

    public override CudaResult EventRecord(nint handle, nint stream) => Call("cuEventRecord", stream, () =>
    {
        ((Event)_handles[handle]).At = System.Diagnostics.Stopwatch.GetTimestamp();
        return CudaResult.Success;
    });

    public override CudaResult EventSynchronize(nint handle) => Call("cuEventSynchronize", () => CudaResult.Success);

    // Streams run at once, so that there is nothing left to wait for.
    public override CudaResult StreamWaitEvent(nint stream, nint handle) =>
        Call("cuStreamWaitEvent", stream, () => _handles.GetValueOrDefault(handle) is Event ? CudaResult.Success : CudaResult.InvalidHandle);

    public override CudaResult EventElapsed(out float milliseconds, nint start, nint end)
    {
        milliseconds = (float)System.Diagnostics.Stopwatch.GetElapsedTime(((Event)_handles[start]).At, ((Event)_handles[end]).At).TotalMilliseconds;
        return CudaResult.Success;
    }

    public override CudaResult EventDestroy(nint handle) => Call("cuEventDestroy", () => Remove(handle));

    public override string ErrorName(CudaResult code) => code switch
    {
        CudaResult.OutOfMemory => "CUDA_ERROR_OUT_OF_MEMORY",
        CudaResult.InvalidPtx => "CUDA_ERROR_INVALID_PTX",
        CudaResult.NoBinaryForGpu => "CUDA_ERROR_NO_BINARY_FOR_GPU",
        CudaResult.IllegalAddress => "CUDA_ERROR_ILLEGAL_ADDRESS",
        CudaResult.MisalignedAddress => "CUDA_ERROR_MISALIGNED_ADDRESS",
        CudaResult.LaunchFailed => "CUDA_ERROR_LAUNCH_FAILED",
        CudaResult.InvalidContext => "CUDA_ERROR_INVALID_CONTEXT",
        _ => $"CUDA error {code}",
    };

    /// <summary>Shared memory that one block may opt in to. Source: CUDA C++ Programming Guide, technical specifications per compute capability.</summary>
    internal static int SharedBytes(int target) => 1024 * (target switch
    {
        70 => 96,
        75 => 64,
        80 => 163,
        86 or 89 or 120 => 99,
        _ => 227,
    });

    private CudaResult Call(string name, nint stream, Func<CudaResult> work)
    {
        lock (_lock)
        {
            Queued.Add((name, stream));
            return stream != DefaultStream && _handles.GetValueOrDefault(stream) is not "stream" ? CudaResult.InvalidHandle : Call(name, work);
        }
    }

    private CudaResult Call(string name, Func<CudaResult> work, bool needsContext = true)
    {
        lock (_lock)
        {
            Calls.Add(name);
            if (needsContext && !IsContext(t_current)) return CudaResult.InvalidContext;
            if (Failing.TryGetValue(name, out var failure)) return failure;
            if (_sticky != CudaResult.Success) return _sticky; // a broken context stays broken
            var code = work();
            return code != CudaResult.Success ? code : name is "cuStreamSynchronize" or "cuMemcpyDtoHAsync" ? _sticky : code;
        }
    }

    private void Execute(Function f, Extent grid, Extent block, int dynamicSharedBytes, byte[] parameters)
    {
        if (DryRun) return;
        var result = f.Module.Launch(f.Name, grid, block, dynamicSharedBytes, parameters, Options with { DeviceTarget = target });
        Findings.AddRange(result.Findings);
        BankConflicts += result.BankConflicts;
        if (result.Errors.FirstOrDefault() is not { } error) return;
        _sticky = error.Kind switch
        {
            FindingKind.OutOfBounds => CudaResult.IllegalAddress,
            FindingKind.Misaligned => CudaResult.MisalignedAddress,
            _ => CudaResult.LaunchFailed,
        };
    }

    private CudaResult Copy(nint stream, ulong address, nuint bytes, SpanAction copy)
    {
        if (IsCaptured(stream)) return CudaResult.StreamCaptureUnsupported;
        if (!_memory.Contains(address, (long)bytes)) return CudaResult.InvalidValue;
        copy(_memory.Bytes(address, (long)bytes));
        return CudaResult.Success;
    }

    private CudaResult TryAllocate(nuint bytes, out ulong pointer)
    {
        try
        {
            pointer = _memory.Allocate((long)bytes);
            return CudaResult.Success;
        }
        catch (OutOfMemoryException)
        {
            pointer = 0;
            return CudaResult.OutOfMemory;
        }
    }

    private CudaResult TryFree(ulong pointer)
    {
        if (!_memory.Contains(pointer, 1)) return CudaResult.InvalidValue;
        _memory.Free(pointer);
        return CudaResult.Success;
    }

    private bool IsContext(nint handle) =>
        handle == ContextHandle ? _retained > 0 : _handles.TryGetValue(handle, out var found) && found is "context";

    private bool IsCaptured(nint stream) => _capture is not null && _captureStream == stream;

    private nint Add(object value)
    {
        _handles.Add(_nextHandle, value);
        return _nextHandle++;
    }

    private CudaResult Remove(nint handle) => _handles.Remove(handle) ? CudaResult.Success : CudaResult.InvalidHandle;

    private delegate void SpanAction(Span<byte> place);

    private sealed class Function(LoadedPtxModule module, string name)
    {
        public LoadedPtxModule Module { get; } = module;

        public string Name { get; } = name;

        public int DynamicSharedBytes { get; set; }
    }

    private sealed class Event
    {
        public long At { get; set; }
    }
}
