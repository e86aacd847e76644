using System.Runtime.InteropServices;
using SRKernels.Emulation.Native.Driver;

namespace SRKernels.Emulation.Native.Exports;

/// <summary>Events.</summary>
internal static unsafe class EventFunctions
{
    private const uint BlockingSync = 1;
    private const uint DisableTiming = 2;

    [UnmanagedCallersOnly(EntryPoint = "cuEventCreate")]
    public static CuResult Create(nint* handle, uint flags) => Boundary.InContext(context =>
    {
        Boundary.Require((nint)handle);
        if ((flags & ~(BlockingSync | DisableTiming)) != 0) throw new CuFailure(CuResult.InvalidValue); // no events between processes
        *handle = Machine.Running.Add(new EmulatedEvent(context, (flags & DisableTiming) == 0));
    });

    [UnmanagedCallersOnly(EntryPoint = "cuEventRecord")]
    public static CuResult Record(nint handle, nint stream) => Boundary.InContext(context =>
    {
        var found = Machine.Running.Get<EmulatedEvent>(handle);
        var queue = context.Stream(stream);
        if (found.Context != queue.Context) throw new CuFailure(CuResult.InvalidHandle);
        found.Record(queue);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuStreamWaitEvent")]
    public static CuResult Precede(nint stream, nint handle, uint flags) => Boundary.InContext(context =>
    {
        if (flags > 1) throw new CuFailure(CuResult.InvalidValue); // 1: in a graph, an event from outside
        Machine.Running.Get<EmulatedEvent>(handle).Precede(context.Stream(stream));
    });

    [UnmanagedCallersOnly(EntryPoint = "cuEventQuery")]
    public static CuResult Query(nint handle) => Boundary.InContext(_ =>
    {
        if (!Machine.Running.Get<EmulatedEvent>(handle).Query()) throw new CuFailure(CuResult.NotReady);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuEventSynchronize")]
    public static CuResult Synchronize(nint handle) => Boundary.InContext(_ => Machine.Running.Get<EmulatedEvent>(handle).Wait());

    [UnmanagedCallersOnly(EntryPoint = "cuEventElapsedTime")]
    public static CuResult Elapsed(float* milliseconds, nint start, nint end) => Boundary.InContext(_ =>
    {
        Boundary.Require((nint)milliseconds);
        *milliseconds = EmulatedEvent.ElapsedMilliseconds(Machine.Running.Get<EmulatedEvent>(start), Machine.Running.Get<EmulatedEvent>(end));
    });

    [UnmanagedCallersOnly(EntryPoint = "cuEventDestroy_v2")]
    public static CuResult Destroy(nint handle) => Boundary.InContext(_ => Machine.Running.Remove(Machine.Running.Get<EmulatedEvent>(handle)));
}
