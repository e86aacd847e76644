using System.Globalization;
using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;
using SRKernels.Runtime.OpenCl;

namespace SRKernels.Cli;

/// <summary>What <c>--device</c> says: <c>cuda:N</c>, <c>opencl:N</c>, <c>cpu</c> or <c>reference</c>.</summary>
internal static class DeviceName
{
    /// <summary>Refuses what names no device.</summary>
    public static void Check(string? name) => Parse(name);

    /// <summary>Which bodies run where no device was named.</summary>
    public static ExecutionKind KindOf(string? name) => IsReference(name) ? ExecutionKind.Reference : ExecutionKind.Cpu;

    /// <summary>Opens the device; null for the processor. Without a name: the first CUDA device, if there is one.</summary>
    /// <exception cref="SrkException">There is no such device, or it does not know the precision.</exception>
    public static Device? Open(string? name, Precision precision)
    {
        if (name is null && CudaDevice.List().Count > 0) name = "cuda:0";
        if (Parse(name) is not { } place)
        {
            return precision == Precision.Fp32
                ? null
                : throw new SrkException("--precision", "fp32 on the processor", precision.ToString().ToLowerInvariant(), "name a --device with tensor cores, or leave it out");
        }

        return place.Kind == DeviceKind.Cuda ? CudaDevice.Open(place.Index) : OpenClDevice.Open(place.Index);
    }

    private static (DeviceKind Kind, int Index)? Parse(string? name)
    {
        if (name is null || IsReference(name) || Is(name, "cpu")) return null;
        var colon = name.IndexOf(':', StringComparison.Ordinal);
        var (kind, number) = colon < 0 ? (name, "0") : (name[..colon], name[(colon + 1)..]);
        if (int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            if (Is(kind, "cuda")) return (DeviceKind.Cuda, index);
            if (Is(kind, "opencl")) return (DeviceKind.OpenCl, index);
        }

        throw new UsageException("--device", "cuda:N, opencl:N, cpu or reference", $"'{name}'", "list them with srk devices");
    }

    private static bool IsReference(string? name) => name is not null && Is(name, "reference");

    private static bool Is(string name, string expected) => string.Equals(name, expected, StringComparison.OrdinalIgnoreCase);
}
