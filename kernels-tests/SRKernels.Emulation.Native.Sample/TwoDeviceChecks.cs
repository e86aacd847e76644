using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace SRKernels.Emulation.Native.Sample;

/// <summary>A machine with an sm_80 and an sm_75.</summary>
internal static class TwoDeviceChecks
{
    public static (string Name, Action Run)[] All { get; } =
    [
        ("two-devices-listed", Listed),
        ("two-devices-run-and-copy", RunAndCopy),
        ("two-devices-own", Own),
    ];

    private static void Listed()
    {
        using var context = Context.CreateDefault();
        var devices = context.GetCudaDevices();
        Expect.Equal(2, devices.Count);
        Expect.Equal(CudaArchitecture.SM_80, devices[0].Architecture);
        Expect.Equal(CudaArchitecture.SM_75, devices[1].Architecture);
    }

    private static void RunAndCopy()
    {
        using var context = Context.Create(b => b.Cuda());
        using var first = context.CreateCudaAccelerator(0);
        using var second = context.CreateCudaAccelerator(1);
        Expect.Equal(false, first.CanAccessPeer(second)); // kernels stay in their own memory
        using var x = first.Allocate1D(new[] { 1f, 2f, 3f, 4f });
        using var y = second.Allocate1D(new[] { 1f, 1f, 1f, 1f });
        using var copy = second.Allocate1D<float>(4);
        x.View.CopyTo(first.DefaultStream, copy.View.AsContiguous());
        first.Synchronize();
        second.LoadStreamKernel<ArrayView<float>, ArrayView<float>, float>(Kernels.Axpy)((1, 32), copy.View, y.View, 10f);
        Expect.Same([11f, 21f, 31f, 41f], y.GetAsArray1D());
    }

    private static void Own()
    {
        Expect.Same([80, 75], [.. Runtime.Cuda.CudaDevice.List().Select(d => d.Target)]);
        using var second = Runtime.Cuda.CudaDevice.Open(1);
        Expect.Equal(75, second.Info.Target);
        Expect.Equal(64 * 1024, second.Info.SharedBytes);
    }
}
