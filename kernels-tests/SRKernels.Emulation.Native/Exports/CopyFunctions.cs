using System.Runtime.InteropServices;
using SRKernels.Emulation.Native.Driver;

namespace SRKernels.Emulation.Native.Exports;

/// <summary>Copies and fills.</summary>
internal static unsafe class CopyFunctions
{
    [UnmanagedCallersOnly(EntryPoint = "cuMemcpyAsync")]
    public static CuResult Copy(ulong to, ulong from, nuint bytes, nint stream) => Boundary.InContext(context =>
        Transfer.Copy(to, from, bytes, context.Stream(stream)));

    [UnmanagedCallersOnly(EntryPoint = "cuMemcpyHtoDAsync_v2")]
    public static CuResult HostToDevice(ulong to, void* from, nuint bytes, nint stream) => Boundary.InContext(context =>
    {
        Transfer.RequireDevice(to);
        Transfer.RequireHost((ulong)from);
        Transfer.Copy(to, (ulong)from, bytes, context.Stream(stream));
    });

    [UnmanagedCallersOnly(EntryPoint = "cuMemcpyDtoHAsync_v2")]
    public static CuResult DeviceToHost(void* to, ulong from, nuint bytes, nint stream) => Boundary.InContext(context =>
    {
        Transfer.RequireHost((ulong)to);
        Transfer.RequireDevice(from);
        Transfer.Copy((ulong)to, from, bytes, context.Stream(stream));
    });

    [UnmanagedCallersOnly(EntryPoint = "cuMemcpyDtoDAsync_v2")]
    public static CuResult DeviceToDevice(ulong to, ulong from, nuint bytes, nint stream) => Boundary.InContext(context =>
    {
        Transfer.RequireDevice(to);
        Transfer.RequireDevice(from);
        Transfer.Copy(to, from, bytes, context.Stream(stream));
    });

    [UnmanagedCallersOnly(EntryPoint = "cuMemsetD8Async")]
    public static CuResult Fill(ulong to, byte value, nuint bytes, nint stream) => Boundary.InContext(context =>
        Transfer.Fill(to, value, bytes, context.Stream(stream)));
}
