using System.Globalization;
using SRKernels.Kernels.Gpu;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;
using SRKernels.Runtime.OpenCl;

namespace SRKernels.Benchmarks.Devices;

/// <summary>The device of this run: what SRKERNELS_DEVICE names, or the first of cuda:0 and opencl:0 that is here. Opened at its first use, for the whole run.</summary>
internal static class DeviceUnderTest
{
    private static readonly Lazy<GpuEngine> s_engine = new(Open);

    /// <summary>Its name as on the command line; null: there is none.</summary>
    public static string? Name { get; } = Environment.GetEnvironmentVariable("SRKERNELS_DEVICE") is { Length: > 0 } named ? named
        : CudaDevice.List().Count > 0 ? "cuda:0"
        : OpenClDevice.List().Count > 0 ? "opencl:0"
        : null;

    /// <summary>Fast enough for all shapes, and for many runs of each.</summary>
    public static bool IsCuda => Name?.StartsWith("cuda:", StringComparison.Ordinal) ?? false;

    /// <exception cref="SrkException">There is no such device.</exception>
    public static GpuEngine Engine => s_engine.Value;

    private static GpuEngine Open()
    {
        if (Name is null) throw new SrkException("device benchmarks", "cuda:0 or opencl:0", "neither", "run them beside a GPU, or install Debian's pocl-opencl-icd");
        if (Name.Split(':') is [var kind and ("cuda" or "opencl"), var number] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            return new GpuEngine(kind == "cuda" ? CudaDevice.Open(index) : OpenClDevice.Open(index));
        throw new SrkException("SRKERNELS_DEVICE", "cuda:N or opencl:N", $"'{Name}'", "see 'srk devices'");
    }
}
