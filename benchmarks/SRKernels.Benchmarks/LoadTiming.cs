using System.Diagnostics;
using System.Globalization;
using SRKernels.Benchmarks.Rivals;
using SRKernels.Models;
using SRKernels.Models.ResShift;
using SRKernels.Models.Weights;
using SRKernels.Tests.Models.Weights;

namespace SRKernels.Benchmarks;

/// <summary>
/// How long a model takes to load, from which container: <c>load write FOLDER</c> writes the full-size pair by formula as safetensors,
/// <c>kernels-tests/Checkpoints/save_checkpoints.py FOLDER</c> saves it with torch in both of its containers, and
/// <c>load DENOISER AUTOENCODER [DENOISER AUTOENCODER ...]</c> loads the pairs in turn, five times round, one line of JSON for each pair.
/// Name one pair alone for its peak of memory.
/// </summary>
internal static class LoadTiming
{
    private const int Rounds = 5;

    public static int Run(string[] args)
    {
        switch (args)
        {
            case ["write", var folder]:
                Write(folder);
                return 0;
            case [_, _, ..] when args.Length % 2 == 0:
                Measure(args);
                return 0;
            default:
                Console.Error.WriteLine("load: write FOLDER, or DENOISER AUTOENCODER [DENOISER AUTOENCODER ...]");
                return 2;
        }
    }

    private static void Measure(string[] files)
    {
        var times = files.Select(_ => new double[Rounds]).ToArray();
        var processor = files.Select(_ => new double[Rounds]).ToArray();
        var weightBytes = 0L;
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < files.Length; i += 2)
            {
                var (clock, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
                using var resolver = SuperResolver.Load(files[i], task: "realsr-v3", autoencoder: files[i + 1]);
                times[i][round] = clock.Elapsed.TotalSeconds;
                // On a busy machine the steadier of the two.
                processor[i][round] = (Environment.CpuUsage.TotalTime - before).TotalSeconds;
                weightBytes = resolver.WeightBytes;
            }
        }

        for (var i = 0; i < files.Length; i += 2)
        {
            Array.Sort(times[i]);
            Array.Sort(processor[i]);
            Console.WriteLine(
                $"{{\"denoiser\": \"{Path.GetFileName(files[i])}\", \"autoencoder\": \"{Path.GetFileName(files[i + 1])}\", \"load_s\": {Seconds(times[i][Rounds / 2])}, \"best_s\": {Seconds(times[i][0])}, \"processor_s\": {Seconds(processor[i][Rounds / 2])}, "
                + $"\"weights_mib\": {weightBytes >> 20}, \"peak_rss_mib\": {MachineFeatures.PeakResidentBytes() >> 20}}}");
        }
    }

    private static void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        var (denoiser, autoencoder) = (new Dictionary<string, TensorContent>(StringComparer.Ordinal), new Dictionary<string, TensorContent>(StringComparer.Ordinal));
        new ResidualShiftModel(
            new ResShiftConfiguration(), new WeightScope(new CopiedWeights(FormulaWeights.FullSizeDenoiser(), "", denoiser)), new WeightScope(new CopiedWeights(FormulaWeights.FullSizeAutoencoder(), "", autoencoder))).Dispose();
        SafetensorsWriter.Write(Path.Combine(folder, "resshift_realsrx4_s4_v3.safetensors"), denoiser);
        SafetensorsWriter.Write(Path.Combine(folder, "autoencoder_vq_f4.safetensors"), autoencoder);
    }

    private static string Seconds(double value) => value.ToString("f3", CultureInfo.InvariantCulture);
}
