using System.Globalization;
using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;
using SRKernels.Runtime.OpenCl;

namespace SRKernels.Cli;

/// <summary>
/// What <c>--device</c> says: <c>cuda:N</c>, <c>opencl:N</c>, <c>ilgpu:cuda:N</c> and <c>ilgpu:cpu</c> (ILGPU's accelerators and compiler), <c>cpu</c> or
/// <c>reference</c>.
/// </summary>
internal static class DeviceName
{
    private const string IlgpuCpu = "ilgpu:cpu";
    private const string IlgpuCuda = "ilgpu:cuda";
    private const string IlgpuOpenCl = "ilgpu:opencl";

    /// <summary>Refuses what names no device.</summary>
    public static void Check(string? name) => Parse(name);

    /// <summary>Which bodies run where no device was named.</summary>
    public static ExecutionKind KindOf(string? name) => IsReference(name) ? ExecutionKind.Reference : ExecutionKind.Cpu;

    /// <summary>Whether time goes by launches there and not by operations, so that no small picture tells of a large one and a probe takes longer than many a picture.</summary>
    public static bool GoesByLaunches(string? name) => name is not null && Is(name, IlgpuCpu);

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

        return place.Open(place.Index);
    }

    private static (Func<int, Device> Open, int Index)? Parse(string? name)
    {
        if (name is null || IsReference(name) || Is(name, "cpu")) return null;
        if (Is(name, IlgpuCpu)) return (_ => IlgpuDevices.OpenCpu(), 0);
        if (name.StartsWith(IlgpuOpenCl, StringComparison.OrdinalIgnoreCase))
            throw new UsageException(
                "--device", $"{IlgpuCpu} or {IlgpuCuda}:N", $"'{name}': ILGPU's OpenCL asks for a generic address space, which OpenCL 1.2 has not and drivers rarely offer",
                "take opencl:N, which runs the same kernels through our compiler");
        var (kind, number) = (name, "0");
        if (name.LastIndexOf(':') is var colon && colon >= 0 && !Is(name, IlgpuCuda)) (kind, number) = (name[..colon], name[(colon + 1)..]);
        if (int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            if (Is(kind, "cuda")) return (CudaDevice.Open, index);
            if (Is(kind, "opencl")) return (OpenClDevice.Open, index);
            if (Is(kind, IlgpuCuda)) return (IlgpuDevices.OpenCuda, index);
        }

        throw new UsageException("--device", "cuda:N, opencl:N, ilgpu:cuda:N, ilgpu:cpu, cpu or reference", $"'{name}'", "list them with srk devices");
    }

    private static bool IsReference(string? name) => name is not null && Is(name, "reference");

    private static bool Is(string name, string expected) => string.Equals(name, expected, StringComparison.OrdinalIgnoreCase);
}
