namespace SRKernels.Runtime.Cuda;

/// <summary>Results of the driver as exceptions: the one place that looks at them.</summary>
internal static class CudaErrors
{
    /// <summary>Whether the context is broken by what happened, and with it every later call.</summary>
    public static bool IsLost(CudaResult code) => code is CudaResult.IllegalAddress or CudaResult.LaunchTimeout or CudaResult.MisalignedAddress
        or CudaResult.LaunchFailed or CudaResult.EccUncorrectable or CudaResult.InvalidContext or CudaResult.Deinitialized;

    /// <summary>Returns if the call succeeded.</summary>
    /// <param name="driver">Names the codes.</param>
    /// <param name="api">The function, as NVIDIA writes it.</param>
    /// <param name="code">What it returned.</param>
    /// <param name="kernel">The kernel concerned, if one is.</param>
    public static void Check(this CudaDriver driver, string api, CudaResult code, string? kernel = null)
    {
        if (code == CudaResult.Success) return;
        var name = driver.ErrorName(code);
        throw code switch
        {
            CudaResult.OutOfMemory => new DeviceOutOfMemoryException(api, name, 0),
            _ when IsLost(code) => new DeviceLostException(api, name, kernel),
            CudaResult.NoDevice => new DriverMissingException("CUDA driver", name, "no NVIDIA device is visible: use --device cpu or opencl:0"),
            _ => new DeviceException(api, name, "see srk devices for what the device can do", kernel),
        };
    }
}
