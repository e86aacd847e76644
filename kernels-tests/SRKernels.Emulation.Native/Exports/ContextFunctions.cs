using System.Runtime.InteropServices;
using SRKernels.Emulation.Native.Driver;

namespace SRKernels.Emulation.Native.Exports;

/// <summary>Contexts of the program's own and the primary one of each device.</summary>
internal static unsafe class ContextFunctions
{
    [UnmanagedCallersOnly(EntryPoint = "cuDevicePrimaryCtxRetain")]
    public static CuResult RetainPrimary(nint* context, int device) => Boundary.Call(machine =>
    {
        Boundary.Require((nint)context);
        *context = machine.Device(device).RetainPrimary().Handle;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuDevicePrimaryCtxRelease_v2")]
    public static CuResult ReleasePrimary(int device) => Boundary.Call(machine => machine.Device(device).ReleasePrimary());

    [UnmanagedCallersOnly(EntryPoint = "cuCtxCreate_v2")]
    public static CuResult Create(nint* context, uint flags, int device) => Boundary.Call(machine =>
    {
        Boundary.Require((nint)context);
        _ = flags; // how the host waits for the device
        var made = new EmulatedContext(machine.Device(device));
        CurrentContext.Push(made);
        *context = made.Handle;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuCtxDestroy_v2")]
    public static CuResult Destroy(nint context) => Boundary.Call(machine =>
    {
        var found = machine.Get<EmulatedContext>(context, CuResult.InvalidContext);
        if (found.IsPrimary) throw new CuFailure(CuResult.InvalidContext);
        found.Destroy();
        CurrentContext.Destroyed(found);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuCtxSetCurrent")]
    public static CuResult SetCurrent(nint context) => Boundary.Call(machine =>
        CurrentContext.Set(context == 0 ? null : machine.Get<EmulatedContext>(context, CuResult.InvalidContext)));

    [UnmanagedCallersOnly(EntryPoint = "cuCtxGetCurrent")]
    public static CuResult GetCurrent(nint* context) => Boundary.Call(_ =>
    {
        Boundary.Require((nint)context);
        *context = CurrentContext.Get()?.Handle ?? 0;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuCtxSynchronize")]
    public static CuResult Synchronize() => Boundary.InContext(context =>
    {
        foreach (var stream in context.Streams) stream.ThrowIfCapturing();
        context.Drain();
    });

    [UnmanagedCallersOnly(EntryPoint = "cuCtxGetCacheConfig")]
    public static CuResult GetCacheConfiguration(int* configuration) => Boundary.InContext(context =>
    {
        Boundary.Require((nint)configuration);
        *configuration = context.CacheConfiguration;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuCtxSetCacheConfig")]
    public static CuResult SetCacheConfiguration(int configuration) => Boundary.InContext(context =>
        context.CacheConfiguration = configuration is >= 0 and <= 3 ? configuration : throw new CuFailure(CuResult.InvalidValue));

    [UnmanagedCallersOnly(EntryPoint = "cuCtxGetSharedMemConfig")]
    public static CuResult GetSharedConfiguration(int* configuration) => Boundary.InContext(context =>
    {
        Boundary.Require((nint)configuration);
        *configuration = context.SharedConfiguration;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuCtxSetSharedMemConfig")]
    public static CuResult SetSharedConfiguration(int configuration) => Boundary.InContext(context =>
        context.SharedConfiguration = configuration is >= 0 and <= 2 ? configuration : throw new CuFailure(CuResult.InvalidValue));

    [UnmanagedCallersOnly(EntryPoint = "cuCtxEnablePeerAccess")]
    public static CuResult EnablePeerAccess(nint peer, uint flags) => Boundary.InContext(_ =>
    {
        if (flags != 0) throw new CuFailure(CuResult.InvalidValue);
        Machine.Running.Get<EmulatedContext>(peer, CuResult.InvalidContext);
        throw new CuFailure(CuResult.PeerAccessUnsupported);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuCtxDisablePeerAccess")]
    public static CuResult DisablePeerAccess(nint peer) => Boundary.InContext(_ =>
    {
        Machine.Running.Get<EmulatedContext>(peer, CuResult.InvalidContext);
        throw new CuFailure(CuResult.PeerAccessNotEnabled);
    });
}
