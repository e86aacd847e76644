namespace SRKernels.Runtime.Cuda;

/// <summary>The CUDA driver API's result codes that we tell apart (cuda.h, CUresult).</summary>
internal enum CudaResult
{
    Success = 0,
    InvalidValue = 1,
    OutOfMemory = 2,
    NotInitialized = 3,
    Deinitialized = 4,
    NoDevice = 100,
    InvalidDevice = 101,
    InvalidImage = 200,
    InvalidContext = 201,
    NoBinaryForGpu = 209,
    EccUncorrectable = 214,
    InvalidPtx = 218,
    UnsupportedPtxVersion = 222,
    InvalidHandle = 400,
    NotFound = 500,
    IllegalAddress = 700,
    LaunchOutOfResources = 701,
    LaunchTimeout = 702,
    MisalignedAddress = 716,
    LaunchFailed = 719,
    NotSupported = 801,
    StreamCaptureUnsupported = 900,
    StreamCaptureInvalidated = 901,
    Unknown = 999,
}

/// <summary>Device attributes that we ask for (cuda.h, CUdevice_attribute).</summary>
internal enum CudaAttribute
{
    MaxThreadsPerBlock = 1,
    MaxBlockDimX = 2,
    MaxBlockDimY = 3,
    MaxBlockDimZ = 4,
    MaxGridDimX = 5,
    MaxGridDimY = 6,
    MaxGridDimZ = 7,
    MaxSharedMemoryPerBlock = 8,
    WarpSize = 10,
    ClockRateKilohertz = 13,
    MultiprocessorCount = 16,
    MemoryClockKilohertz = 36,
    MemoryBusWidthBits = 37,
    L2CacheBytes = 38,
    ComputeCapabilityMajor = 75,
    ComputeCapabilityMinor = 76,
    MaxSharedMemoryPerMultiprocessor = 81,
    MaxSharedMemoryPerBlockOptin = 97,
    MemoryPoolsSupported = 115,
}

/// <summary>Function attributes that we read or set (cuda.h, CUfunction_attribute).</summary>
internal enum CudaFunctionAttribute
{
    MaxThreadsPerBlock = 0,
    SharedBytes = 1,
    LocalBytes = 3,
    Registers = 4,
    PtxVersion = 5,
    BinaryVersion = 6,
    MaxDynamicSharedBytes = 8,
}

/// <summary>
/// The functions of the CUDA driver API that the host code uses, one to one: the seam behind which the tests put an emulator.
/// </summary>
/// <remarks>
/// Implemented by <see cref="NativeCudaDriver"/> (libcuda.so.1, nvcuda.dll). Pointers to device memory are <c>ulong</c>, handles <c>nint</c>.
/// Nothing here checks results: <see cref="CudaErrors"/> does, once, in one place.
/// </remarks>
internal abstract unsafe class CudaDriver
{
    public abstract CudaResult Init();

    public abstract CudaResult DriverVersion(out int version);

    public abstract CudaResult DeviceCount(out int count);

    public abstract CudaResult DeviceGet(out int device, int ordinal);

    public abstract CudaResult DeviceName(byte* name, int length, int device);

    public abstract CudaResult DeviceTotalMemory(out nuint bytes, int device);

    public abstract CudaResult DeviceAttribute(out int value, CudaAttribute attribute, int device);

    public abstract CudaResult PrimaryContextRetain(out nint context, int device);

    public abstract CudaResult PrimaryContextRelease(int device);

    public abstract CudaResult ContextSetCurrent(nint context);

    /// <summary>The context that is current on this thread, or 0.</summary>
    public abstract CudaResult ContextGetCurrent(out nint context);

    public abstract CudaResult MemoryInfo(out nuint free, out nuint total);

    public abstract CudaResult MemoryAllocate(out ulong pointer, nuint bytes);

    public abstract CudaResult MemoryFree(ulong pointer);

    public abstract CudaResult MemoryAllocateAsync(out ulong pointer, nuint bytes, nint stream);

    public abstract CudaResult MemoryFreeAsync(ulong pointer, nint stream);

    public abstract CudaResult CopyHostToDevice(ulong to, void* from, nuint bytes, nint stream);

    public abstract CudaResult CopyDeviceToHost(void* to, ulong from, nuint bytes, nint stream);

    public abstract CudaResult CopyDeviceToDevice(ulong to, ulong from, nuint bytes, nint stream);

    public abstract CudaResult Fill(ulong to, byte value, nuint bytes, nint stream);

    /// <summary>Loads PTX text (ends in NUL) and compiles it; fills the log, which ends in NUL too.</summary>
    public abstract CudaResult ModuleLoad(out nint module, byte* image, byte* log, int logBytes);

    public abstract CudaResult ModuleUnload(nint module);

    public abstract CudaResult ModuleFunction(out nint function, nint module, string name);

    public abstract CudaResult FunctionAttribute(out int value, CudaFunctionAttribute attribute, nint function);

    public abstract CudaResult FunctionSetAttribute(nint function, CudaFunctionAttribute attribute, int value);

    public abstract CudaResult Launch(
        nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint dynamicSharedBytes, nint stream, void** arguments);

    public abstract CudaResult StreamCreate(out nint stream);

    public abstract CudaResult StreamDestroy(nint stream);

    public abstract CudaResult StreamSynchronize(nint stream);

    public abstract CudaResult StreamBeginCapture(nint stream);

    public abstract CudaResult StreamEndCapture(nint stream, out nint graph);

    public abstract CudaResult GraphInstantiate(out nint executable, nint graph);

    public abstract CudaResult GraphLaunch(nint executable, nint stream);

    public abstract CudaResult GraphExecutableDestroy(nint executable);

    public abstract CudaResult GraphDestroy(nint graph);

    public abstract CudaResult EventCreate(out nint handle);

    public abstract CudaResult EventRecord(nint handle, nint stream);

    public abstract CudaResult EventSynchronize(nint handle);

    /// <summary>What is queued in the stream from now on waits, on the device, for what an event was last recorded after.</summary>
    public abstract CudaResult StreamWaitEvent(nint stream, nint handle);

    public abstract CudaResult EventElapsed(out float milliseconds, nint start, nint end);

    public abstract CudaResult EventDestroy(nint handle);

    /// <summary>The symbolic name of a code, for example <c>CUDA_ERROR_OUT_OF_MEMORY</c>.</summary>
    public abstract string ErrorName(CudaResult code);
}
