using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using SRKernels.Ilgpu.Accelerators;
using SRKernels.Kernels.Gpu;
using SRKernels.Models;
using SRKernels.Runtime;

namespace SRKernels.Ilgpu;

/// <summary>Super-resolution for applications that use ILGPU already, on their own accelerators.</summary>
public static class AcceleratorExtensions
{
    private const int WarpSize = 32;
    private const int GroupSize = 512;

    /// <summary>Loads a model to run on an application's accelerator, which stays the application's.</summary>
    /// <remarks>
    /// On a <see cref="CudaAccelerator"/> our own embedded PTX runs in its context: its compiler could not learn our intrinsics any more, which are
    /// registered on a context's builder. On a <see cref="CPUAccelerator"/> ILGPU takes the kernels themselves.
    /// </remarks>
    /// <param name="accelerator">A <see cref="CudaAccelerator"/>, or a <see cref="CPUAccelerator"/> with warps of 32 threads.</param>
    /// <param name="path">The model, one file or a denoiser's; null for the small one that comes with the program.</param>
    /// <param name="precision">What products are computed in; sums, norms and everything in memory are fp32.</param>
    /// <param name="task">The task's preset where the file does not say what it is for.</param>
    /// <param name="threads">Threads of the processor's work beside, 0 for one a processor.</param>
    /// <param name="autoencoder">The autoencoder's file; null: in the first, or beside it under its published name.</param>
    /// <exception cref="SrkException">
    /// The accelerator cannot run the kernels, or the file cannot be read or is no model that this program knows.
    /// </exception>
    public static AcceleratorSuperResolver LoadSuperResolver(
        this Accelerator accelerator, string? path = null, Precision precision = Precision.Fp32, string? task = null, int threads = 0, string? autoencoder = null)
    {
        ArgumentNullException.ThrowIfNull(accelerator);
        AcceleratorDevice device = accelerator switch
        {
            CudaAccelerator cuda => new CudaAcceleratorDevice(cuda),
            CPUAccelerator cpu => new CpuAcceleratorDevice(Checked(cpu)),
            _ => throw new SrkException(
                $"ILGPU accelerator {accelerator.Name}", "a CudaAccelerator or a CPUAccelerator", $"{accelerator.AcceleratorType}",
                "open the same device as opencl:N (SRKernels.Runtime.OpenCl.OpenClDevice.Open): ILGPU asks OpenCL for a generic address space, and our "
                + "embedded OpenCL C 1.2 does without"),
        };
        try
        {
            var resolver = SuperResolver.Load(path ?? SuperResolver.ShippedWeightsPath, device.Device, precision, task, threads, autoencoder);
            return new AcceleratorSuperResolver(accelerator, device, resolver);
        }
        catch
        {
            device.Device.Dispose();
            throw;
        }
    }

    private static CPUAccelerator Checked(CPUAccelerator accelerator)
    {
        var who = $"ILGPU accelerator {accelerator.Name}";
        if (accelerator.WarpSize != WarpSize || accelerator.MaxNumThreadsPerGroup < GroupSize)
            throw new SrkException(
                who, $"warps of {WarpSize} threads and groups of {GroupSize}", $"warps of {accelerator.WarpSize} and groups of {accelerator.MaxNumThreadsPerGroup}",
                "make it with CPUDevice.Nvidia.CreateCPUAccelerator(context), which works in every context; context.CreateCPUAccelerator(0) gives ILGPU's "
                + "default of 4 and 16");
        if (accelerator.Context.Properties.OptimizationLevel > OptimizationLevel.O1)
            throw new SrkException(
                who, "a context at O1 or below", $"{accelerator.Context.Properties.OptimizationLevel}",
                "build it with Optimize(OptimizationLevel.O1), ILGPU's default: at O2 its compiler takes branches for uniform that are not");
        return accelerator;
    }
}
