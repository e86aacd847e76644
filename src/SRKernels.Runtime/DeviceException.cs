namespace SRKernels.Runtime;

/// <summary>An error of a driver, a device or a kernel's compilation, with what the driver said.</summary>
public class DeviceException : SrkException
{
    /// <summary>Creates the error.</summary>
    /// <param name="api">The driver function, for example <c>cuLaunchKernel</c>.</param>
    /// <param name="code">Its symbolic code, for example <c>CUDA_ERROR_ILLEGAL_ADDRESS</c>.</param>
    /// <param name="remedy">What the user can do.</param>
    /// <param name="kernel">The kernel concerned, if one is.</param>
    /// <param name="log">The build log, if there is one.</param>
    /// <param name="inner">The cause, if another exception was.</param>
    public DeviceException(
        string api, string code, string remedy, string? kernel = null, string? log = null, Exception? inner = null)
        : base(kernel is null ? api : $"{api}, kernel {kernel}", "success", code, log is null ? remedy : $"{remedy}\n{log}", inner)
    {
        Api = api;
        Code = code;
        Kernel = kernel;
        Log = log;
    }

    /// <summary>The driver function that failed.</summary>
    public string Api { get; }

    /// <summary>The driver's symbolic code.</summary>
    public string Code { get; }

    /// <summary>The kernel concerned, or null.</summary>
    public string? Kernel { get; }

    /// <summary>The driver's build log, or null.</summary>
    public string? Log { get; }
}

/// <summary>The driver's library is not there or lacks a function.</summary>
public sealed class DriverMissingException(string library, string what, string remedy, Exception? inner = null)
    : DeviceException(library, what, remedy, inner: inner);

/// <summary>The device stopped answering or its context is broken; every later call on it fails too.</summary>
public sealed class DeviceLostException(string api, string code, string? kernel, Exception? inner = null)
    : DeviceException(api, code, "dispose the device and open it again; if a kernel is named, run it with SRK_DEBUG=2 on the interpreter", kernel, inner: inner);

/// <summary>The device's memory does not hold what was asked for.</summary>
public sealed class DeviceOutOfMemoryException(string api, string code, long requestedBytes)
    : DeviceException(api, code, $"{requestedBytes:N0} bytes were asked for: use smaller tiles (--tile) or set --max-memory")
{
    /// <summary>How many bytes were asked for.</summary>
    public long RequestedBytes { get; } = requestedBytes;
}

/// <summary>The driver refused a kernel's text.</summary>
public sealed class KernelBuildException(string api, string code, string kernel, string log)
    : DeviceException(api, code, "this is a fault of the kernel or the compiler: report the log below", kernel, log);
