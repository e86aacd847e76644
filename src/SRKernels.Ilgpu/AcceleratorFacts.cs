using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;
using CudaDevice = ILGPU.Runtime.Cuda.CudaDevice;

namespace SRKernels.Ilgpu;

/// <summary>What ILGPU's accelerators are, in our words.</summary>
internal static class AcceleratorFacts
{
    /// <summary>Kernels for tensor cores run there too: products of a warp have a plain meaning, which warps of 32 can carry out.</summary>
    private const int CpuTarget = 80;

    private static long Memory => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>An accelerator.</summary>
    /// <param name="accelerator">CPU or CUDA.</param>
    /// <param name="shunsBarriers">Of a CPU accelerator, <see cref="DeviceInfo.ShunsBarriers"/>.</param>
    public static DeviceInfo Of(Accelerator accelerator, bool shunsBarriers) => accelerator is CudaAccelerator cuda ? Of(cuda.Device) : new DeviceInfo(
        DeviceKind.IlgpuCpu, "ILGPU CPU accelerator", $"ILGPU {Context.Version}, warps of {accelerator.WarpSize}, {accelerator.MaxNumThreadsPerGroup} threads of the system",
        Memory, Memory, accelerator.MaxSharedMemoryPerGroup, accelerator.MaxNumThreadsPerGroup, accelerator.NumMultiprocessors, CpuTarget, true, true)
    {
        IsProcessor = shunsBarriers,
        ShunsBarriers = shunsBarriers,
    };

    /// <summary>A CUDA device.</summary>
    public static DeviceInfo Of(CudaDevice device)
    {
        var target = device.Architecture is { } architecture ? (architecture.Major * 10) + architecture.Minor : 0;
        var shared = NativeCudaDriver.TryOpen(out _) is { } driver
            && driver.DeviceAttribute(out var most, CudaAttribute.MaxSharedMemoryPerBlockOptin, device.DeviceId) == CudaResult.Success ? most : 0;
        return new DeviceInfo(
            DeviceKind.Cuda, device.Name, $"sm_{target}, CUDA {device.DriverVersion.Major}.{device.DriverVersion.Minor}, ILGPU {Context.Version}", device.MemorySize, device.MemorySize,
            Math.Max(shared, device.MaxSharedMemoryPerGroup), device.MaxNumThreadsPerGroup, device.NumMultiprocessors, target, true, true);
    }
}
