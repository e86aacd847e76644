using SRKernels.Runtime;

namespace SRKernels.Cli.Native;

/// <summary>In place of ILGPU's accelerators, which make code while they run.</summary>
internal static class IlgpuDevices
{
    /// <summary>What <c>srk devices</c> says of the CPU accelerator.</summary>
    public const string Cpu = "none: not in this build of srk; the one for .NET has it";

    public static Device OpenCpu() => throw NativeBuild.Lacks("--device", "a device of this build", "ilgpu:cpu");

    public static Device OpenCuda(int index) => throw NativeBuild.Lacks("--device", "a device of this build", $"ilgpu:cuda:{index}");

    public static IReadOnlyList<DeviceInfo> ListCuda() => throw NativeBuild.Lacks("ilgpu:cuda", "a build that makes code while it runs", "the native one");
}
