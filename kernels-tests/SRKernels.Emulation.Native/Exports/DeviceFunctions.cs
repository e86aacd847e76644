using System.Runtime.InteropServices;
using System.Text;
using SRKernels.Emulation.Native.Driver;

namespace SRKernels.Emulation.Native.Exports;

/// <summary>The driver's start, its errors' names, its devices. NVIDIA, CUDA Driver API reference, as all files of this folder.</summary>
internal static unsafe class DeviceFunctions
{
    private const int DriverVersion = 12040; // 12.4

    [UnmanagedCallersOnly(EntryPoint = "cuInit")]
    public static CuResult Init(uint flags) => Boundary.Enter(() =>
    {
        if (flags != 0) throw new CuFailure(CuResult.InvalidValue);
        Machine.Start();
    });

    [UnmanagedCallersOnly(EntryPoint = "cuDriverGetVersion")]
    public static CuResult GetVersion(int* version) => Boundary.Enter(() =>
    {
        Boundary.Require((nint)version);
        *version = DriverVersion;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuGetErrorName")]
    public static CuResult GetErrorName(CuResult code, nint* text) => Boundary.Enter(() => ErrorString(code, text, name: true));

    [UnmanagedCallersOnly(EntryPoint = "cuGetErrorString")]
    public static CuResult GetErrorString(CuResult code, nint* text) => Boundary.Enter(() => ErrorString(code, text, name: false));

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceGetCount")]
    public static CuResult GetCount(int* count) => Boundary.Call(machine =>
    {
        Boundary.Require((nint)count);
        *count = machine.Devices.Count;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceGet")]
    public static CuResult Get(int* device, int ordinal) => Boundary.Call(machine =>
    {
        Boundary.Require((nint)device);
        *device = machine.Device(ordinal).Ordinal;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceGetName")]
    public static CuResult GetName(byte* name, int length, int device) => Boundary.Call(machine =>
    {
        Boundary.Require((nint)name);
        if (length < 1) throw new CuFailure(CuResult.InvalidValue);
        var bytes = Encoding.UTF8.GetBytes(machine.Device(device).Name);
        var place = new Span<byte>(name, length);
        place.Clear();
        bytes.AsSpan(0, Math.Min(length - 1, bytes.Length)).CopyTo(place);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceTotalMem_v2")]
    public static CuResult TotalMemory(nuint* bytes, int device) => Boundary.Call(machine =>
    {
        Boundary.Require((nint)bytes);
        *bytes = (nuint)machine.Device(device).MemoryBytes;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceGetAttribute")]
    public static CuResult GetAttribute(int* value, int attribute, int device) => Boundary.Call(machine =>
    {
        Boundary.Require((nint)value);
        *value = machine.Device(device).Attribute(attribute);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceCanAccessPeer")]
    public static CuResult CanAccessPeer(int* can, int device, int peer) => Boundary.Call(machine =>
    {
        Boundary.Require((nint)can);
        if (machine.Device(device) == machine.Device(peer)) throw new CuFailure(CuResult.InvalidDevice);
        *can = 0; // kernels reach their own context's memory only; copies between devices work
    });

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceGetP2PAttribute")]
    public static CuResult GetPeerAttribute(int* value, int attribute, int device, int peer) => Boundary.Call(machine =>
    {
        Boundary.Require((nint)value);
        if (attribute is < 1 or > 4) throw new CuFailure(CuResult.InvalidValue);
        if (machine.Device(device) == machine.Device(peer)) throw new CuFailure(CuResult.InvalidDevice);
        *value = 0;
    });

    private static void ErrorString(CuResult code, nint* text, bool name)
    {
        Boundary.Require((nint)text);
        *text = 0;
        if (!ErrorTexts.TryFind(code, out var strings)) throw new CuFailure(CuResult.InvalidValue);
        *text = name ? strings.Name : strings.Text;
    }
}
