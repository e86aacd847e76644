using SRKernels.Ilgpu;
using SRKernels.Runtime;

namespace SRKernels.Cli;

/// <summary>ILGPU's accelerators as devices. The natively compiled srk has none: there <c>Native/IlgpuDevices.cs</c> stands in for this file.</summary>
internal static class IlgpuDevices
{
    /// <summary>What <c>srk devices</c> says of the CPU accelerator.</summary>
    public const string Cpu = "ILGPU's CPU accelerator, to check with (slow: one thread of the system for each of a group's)";

    public static Device OpenCpu() => IlgpuDevice.OpenCpu();

    public static Device OpenCuda(int index) => IlgpuDevice.OpenCuda(index);

    public static IReadOnlyList<DeviceInfo> ListCuda() => IlgpuDevice.ListCuda();
}
