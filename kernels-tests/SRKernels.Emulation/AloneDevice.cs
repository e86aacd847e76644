namespace SRKernels.Emulation;

/// <summary>
/// The one device that a run of tests is about, where the environment's SRKERNELS_ONLY names one: <c>cuda</c>, <c>ilgpu:cuda</c> or <c>opencl</c>. The tests of ops, chains and kernels
/// then leave out all others, and the processor's own forms of the ops: beside a GPU minutes count.
/// </summary>
internal static class AloneDevice
{
    public const string Cuda = "cuda";

    public const string IlgpuCuda = "ilgpu:cuda";

    public const string OpenCl = "opencl";

    /// <summary>Its name; null: all devices that are here.</summary>
    public static string? Name { get; } = Read();

    /// <summary>Whether it is a real CUDA device, by whichever compiler.</summary>
    public static bool IsCuda => Name is Cuda or IlgpuCuda;

    private static string? Read() => Environment.GetEnvironmentVariable("SRKERNELS_ONLY") switch
    {
        null or "" => null,
        Cuda or IlgpuCuda or OpenCl => Environment.GetEnvironmentVariable("SRKERNELS_ONLY"),
        var other => throw new InvalidOperationException($"SRKERNELS_ONLY: expected {Cuda}, {IlgpuCuda} or {OpenCl}, got '{other}'"),
    };
}
