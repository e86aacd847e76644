using System.Diagnostics;
using System.Globalization;
using System.Runtime.Intrinsics.X86;
using SRKernels.Benchmarks.Rivals;
using SRKernels.Kernels;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;
using SRKernels.Models;
using SRKernels.Models.ResShift;
using SRKernels.Models.Sampling;
using SRKernels.Models.Weights;
using SRKernels.Tests.Models.Weights;

namespace SRKernels.Benchmarks;

/// <summary>
/// The whole pipeline's parts, timed like <c>benchmarks/peers/resshift_torch.py time</c> does it, one line of JSON out:
/// <c>pipeline --config full|tiny --size 64 --steps 4 --threads 2 --repeat 5</c>.
/// </summary>
/// <remarks>Formula weights: speed does not depend on the values. Medians of <c>repeat</c> runs after one that warms up.</remarks>
internal static class PipelineTiming
{
    public static int Run(string[] args)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["--config"] = "full", ["--size"] = "64", ["--steps"] = "4", ["--threads"] = "2", ["--repeat"] = "5",
        };
        for (var i = 0; i + 1 < args.Length; i += 2)
        {
            if (!options.ContainsKey(args[i]) || args.Length % 2 != 0)
            {
                Console.Error.WriteLine($"pipeline: unknown option '{args[i]}'; known: {string.Join(' ', options.Keys)}");
                return 2;
            }

            options[args[i]] = args[i + 1];
        }

        var (size, steps, threads, repeat) = (Int("--size"), Int("--steps"), Int("--threads"), Int("--repeat"));
        var configuration = Configuration(options["--config"], steps);
        var denoiser = options["--config"] == "full" ? FormulaWeights.FullSizeDenoiser() : new FormulaWeights { Seed = 1, Gain = 0.6, OutKeys = ["out.2"], OutGain = 0.7 };
        var load = Stopwatch.StartNew();
        using var model = new ResidualShiftModel(configuration, new WeightScope(denoiser), new WeightScope(FormulaWeights.FullSizeAutoencoder()));
        var loadSeconds = load.Elapsed.TotalSeconds;
        using var cx = new KernelContext(ExecutionKind.Cpu, threads);
        using var picture = cx.Rent(1, size, size, 3);
        new TorchCpuNoise(1).Fill(picture.Span);
        foreach (ref var v in picture.Span) v = Math.Clamp(v / 2, -1, 1);
        using var enlarged = BicubicResize.Apply(cx, picture, configuration.Scale);
        using var latent = model.Autoencoder.Encode(cx, enlarged);
        var chain = Chain.Create(configuration.Diffusion);

        var encode = Time(repeat, () => model.Autoencoder.Encode(cx, enlarged));
        var step = Time(repeat, () => model.Denoiser.Forward(cx, latent, [1f], picture));
        var decode = Time(repeat, () => model.Autoencoder.Decode(cx, latent));
        var pipeline = Time(repeat, () =>
        {
            using var zy = model.Encode(cx, picture);
            using var x0 = model.Sample(cx, zy, picture, chain, new DrawnNoise(new TorchCpuNoise(12345)));
            return model.Decode(cx, x0);
        });
        Console.WriteLine(
            $"{{\"config\": \"{options["--config"]}\", \"size\": {size}, \"steps\": {steps}, \"dtype\": \"fp32\", \"threads\": {threads}, "
            + $"\"engine\": \"SRKernels\", \"capability\": \"{Capability()}\", \"load_s\": {Seconds(loadSeconds)}, "
            + $"\"encode\": {encode}, \"step\": {step}, \"decode\": {decode}, \"pipeline\": {pipeline}, "
            + $"\"pool_peak_mib\": {cx.Pool.PeakUsedBytes >> 20}, \"pool_held_mib\": {cx.Pool.PeakHeldBytes >> 20}, \"scratch_mib\": {cx.Scratch.HeldBytes >> 20}, \"peak_rss_mib\": {MachineFeatures.PeakResidentBytes() >> 20}}}");
        return 0;

        int Int(string name) => int.Parse(options[name], CultureInfo.InvariantCulture);
    }

    private static ResShiftConfiguration Configuration(string name, int steps)
    {
        var diffusion = new DiffusionConfiguration { Steps = steps, MinNoiseLevel = steps == 4 ? 0.2 : 0.04 };
        if (name == "full") return new ResShiftConfiguration { Diffusion = diffusion };
        if (name != "tiny") throw new ArgumentException($"--config: full or tiny, not '{name}'", nameof(name));
        using var shipped = SafetensorsFile.Open(SuperResolver.ShippedWeightsPath);
        return ResShiftConfiguration.FromFile(shipped) with { Diffusion = diffusion };
    }

    private static string Time(int repeat, Func<Tensor> run)
    {
        run().Dispose();
        var times = new double[repeat];
        for (var i = 0; i < repeat; i++)
        {
            var clock = Stopwatch.StartNew();
            run().Dispose();
            times[i] = clock.Elapsed.TotalSeconds;
        }

        Array.Sort(times);
        return $"{{\"median_s\": {Seconds(times[repeat / 2])}, \"best_s\": {Seconds(times[0])}}}";
    }

    private static string Seconds(double value) => value.ToString("f4", CultureInfo.InvariantCulture);

    private static string Capability() =>
        Avx512F.IsSupported ? "AVX512" : Avx2.IsSupported && Fma.IsSupported ? "AVX2" : Sse42.IsSupported ? "SSE4.2" : "default";
}
