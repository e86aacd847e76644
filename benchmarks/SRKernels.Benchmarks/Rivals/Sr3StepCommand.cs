using System.Globalization;
using System.Runtime.InteropServices;
using SRKernels.Models;
using SRKernels.Models.Sampling;
using SRKernels.Models.Sr3;
using SRKernels.Models.Weights;
using SRKernels.Tests.Models.Weights;

namespace SRKernels.Benchmarks.Rivals;

/// <summary>
/// `sr3-step sr3-16-128|sr3-64-512 [THREADS] [ROUNDS]`: one step of a published SR3 at its full size, ours beside ONNX Runtime and PyTorch on the same formula
/// weights and input; first that all compute the same, then times in turn and their ratios.
/// </summary>
internal static class Sr3StepCommand
{
    public const float NoiseLevel = 0.7f;
    private const double MostNmse = 1e-8;

    // Longer than any of their threads spins for more work: that would be the next contender's time.
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    public static Sr3Configuration ConfigurationOf(string task) => ((Sr3Task)ModelTask.Find(task)).Configuration;

    public static int Run(string[] args)
    {
        var task = args.Length > 0 ? args[0] : Sr3Task.All[0].Name;
        var (threads, rounds) = (Number(args, 1, Environment.ProcessorCount), Number(args, 2, 3));
        var configuration = ConfigurationOf(task);
        var folder = Path.Combine(Path.GetTempPath(), "srkernels-rivals", task);
        var python = PythonWithTorch.Find(null, out var reason);
        if (python is null) Console.WriteLine($"skipped {Contenders.PyTorch} and {Contenders.OnnxRuntime}: {reason}");
        Prepare(folder, configuration, python);

        var contenders = new List<ContenderProcess> { StartOwn(Contenders.Ours) };
        if (python is not null)
        {
            contenders.Add(StartOwn(Contenders.OnnxRuntime));
            foreach (var name in new[] { Contenders.PyTorch, Contenders.PyTorchChannelsLast })
                contenders.Add(ContenderProcess.Start(name, python.Path, [
                    Path.Combine(RivalFiles.Scripts, "sr3_torch.py"), "serve", "--config", Config(task), "--weights", Path.Combine(folder, "weights.safetensors"), "--input",
                    Path.Combine(folder, "input.f32"), "--level", Text(NoiseLevel), "--threads", Text(threads), .. name == Contenders.PyTorchChannelsLast ? ["--channels-last"] : Array.Empty<string>()]));
        }

        try
        {
            return Compare(folder, contenders) ? Time(task, configuration, threads, rounds, contenders) : 1;
        }
        finally
        {
            foreach (var contender in contenders) contender.Dispose();
        }

        ContenderProcess StartOwn(string name) => ContenderProcess.Start(
            name, "dotnet", ["exec", typeof(Sr3StepCommand).Assembly.Location, "sr3-contender", name, task, folder, Text(threads)]);
    }

    private static void Prepare(string folder, Sr3Configuration configuration, PythonWithTorch? python)
    {
        Directory.CreateDirectory(folder);
        var weights = Path.Combine(folder, "weights.safetensors");
        if (!File.Exists(weights))
        {
            var tensors = new Dictionary<string, TensorContent>(StringComparer.Ordinal);
            var formula = new FormulaWeights { Seed = 31, Gain = 1, OutKeys = ["final_conv"], OutGain = 0.7 };
            new Sr3UNet(new WeightScope(new CopiedWeights(formula, "denoise_fn.", tensors, asHalves: true)), configuration).Dispose();
            SafetensorsWriter.Write(weights, tensors);
        }

        var input = new float[6 * configuration.ImageSize * configuration.ImageSize];
        new TorchCpuNoise(1).Fill(input);
        foreach (ref var value in input.AsSpan(0, input.Length / 2)) value = Math.Clamp(value / 2, -1, 1);
        File.WriteAllBytes(Path.Combine(folder, "input.f32"), MemoryMarshal.AsBytes(input.AsSpan()).ToArray());
        var graph = Path.Combine(folder, "step.onnx");
        if (python is not null && !File.Exists(graph)) python.RunScript("sr3_torch.py", ["export", "--config", Config(configuration.Task), "--weights", weights, "--out", graph]);
    }

    private static bool Compare(string folder, List<ContenderProcess> contenders)
    {
        float[]? ours = null;
        var same = true;
        foreach (var contender in contenders)
        {
            var path = Path.Combine(folder, $"{contender.Name}.f32");
            contender.Run(Part.Step);
            contender.Write(path);
            var result = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(path)).ToArray();
            ours ??= result;
            if (result == ours) continue;
            var nmse = ours.Zip(result, (a, b) => Math.Pow((double)a - b, 2)).Sum() / ours.Sum(a => (double)a * a);
            same &= nmse <= MostNmse;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{contender.Name} {(nmse <= MostNmse ? "computes the same" : "DIFFERS")}, NMSE {nmse:0.0e-00}"));
        }

        return same;
    }

    private static int Time(string task, Sr3Configuration configuration, int threads, int rounds, List<ContenderProcess> contenders)
    {
        var times = contenders.ToDictionary(c => c.Name, _ => new RunTime[rounds]);
        for (var round = 0; round < rounds; round++)
            foreach (var contender in contenders)
            {
                Thread.Sleep(s_pause);
                times[contender.Name][round] = contender.Run(Part.Step);
            }

        var gflop = configuration.CostOf(configuration.TileSide, configuration.TileSide).Step.Flops / 1e9;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{task}: one step of {gflop:f0} GFLOP, fp32, {threads} threads, {rounds} rounds; ratios: ours to the other, medians of rounds"));
        foreach (var contender in contenders)
        {
            var (mine, theirs) = (times[Contenders.Ours], times[contender.Name]);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{contender.Name,-22} {Median(theirs.Select(t => t.Seconds)),7:f2} s  ratio {Median(mine.Zip(theirs, (a, b) => a.Seconds / b.Seconds)):f2}  of processor time {Median(mine.Zip(theirs, (a, b) => a.ProcessorSeconds / b.ProcessorSeconds)):f2}  peak {contender.PeakBytes() >> 20} MiB"));
        }

        return 0;
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The task's name in the script.</summary>
    private static string Config(string task) => task["sr3-".Length..].Replace('-', '_');

    private static int Number(string[] args, int at, int otherwise) => args.Length > at ? int.Parse(args[at], CultureInfo.InvariantCulture) : otherwise;

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
