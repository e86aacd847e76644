using System.Runtime.InteropServices;

namespace SRKernels.Runtime.Cuda;

/// <summary>The CUDA driver itself, by its C entry points; no toolkit and no runtime library is needed, only the display driver.</summary>
/// <remarks>NVIDIA, CUDA Driver API reference. Functions with a <c>_v2</c> entry point use it: the plain one is the 32-bit form.</remarks>
internal sealed unsafe partial class NativeCudaDriver : CudaDriver
{
    private const string Library = "cuda";
    private const uint StreamNonBlocking = 1;
    private const int CaptureThreadLocal = 1;
    private const int JitInfoLogBuffer = 3;
    private const int JitInfoLogBytes = 4;
    private const int JitErrorLogBuffer = 5;
    private const int JitErrorLogBytes = 6;

    private NativeCudaDriver()
    {
    }

    /// <summary>The driver, or null with the reason when there is none.</summary>
    public static NativeCudaDriver? TryOpen(out string reason)
    {
        reason = "";
        if (DriverLibraries.IsPresent(Library)) return new NativeCudaDriver();
        reason = OperatingSystem.IsWindows() ? "nvcuda.dll is not installed" : "libcuda.so.1 is not installed";
        return null;
    }

    public override CudaResult Init() => cuInit(0);

    public override CudaResult DriverVersion(out int version) => cuDriverGetVersion(out version);

    public override CudaResult DeviceCount(out int count) => cuDeviceGetCount(out count);

    public override CudaResult DeviceGet(out int device, int ordinal) => cuDeviceGet(out device, ordinal);

    public override CudaResult DeviceName(byte* name, int length, int device) => cuDeviceGetName(name, length, device);

    public override CudaResult DeviceTotalMemory(out nuint bytes, int device) => cuDeviceTotalMem_v2(out bytes, device);

    public override CudaResult DeviceAttribute(out int value, CudaAttribute attribute, int device) =>
        cuDeviceGetAttribute(out value, attribute, device);

    public override CudaResult PrimaryContextRetain(out nint context, int device) => cuDevicePrimaryCtxRetain(out context, device);

    public override CudaResult PrimaryContextRelease(int device) => cuDevicePrimaryCtxRelease_v2(device);

    public override CudaResult ContextSetCurrent(nint context) => cuCtxSetCurrent(context);

    public override CudaResult ContextGetCurrent(out nint context) => cuCtxGetCurrent(out context);

    public override CudaResult MemoryInfo(out nuint free, out nuint total) => cuMemGetInfo_v2(out free, out total);

    public override CudaResult MemoryAllocate(out ulong pointer, nuint bytes) => cuMemAlloc_v2(out pointer, bytes);

    public override CudaResult MemoryFree(ulong pointer) => cuMemFree_v2(pointer);

    public override CudaResult MemoryAllocateAsync(out ulong pointer, nuint bytes, nint stream) => cuMemAllocAsync(out pointer, bytes, stream);

    public override CudaResult MemoryFreeAsync(ulong pointer, nint stream) => cuMemFreeAsync(pointer, stream);

    public override CudaResult CopyHostToDevice(ulong to, void* from, nuint bytes, nint stream) =>
        cuMemcpyHtoDAsync_v2(to, from, bytes, stream);

    public override CudaResult CopyDeviceToHost(void* to, ulong from, nuint bytes, nint stream) =>
        cuMemcpyDtoHAsync_v2(to, from, bytes, stream);

    public override CudaResult CopyDeviceToDevice(ulong to, ulong from, nuint bytes, nint stream) =>
        cuMemcpyDtoDAsync_v2(to, from, bytes, stream);

    public override CudaResult Fill(ulong to, byte value, nuint bytes, nint stream) => cuMemsetD8Async(to, value, bytes, stream);

    public override CudaResult ModuleLoad(out nint module, byte* image, byte* log, int logBytes)
    {
        // One buffer for both logs: what matters is the error text, and the information text only when there is no error.
        var half = logBytes / 2;
        var options = stackalloc int[] { JitErrorLogBuffer, JitErrorLogBytes, JitInfoLogBuffer, JitInfoLogBytes };
        var values = stackalloc nint[] { (nint)log, half, (nint)(log + half), half };
        return cuModuleLoadDataEx(out module, image, 4, options, values);
    }

    public override CudaResult ModuleUnload(nint module) => cuModuleUnload(module);

    public override CudaResult ModuleFunction(out nint function, nint module, string name) => cuModuleGetFunction(out function, module, name);

    public override CudaResult FunctionAttribute(out int value, CudaFunctionAttribute attribute, nint function) =>
        cuFuncGetAttribute(out value, attribute, function);

    public override CudaResult FunctionSetAttribute(nint function, CudaFunctionAttribute attribute, int value) =>
        cuFuncSetAttribute(function, attribute, value);

    public override CudaResult Launch(
        nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint dynamicSharedBytes, nint stream, void** arguments) =>
        cuLaunchKernel(function, gridX, gridY, gridZ, blockX, blockY, blockZ, dynamicSharedBytes, stream, arguments, null);

    public override CudaResult StreamCreate(out nint stream) => cuStreamCreate(out stream, StreamNonBlocking);

    public override CudaResult StreamDestroy(nint stream) => cuStreamDestroy_v2(stream);

    public override CudaResult StreamSynchronize(nint stream) => cuStreamSynchronize(stream);

    public override CudaResult StreamBeginCapture(nint stream) => cuStreamBeginCapture_v2(stream, CaptureThreadLocal);

    public override CudaResult StreamEndCapture(nint stream, out nint graph) => cuStreamEndCapture(stream, out graph);

    public override CudaResult GraphInstantiate(out nint executable, nint graph) => cuGraphInstantiateWithFlags(out executable, graph, 0);

    public override CudaResult GraphLaunch(nint executable, nint stream) => cuGraphLaunch(executable, stream);

    public override CudaResult GraphExecutableDestroy(nint executable) => cuGraphExecDestroy(executable);

    public override CudaResult GraphDestroy(nint graph) => cuGraphDestroy(graph);

    public override CudaResult EventCreate(out nint handle) => cuEventCreate(out handle, 0);

    public override CudaResult EventRecord(nint handle, nint stream) => cuEventRecord(handle, stream);

    public override CudaResult EventSynchronize(nint handle) => cuEventSynchronize(handle);

    public override CudaResult StreamWaitEvent(nint stream, nint handle) => cuStreamWaitEvent(stream, handle, 0);

    public override CudaResult EventElapsed(out float milliseconds, nint start, nint end) => cuEventElapsedTime(out milliseconds, start, end);

    public override CudaResult EventDestroy(nint handle) => cuEventDestroy_v2(handle);

    public override string ErrorName(CudaResult code) =>
        cuGetErrorName(code, out var name) == CudaResult.Success ? Marshal.PtrToStringUTF8(name) ?? code.ToString() : $"CUDA error {(int)code}";

    [LibraryImport(Library)]
    private static partial CudaResult cuInit(uint flags);

    [LibraryImport(Library)]
    private static partial CudaResult cuDriverGetVersion(out int version);

    [LibraryImport(Library)]
    private static partial CudaResult cuDeviceGetCount(out int count);

    [LibraryImport(Library)]
    private static partial CudaResult cuDeviceGet(out int device, int ordinal);

    [LibraryImport(Library)]
    private static partial CudaResult cuDeviceGetName(byte* name, int length, int device);

    [LibraryImport(Library)]
    private static partial CudaResult cuDeviceTotalMem_v2(out nuint bytes, int device);

    [LibraryImport(Library)]
    private static partial CudaResult cuDeviceGetAttribute(out int value, CudaAttribute attribute, int device);

    [LibraryImport(Library)]
    private static partial CudaResult cuDevicePrimaryCtxRetain(out nint context, int device);

    [LibraryImport(Library)]
    private static partial CudaResult cuDevicePrimaryCtxRelease_v2(int device);

    [LibraryImport(Library)]
    private static partial CudaResult cuCtxSetCurrent(nint context);

    [LibraryImport(Library)]
    private static partial CudaResult cuCtxGetCurrent(out nint context);

    [LibraryImport(Library)]
    private static partial CudaResult cuMemGetInfo_v2(out nuint free, out nuint total);

    [LibraryImport(Library)]
    private static partial CudaResult cuMemAlloc_v2(out ulong pointer, nuint bytes);

    [LibraryImport(Library)]
    private static partial CudaResult cuMemFree_v2(ulong pointer);

    [LibraryImport(Library)]
    private static partial CudaResult cuMemAllocAsync(out ulong pointer, nuint bytes, nint stream);

    [LibraryImport(Library)]
    private static partial CudaResult cuMemFreeAsync(ulong pointer, nint stream);

    [LibraryImport(Library)]
    private static partial CudaResult cuMemcpyHtoDAsync_v2(ulong to, void* from, nuint bytes, nint stream);

    [LibraryImport(Library)]
    private static partial CudaResult cuMemcpyDtoHAsync_v2(void* to, ulong from, nuint bytes, nint stream);

    [LibraryImport(Library)]
    private static partial CudaResult cuMemcpyDtoDAsync_v2(ulong to, ulong from, nuint bytes, nint stream);

    [LibraryImport(Library)]
    private static partial CudaResult cuMemsetD8Async(ulong to, byte value, nuint bytes, nint stream);

    [LibraryImport(Library)]
    private static partial CudaResult cuModuleLoadDataEx(out nint module, byte* image, uint count, int* options, nint* values);

    [LibraryImport(Library)]
    private static partial CudaResult cuModuleUnload(nint module);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial CudaResult cuModuleGetFunction(out nint function, nint module, string name);

    [LibraryImport(Library)]
    private static partial CudaResult cuFuncGetAttribute(out int value, CudaFunctionAttribute attribute, nint function);

    [LibraryImport(Library)]
    private static partial CudaResult cuFuncSetAttribute(nint function, CudaFunctionAttribute attribute, int value);

    [LibraryImport(Library)]
    private static partial CudaResult cuLaunchKernel(
        nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint sharedBytes, nint stream, void** arguments, void** extra);

    [LibraryImport(Library)]
    private static partial CudaResult cuStreamCreate(out nint stream, uint flags);

    [LibraryImport(Library)]
    private static partial CudaResult cuStreamDestroy_v2(nint stream);

    [LibraryImport(Library)]
    private static partial CudaResult cuStreamSynchronize(nint stream);

    [LibraryImport(Library)]
    private static partial CudaResult cuStreamBeginCapture_v2(nint stream, int mode);

    [LibraryImport(Library)]
    private static partial CudaResult cuStreamEndCapture(nint stream, out nint graph);

    [LibraryImport(Library)]
    private static partial CudaResult cuGraphInstantiateWithFlags(out nint executable, nint graph, ulong flags);

    [LibraryImport(Library)]
    private static partial CudaResult cuGraphLaunch(nint executable, nint stream);

    [LibraryImport(Library)]
    private static partial CudaResult cuGraphExecDestroy(nint executable);

    [LibraryImport(Library)]
    private static partial CudaResult cuGraphDestroy(nint graph);

    [LibraryImport(Library)]
    private static partial CudaResult cuEventCreate(out nint handle, uint flags);

    [LibraryImport(Library)]
    private static partial CudaResult cuEventRecord(nint handle, nint stream);

    [LibraryImport(Library)]
    private static partial CudaResult cuEventSynchronize(nint handle);

    [LibraryImport(Library)]
    private static partial CudaResult cuStreamWaitEvent(nint stream, nint handle, uint flags);

    [LibraryImport(Library)]
    private static partial CudaResult cuEventElapsedTime(out float milliseconds, nint start, nint end);

    [LibraryImport(Library)]
    private static partial CudaResult cuEventDestroy_v2(nint handle);

    [LibraryImport(Library)]
    private static partial CudaResult cuGetErrorName(CudaResult code, out nint name);
}
