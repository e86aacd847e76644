using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Models.Recognition;
using SRKernels.Models.Sampling;
using SRKernels.Runtime;

namespace SRKernels.Models;

/// <summary>From files, for a processor or a device.</summary>
public sealed partial class SuperResolver
{
    private const string ShippedWeights = "resshift-tiny-x4.safetensors";

    /// <summary>Where the small weights lie: beside the program, where the package SRKernels.Weights.Tiny puts them.</summary>
    public static string ShippedWeightsPath => Path.Combine(AppContext.BaseDirectory, "weights", ShippedWeights);

    /// <summary>Loads the small weights of the package SRKernels.Weights.Tiny.</summary>
    /// <param name="threads">Threads, 0 for one a processor. Changes speed, never a byte of a result.</param>
    /// <exception cref="SrkException">The file is not where it should be.</exception>
    public static SuperResolver LoadShipped(int threads = 0) => Load(ShippedWeightsPath, threads: threads);

    /// <summary>Loads a model: both networks from one file, or the authors' two; safetensors, or a checkpoint as <c>torch.save</c> writes it.</summary>
    /// <param name="path">The file, or the denoiser's.</param>
    /// <param name="task">The task's preset where the file does not say what it is for; see <see cref="ModelTask"/>.</param>
    /// <param name="threads">Threads, 0 for one a processor. Changes speed, never a byte of a result.</param>
    /// <param name="kind">Which bodies of the ops run.</param>
    /// <param name="autoencoder">The autoencoder's file; null: in the first, or beside it under its published name.</param>
    /// <exception cref="SrkException">A file cannot be read, or is no model that this program knows.</exception>
    public static SuperResolver Load(string path, string? task = null, int threads = 0, ExecutionKind kind = ExecutionKind.Cpu, string? autoencoder = null)
    {
        using var files = ModelFiles.Open(Present(path), autoencoder, task);
        var (model, weightBytes) = files.Read();
        return new SuperResolver(model, new KernelContext(kind, threads), weightBytes);
    }

    /// <summary>
    /// Loads a model to run on a device: networks, tiles' blending and chain there, files on the processor. Noise is drawn where its generator
    /// allows: <see cref="TorchCudaNoise"/> on the device, any other source on the processor.
    /// </summary>
    /// <param name="path">The file, or the denoiser's.</param>
    /// <param name="device">The device; disposed with the resolver.</param>
    /// <param name="precision">What products are computed in; sums, norms and everything in memory are fp32.</param>
    /// <param name="task">The task's preset where the file does not say what it is for; see <see cref="ModelTask"/>.</param>
    /// <param name="threads">Threads of the work beside, 0 for one a processor.</param>
    /// <param name="autoencoder">The autoencoder's file; null: in the first, or beside it under its published name.</param>
    /// <exception cref="SrkException">A file cannot be read or is no model that this program knows, or the device cannot compute in that precision.</exception>
    public static SuperResolver Load(
        string path, Device device, Precision precision = Precision.Fp32, string? task = null, int threads = 0, string? autoencoder = null)
    {
        if (!Enum.IsDefined(precision))
            throw new SrkException("precision", string.Join(", ", Enum.GetNames<Precision>()), $"{(int)precision}", "leave it out for fp32");
        if (precision != Precision.Fp32 && device.Info is { Kind: DeviceKind.Cuda, Target: < 80 })
            throw new SrkException($"precision {precision}", "tensor cores of sm_80 or newer", $"{device.Info.Name}, sm_{device.Info.Target}", "use fp32");
        using var files = ModelFiles.Open(Present(path), autoencoder, task);
        var (model, weightBytes) = files.Read();
        return new SuperResolver(model, new KernelContext(ExecutionKind.Cpu, threads), weightBytes, new GpuEngine(device), precision);
    }

    /// <summary>An application that forgot the package with the small weights is told so; any other path is the reader's to judge.</summary>
    private static string Present(string path) => path != ShippedWeightsPath || File.Exists(path)
        ? path
        : throw new SrkException("small weights", $"them in {path}", "no such file", "add the package SRKernels.Weights.Tiny, or load a model of your own");
}
