using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;

namespace SRKernels.Models.Measuring;

/// <summary>What a device reaches when it does one thing alone, measured on it.</summary>
/// <param name="Flops">fp32 operations a second, a fused multiply-add being two.</param>
/// <param name="TensorFlops">bf16 operations a second on tensor cores; 0: none.</param>
/// <param name="BytesPerSecond">Bytes that a copy reads and writes.</param>
internal sealed record Peaks(double Flops, double TensorFlops, double BytesPerSecond)
{
    private const double LeastSeconds = 0.01;
    private const int Attempts = 5;
    private const int CopiedFloats = 32 << 20;
    private static readonly string s_kernels = typeof(PeakKernels).FullName!;

    /// <summary>Of a device, by kernels of multiply-add chains, copies and products.</summary>
    public static Peaks Of(GpuEngine engine)
    {
        var info = engine.Device.Info;
        var groups = Math.Max(1, info.Multiprocessors) * 8;
        var threads = Math.Min(PeakKernels.Threads, info.MaxThreads);
        var chains = Rate(engine, rounds => (gpu, y) => gpu.Launch(
            new KernelKey(s_kernels, nameof(PeakKernels.MultiplyAdds)), new LaunchShape(new Extent(groups), new Extent(threads)), y, 0.5f, rounds),
            groups * threads * PeakKernels.Chains, 2.0 * PeakKernels.Chains * PeakKernels.Steps * groups * threads);
        // The tensor kernels run anywhere; only on tensor cores they are a peak.
        var products = info is { Kind: DeviceKind.Cuda, Target: >= 80 }
            ? Rate(engine, rounds => (gpu, y) => gpu.Launch(
                new KernelKey(s_kernels, nameof(PeakKernels.BFloat16Products)), new LaunchShape(new Extent(groups), new Extent(threads)), y, 0, rounds),
                groups * threads, 2.0 * 16 * 8 * 16 * PeakKernels.Products * groups * (threads / 32))
            : 0;
        return new Peaks(chains, products, Copy(engine, threads));
    }

    /// <summary>Operations a second: as many rounds as take long enough, the best of several.</summary>
    private static double Rate(GpuEngine engine, Func<int, Action<GpuRecorder, Tensor>> launch, int elements, double operationsPerRound)
    {
        var rounds = 16;
        while (true)
        {
            var seconds = Best(engine, elements, launch(rounds));
            if (seconds >= LeastSeconds || rounds >= 1 << 24) return operationsPerRound * rounds / seconds;
            rounds *= seconds < LeastSeconds / 16 ? 8 : 2;
        }
    }

    private static double Copy(GpuEngine engine, int threads)
    {
        var (count, copies) = (CopiedFloats, 4);
        var perGroup = 4 * threads;
        var seconds = Best(engine, 2 * count, (gpu, memory) =>
        {
            var all = GpuView.Of(memory);
            for (var i = 0; i < copies; i++)
                gpu.Launch(
                    new KernelKey(s_kernels, nameof(PeakKernels.Copy)), new LaunchShape(new Extent((count + perGroup - 1) / perGroup), new Extent(threads)),
                    all.Slice(0, count), all.Slice(count, count), count);
        });
        return 2.0 * sizeof(float) * count * copies / seconds;
    }

    private static double Best(GpuEngine engine, int elements, Action<GpuRecorder, Tensor> record)
    {
        var recorder = new GpuRecorder(engine.Device.Info, Precision.Bf16);
        using var y = recorder.Rent(new Shape(1, 1, 1, elements));
        record(recorder, y);
        using var program = new GpuProgram(engine, recorder);
        var best = double.PositiveInfinity;
        for (var attempt = 0; attempt <= Attempts; attempt++)
        {
            var seconds = engine.Device.Time(() => program.Start(0));
            // The first one warms up.
            if (attempt > 0) best = Math.Min(best, seconds);
        }

        return best;
    }
}
