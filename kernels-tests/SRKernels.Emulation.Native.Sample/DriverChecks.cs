using System.Text;
using SRKernels.Runtime.Cuda;

namespace SRKernels.Emulation.Native.Sample;

/// <summary>The driver's own answers, function by function, through our binding: what a device answers to right and to wrong calls.</summary>
internal static unsafe class DriverChecks
{
    private const string Twice = """
        .version 7.0
        .target sm_70
        .address_size 64
        .visible .entry twice(.param .u64 x) .maxntid 64
        {
            .reg .b32 %r<3>; .reg .b64 %rd<4>;
            .shared .align 4 .b8 s[1024];
            ld.param.u64 %rd1, [x];
            cvta.to.global.u64 %rd1, %rd1;
            mov.u32 %r1, %tid.x;
            mul.wide.u32 %rd2, %r1, 4;
            add.s64 %rd1, %rd1, %rd2;
            ld.global.u32 %r2, [%rd1];
            shl.b32 %r2, %r2, 1;
            st.global.u32 [%rd1], %r2;
            ret;
        }
        """;

    public static (string Name, Action Run)[] All { get; } =
    [
        ("driver-asks-for-init-and-context", AsksForInitAndContext),
        ("driver-names-errors", NamesErrors),
        ("driver-launches", In(Launches)),
        ("driver-refuses-bad-handles", In(RefusesBadHandles)),
        ("driver-refuses-bad-memory", In(RefusesBadMemory)),
        ("driver-refuses-bad-launches", In(RefusesBadLaunches)),
        ("driver-refuses-bad-modules", In(RefusesBadModules)),
        ("driver-finds-use-after-free", UseAfterFree),
        ("driver-captures", In(Captures)),
        ("driver-orders-streams", In(OrdersStreams)),
        ("driver-counts-primary-contexts", CountsPrimaryContexts),
    ];

    private static CudaDriver Driver => NativeCudaDriver.TryOpen(out var reason) ?? throw new InvalidOperationException(reason);

    private static Action In(Action<CudaDriver> check) => () =>
    {
        Ok(Driver.Init());
        Ok(Driver.PrimaryContextRetain(out var context, 0));
        Ok(Driver.ContextSetCurrent(context));
        try
        {
            check(Driver);
        }
        finally
        {
            // Even after a failure, so that one check does not break those after it.
            Driver.ContextSetCurrent(0);
            Driver.PrimaryContextRelease(0);
        }
    };

    private static void Ok(CudaResult code) => Expect.Equal(CudaResult.Success, code, "the driver's answer");

    private static (CudaResult Code, nint Module, string Log) LoadModule(CudaDriver cuda, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text + '\0');
        var log = new byte[1024];
        fixed (byte* image = bytes)
        fixed (byte* start = log)
            return (cuda.ModuleLoad(out var module, image, start, log.Length), module, Encoding.UTF8.GetString(log).Trim('\0'));
    }

    private static nint Function(CudaDriver cuda)
    {
        var (code, module, log) = LoadModule(cuda, Twice);
        Expect.Equal(CudaResult.Success, code, log);
        Ok(cuda.ModuleFunction(out var function, module, "twice"));
        return function;
    }

    private static CudaResult Launch(CudaDriver cuda, nint function, ulong x, nint stream = 0, uint grid = 1, uint threads = 4, uint shared = 0)
    {
        void* argument = &x;
        return cuda.Launch(function, grid, 1, 1, threads, 1, 1, shared, stream, &argument);
    }

    private static int[] Read(CudaDriver cuda, ulong from, int count)
    {
        var values = new int[count];
        fixed (int* start = values) Ok(cuda.CopyDeviceToHost(start, from, (nuint)count * 4, 0));
        Ok(cuda.StreamSynchronize(0));
        return values;
    }

    private static ulong Make(CudaDriver cuda, params int[] values)
    {
        Ok(cuda.MemoryAllocate(out var x, (nuint)values.Length * 4));
        fixed (int* start = values) Ok(cuda.CopyHostToDevice(x, start, (nuint)values.Length * 4, 0));
        return x;
    }

    // First of all checks: nothing has called cuInit yet, unless another was named before it.
    private static void AsksForInitAndContext()
    {
        Expect.Equal(CudaResult.NotInitialized, Driver.DeviceCount(out _));
        Ok(Driver.Init());
        Ok(Driver.DeviceCount(out var count));
        Expect.Equal(1, count);
        Expect.Equal(CudaResult.InvalidDevice, Driver.DeviceGet(out _, 1));
        Expect.Equal(CudaResult.InvalidContext, Driver.MemoryAllocate(out _, 16));
        Expect.Equal(CudaResult.InvalidContext, Driver.ContextSetCurrent(0x1234));
    }

    private static void NamesErrors()
    {
        Expect.Equal("CUDA_SUCCESS", Driver.ErrorName(CudaResult.Success));
        Expect.Equal("CUDA_ERROR_STREAM_CAPTURE_INVALIDATED", Driver.ErrorName(CudaResult.StreamCaptureInvalidated));
        Expect.Equal("CUDA error 12345", Driver.ErrorName((CudaResult)12345));
    }

    private static void Launches(CudaDriver cuda)
    {
        var (function, x) = (Function(cuda), Make(cuda, 1, 2, 3, 4));
        Ok(Launch(cuda, function, x));
        Expect.Same([2, 4, 6, 8], Read(cuda, x, 4));
        Ok(cuda.FunctionAttribute(out var threads, CudaFunctionAttribute.MaxThreadsPerBlock, function));
        Ok(cuda.FunctionAttribute(out var shared, CudaFunctionAttribute.SharedBytes, function));
        Expect.Same([64, 1024], [threads, shared]);
        Ok(cuda.MemoryFree(x));
    }

    private static void RefusesBadHandles(CudaDriver cuda)
    {
        var x = Make(cuda, 1);
        Expect.Equal(CudaResult.InvalidHandle, cuda.ModuleUnload(0x77));
        Expect.Equal(CudaResult.InvalidHandle, Launch(cuda, 0x77, x));
        Expect.Equal(CudaResult.InvalidHandle, cuda.StreamSynchronize(0x77));
        Expect.Equal(CudaResult.InvalidHandle, cuda.StreamDestroy(0));
        Expect.Equal(CudaResult.InvalidHandle, cuda.EventRecord(0x77, 0));
        Expect.Equal(CudaResult.InvalidHandle, cuda.GraphLaunch(0x77, 0));
        Ok(cuda.StreamCreate(out var stream));
        Expect.Equal(CudaResult.InvalidHandle, cuda.ModuleUnload(stream)); // a handle of another kind
        Ok(cuda.StreamDestroy(stream));
        Expect.Equal(CudaResult.InvalidHandle, cuda.StreamDestroy(stream));
        var function = Function(cuda);
        Ok(cuda.EventCreate(out var mark));
        Expect.Equal(CudaResult.InvalidHandle, cuda.EventElapsed(out _, mark, mark)); // never recorded
        Ok(cuda.EventDestroy(mark));
        Ok(cuda.MemoryFree(x));
        _ = function;
    }

    private static void RefusesBadMemory(CudaDriver cuda)
    {
        Expect.Equal(CudaResult.InvalidValue, cuda.MemoryAllocate(out _, 0));
        Expect.Equal(CudaResult.OutOfMemory, cuda.MemoryAllocate(out _, (nuint)1 << 40));
        var x = Make(cuda, 1, 2, 3, 4);
        var host = new int[8];
        fixed (int* start = host)
        {
            Expect.Equal(CudaResult.InvalidValue, cuda.CopyDeviceToHost(start, x, 20, 0)); // past its end
            Expect.Equal(CudaResult.InvalidValue, cuda.CopyHostToDevice((ulong)start, start, 4, 0)); // host where a device address belongs
        }

        Expect.Equal(CudaResult.InvalidValue, cuda.Fill(x + 12, 0, 8, 0));
        Expect.Equal(CudaResult.InvalidValue, cuda.MemoryFree(x + 4));
        Ok(cuda.MemoryFree(x));
        Expect.Equal(CudaResult.InvalidValue, cuda.MemoryFree(x));
        Expect.Equal(CudaResult.InvalidValue, cuda.Fill(x, 0, 4, 0));
        Ok(cuda.MemoryAllocateAsync(out var y, 16, 0));
        Ok(cuda.MemoryFreeAsync(y, 0));
        Expect.Equal(CudaResult.InvalidValue, cuda.MemoryFreeAsync(y, 0));
    }

    private static void RefusesBadLaunches(CudaDriver cuda)
    {
        var (function, x) = (Function(cuda), Make(cuda, new int[64]));
        Expect.Equal(CudaResult.InvalidValue, Launch(cuda, function, x, grid: 0));
        Expect.Equal(CudaResult.InvalidValue, Launch(cuda, function, x, threads: 1025));
        Expect.Equal(CudaResult.LaunchOutOfResources, Launch(cuda, function, x, threads: 96)); // .maxntid 64
        Ok(Launch(cuda, function, x, threads: 64, shared: 47 * 1024));
        Expect.Equal(CudaResult.InvalidValue, Launch(cuda, function, x, shared: 48 * 1024)); // 1 KB is the kernel's own
        Ok(cuda.FunctionSetAttribute(function, CudaFunctionAttribute.MaxDynamicSharedBytes, 100 * 1024));
        Ok(Launch(cuda, function, x, shared: 100 * 1024));
        Expect.Equal(CudaResult.InvalidValue, cuda.FunctionSetAttribute(function, CudaFunctionAttribute.MaxDynamicSharedBytes, 163 * 1024));
        Expect.Equal(CudaResult.InvalidValue, cuda.Launch(function, 1, 1, 1, 1, 1, 1, 0, 0, null));
        Ok(cuda.StreamSynchronize(0));
        Ok(cuda.MemoryFree(x));
    }

    private static void RefusesBadModules(CudaDriver cuda)
    {
        var (code, _, log) = LoadModule(cuda, Twice.Replace("shl.b32", "shl.f32", StringComparison.Ordinal));
        Expect.Equal(CudaResult.InvalidPtx, code);
        Expect.Holds("line 14", log);
        Expect.Holds("shl", log);
        (code, _, log) = LoadModule(cuda, Twice.Replace(".target sm_70", ".target sm_90", StringComparison.Ordinal).Replace("7.0", "8.0", StringComparison.Ordinal));
        Expect.Equal(CudaResult.NoBinaryForGpu, code);
        Expect.Holds("sm_90", log);
        (code, _, log) = LoadModule(cuda, "\u007fELF");
        Expect.Equal(CudaResult.InvalidImage, code);
        Expect.Holds("machine code", log);
        (code, var module, log) = LoadModule(cuda, Twice);
        Expect.Equal(CudaResult.Success, code, log);
        Expect.Equal(CudaResult.NotFound, cuda.ModuleFunction(out _, module, "thrice"));
        Ok(cuda.ModuleFunction(out var function, module, "twice"));
        Ok(cuda.ModuleUnload(module));
        Expect.Equal(CudaResult.InvalidHandle, cuda.FunctionAttribute(out _, CudaFunctionAttribute.SharedBytes, function));
    }

    // A primary context of its own, which breaks and is reset when it is released.
    private static void UseAfterFree()
    {
        Ok(Driver.PrimaryContextRetain(out var context, 0));
        Ok(Driver.ContextSetCurrent(context));
        var (function, x) = (Function(Driver), Make(Driver, 1, 2, 3, 4));
        Ok(Driver.MemoryFree(x));
        Ok(Launch(Driver, function, x));
        Expect.Equal(CudaResult.IllegalAddress, Driver.StreamSynchronize(0));
        Expect.Equal(CudaResult.IllegalAddress, Driver.MemoryAllocate(out _, 4));
        Ok(Driver.PrimaryContextRelease(0));
        Expect.Equal((CudaResult)709, Driver.StreamSynchronize(0)); // CUDA_ERROR_CONTEXT_IS_DESTROYED
        In(cuda => Expect.Same([7], Read(cuda, Make(cuda, 7), 1)))();
    }

    private static void Captures(CudaDriver cuda)
    {
        var (function, x) = (Function(cuda), Make(cuda, 1, 2, 3, 4));
        Ok(cuda.StreamCreate(out var stream));
        Expect.Equal(CudaResult.StreamCaptureUnsupported, cuda.StreamBeginCapture(0));
        Ok(cuda.StreamBeginCapture(stream));
        Ok(Launch(cuda, function, x, stream));
        Ok(cuda.CopyDeviceToDevice(x, x + 8, 8, stream));
        Ok(cuda.StreamEndCapture(stream, out var graph));
        Ok(cuda.GraphInstantiate(out var executable, graph));
        Ok(cuda.GraphDestroy(graph));
        Expect.Same([1, 2, 3, 4], Read(cuda, x, 4));
        Ok(cuda.GraphLaunch(executable, stream));
        Ok(cuda.StreamSynchronize(stream));
        Expect.Same([6, 8, 6, 8], Read(cuda, x, 4));
        Ok(cuda.GraphExecutableDestroy(executable));

        Ok(cuda.StreamBeginCapture(stream));
        Expect.Equal(CudaResult.StreamCaptureUnsupported, cuda.StreamSynchronize(stream)); // nothing can be waited for
        Expect.Equal(CudaResult.StreamCaptureInvalidated, cuda.StreamEndCapture(stream, out graph));
        Ok(cuda.StreamBeginCapture(stream));
        Expect.Equal(CudaResult.StreamCaptureUnsupported, cuda.MemoryAllocate(out _, 4)); // on the capturing thread
        Expect.Equal(CudaResult.StreamCaptureInvalidated, cuda.StreamEndCapture(stream, out graph));
        Expect.Equal(CudaResult.InvalidValue, cuda.StreamEndCapture(stream, out graph));
        Ok(cuda.StreamDestroy(stream));
    }

    private static void OrdersStreams(CudaDriver cuda)
    {
        var (function, x) = (Function(cuda), Make(cuda, 1, 1, 1, 1));
        Ok(cuda.StreamCreate(out var stream));
        Ok(cuda.EventCreate(out var before));
        Ok(cuda.EventCreate(out var after));
        Ok(cuda.StreamSynchronize(0));
        Ok(cuda.EventRecord(before, stream));
        Ok(Launch(cuda, function, x, stream));
        Ok(cuda.EventRecord(after, stream));
        Ok(Launch(cuda, function, x, stream));
        Expect.Equal((CudaResult)600, cuda.EventElapsed(out _, before, after)); // CUDA_ERROR_NOT_READY
        Ok(cuda.EventSynchronize(after));
        Ok(cuda.EventElapsed(out var milliseconds, before, after));
        Expect.True(milliseconds > 0, "a launch to take time");
        Ok(cuda.StreamSynchronize(stream));
        Expect.Same([4, 4, 4, 4], Read(cuda, x, 4));
        Ok(cuda.EventDestroy(before));
        Ok(cuda.EventDestroy(after));
        Ok(cuda.StreamDestroy(stream));
    }

    private static void CountsPrimaryContexts()
    {
        Ok(Driver.PrimaryContextRetain(out var one, 0));
        Ok(Driver.PrimaryContextRetain(out var two, 0));
        Expect.Equal(one, two);
        Ok(Driver.ContextSetCurrent(one));
        Ok(Driver.MemoryInfo(out var free, out var total));
        Expect.Equal(total, free);
        Ok(Driver.PrimaryContextRelease(0));
        Ok(Driver.MemoryAllocate(out _, 4096));
        Ok(Driver.PrimaryContextRelease(0));
        Expect.Equal(CudaResult.InvalidContext, Driver.PrimaryContextRelease(0));
        In(cuda =>
        {
            Ok(cuda.MemoryInfo(out free, out _));
            Expect.Equal(total, free); // a reset gives all memory back
        })();
    }
}
