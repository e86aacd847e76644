namespace SRKernels.Emulation.Native.Sample;

/// <summary>All that this program checks, by name.</summary>
public static class Checks
{
    /// <summary>On the machine as it is by default, in this order: the first asks what the driver says before cuInit.</summary>
    public static IReadOnlyList<(string Name, Action Run)> OfOneDevice { get; } =
        [.. DriverChecks.All, .. IlgpuChecks.All, .. IlgpuStreamChecks.All, .. IlgpuErrorChecks.All, .. OwnDeviceChecks.All, .. SharedDriverChecks.All];

    /// <summary>With SRKERNELS_EMULATED_CUDA_SM=80,75; only when named.</summary>
    public static IReadOnlyList<(string Name, Action Run)> OfTwoDevices => TwoDeviceChecks.All;
}
