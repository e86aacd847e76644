using System.Runtime.InteropServices;
using SRKernels.Emulation.Native.Driver;

namespace SRKernels.Emulation.Native.Exports;

/// <summary>Memory of the device and pinned memory of the host.</summary>
internal static unsafe class MemoryFunctions
{
    private const uint DeviceMemory = 2;
    private const uint HostMemoryType = 1;

    [UnmanagedCallersOnly(EntryPoint = "cuMemGetInfo_v2")]
    public static CuResult GetInfo(nuint* free, nuint* total) => Boundary.InContext(context =>
    {
        Boundary.Require((nint)free, (nint)total);
        (*free, *total) = ((nuint)context.Device.FreeBytes, (nuint)context.Device.MemoryBytes);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuMemAlloc_v2")]
    public static CuResult Allocate(ulong* address, nuint bytes) => Boundary.InContext(context =>
    {
        Boundary.Require((nint)address);
        StreamCapture.ThrowIfUnsafe(context);
        *address = context.Allocate(bytes);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuMemFree_v2")]
    public static CuResult Free(ulong address) => Boundary.InContext(context =>
    {
        if (address == 0) return;
        StreamCapture.ThrowIfUnsafe(context);
        // Freeing waits for all work of the context.
        context.Drain();
        var owner = Machine.Running.Owner(address) ?? throw new CuFailure(CuResult.InvalidValue);
        owner.StartFree(address);
        owner.Memory.Free(address);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuMemAllocAsync")]
    public static CuResult AllocateAsync(ulong* address, nuint bytes, nint stream) => Boundary.InContext(context =>
    {
        Boundary.Require((nint)address);
        context.Stream(stream).ThrowIfCapturing(); // a graph with memory of its own is not emulated
        *address = context.Allocate(bytes);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuMemFreeAsync")]
    public static CuResult FreeAsync(ulong address, nint stream) => Boundary.InContext(context =>
    {
        if (address == 0) return;
        var queue = context.Stream(stream);
        queue.ThrowIfCapturing();
        context.StartFree(address);
        queue.Submit(() => context.Memory.Free(address));
    });

    [UnmanagedCallersOnly(EntryPoint = "cuMemAllocHost_v2")]
    public static CuResult AllocateHost(nint* address, nuint bytes) => Boundary.InContext(context =>
    {
        Boundary.Require((nint)address);
        StreamCapture.ThrowIfUnsafe(context);
        *address = Machine.Running.Host.Allocate(bytes);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuMemFreeHost")]
    public static CuResult FreeHost(nint address) => Boundary.InContext(context =>
    {
        StreamCapture.ThrowIfUnsafe(context);
        context.Drain();
        Machine.Running.Host.Free(address);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuMemHostRegister_v2")]
    public static CuResult RegisterHost(nint address, nuint bytes, uint flags) => Boundary.InContext(_ =>
    {
        if (flags > 0xF) throw new CuFailure(CuResult.InvalidValue);
        Transfer.RequireHost((ulong)address);
        Machine.Running.Host.Register(address, bytes);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuMemHostUnregister")]
    public static CuResult UnregisterHost(nint address) => Boundary.InContext(context =>
    {
        context.Drain();
        Machine.Running.Host.Unregister(address);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuMemHostGetDevicePointer_v2")]
    public static CuResult GetDevicePointer(ulong* device, nint host, uint flags) => Boundary.InContext(_ =>
    {
        Boundary.Require((nint)device);
        if (flags != 0 || !Machine.Running.Host.IsPinned((ulong)host, 1)) throw new CuFailure(CuResult.InvalidValue);
        *device = (ulong)host;
    });

    /// <summary>Of the attributes in cuda.h (CUpointer_attribute) those that make sense here.</summary>
    [UnmanagedCallersOnly(EntryPoint = "cuPointerGetAttribute")]
    public static CuResult GetPointerAttribute(void* data, int attribute, ulong address) => Boundary.InContext(_ =>
    {
        Boundary.Require((nint)data);
        var owner = Machine.Running.Owner(address);
        var found = owner?.Allocation(address);
        if (found is null && !Machine.Running.Host.IsPinned(address, 1)) throw new CuFailure(CuResult.InvalidValue);
        switch (attribute)
        {
            case 1 when owner is not null: // CONTEXT
                *(nint*)data = owner.Handle;
                break;
            case 2: // MEMORY_TYPE
                *(uint*)data = owner is null ? HostMemoryType : DeviceMemory;
                break;
            case 3: // DEVICE_POINTER
                *(ulong*)data = address;
                break;
            case 4 when owner is null: // HOST_POINTER
                *(ulong*)data = address;
                break;
            case 8: // IS_MANAGED
                *(uint*)data = 0;
                break;
            case 9 when owner is not null: // DEVICE_ORDINAL
                *(int*)data = owner.Device.Ordinal;
                break;
            case 11 when found is { } range: // RANGE_START_ADDR
                *(ulong*)data = range.Start;
                break;
            case 12 when found is { } range: // RANGE_SIZE
                *(nuint*)data = (nuint)range.Bytes;
                break;
            default:
                throw new CuFailure(CuResult.InvalidValue);
        }
    });
}
