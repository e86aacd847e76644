using System.Globalization;
using System.Runtime.InteropServices;
using SRKernels.Models.Measuring;
using SRKernels.Runtime;

namespace SRKernels.Benchmarks.Rivals;

/// <summary>
/// `rivals --config full|tiny --size 64 --steps 4 [--threads N] [--rounds 3] [--rivals onnxruntime,pytorch,pytorch-channels-last] [--python PATH]
/// [--cache FOLDER] [--seed N]`: ours beside ONNX Runtime and PyTorch on the same weights and inputs. First that all compute the same, then medians,
/// ratios and peak memory. A rival that cannot run is left out with the reason.
/// </summary>
/// <remarks>Each contender is a process of its own and runs alone: in every round each part goes through all of them in turn.</remarks>
internal static class RivalsCommand
{
    /// <summary>Most NMSE between two implementations of one network in fp32.</summary>
    private const double MostNmse = 1e-8;

    /// <summary>The same for whole runs, where single latents between two codes may take the other one.</summary>
    private const double MostNmseOfRuns = 1e-3;

    // Longer than any of their threads spins for more work: that would be the next contender's time.
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    public static int Run(string[] args)
    {
        try
        {
            return Run(RivalOptions.Parse(args));
        }
        catch (SrkException e)
        {
            Console.Error.WriteLine(e.Message);
            return 2;
        }
    }

    private static int Run(RivalOptions options)
    {
        Console.WriteLine(MachineFeatures.Describe());
        var peak = ProcessorPeaks.Measure(options.Threads).Flops / 1e9;
        var (from, to) = (options.Size, options.Size * RivalOptions.Scale);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{options.Config} model, {from}x{from} to {to}x{to}, {options.Steps} steps, fp32, {options.Threads} threads ({peak:f0} GFLOP/s), {options.Rounds} rounds"));
        var files = new RivalFiles(options);
        files.Prepare();
        var contenders = new List<ContenderProcess> { ContenderProcess.StartOwn(Contenders.Ours, options) };
        try
        {
            contenders.AddRange(StartRivals(options, files));
            var same = Verify(contenders, files);
            RivalsTable.Print(Time(contenders, options.Rounds), contenders);
            return same ? 0 : 1;
        }
        finally
        {
            foreach (var contender in contenders) contender.Dispose();
        }
    }

    private static IEnumerable<ContenderProcess> StartRivals(RivalOptions options, RivalFiles files)
    {
        var python = PythonWithTorch.Find(options.Python, out var reason);
        foreach (var name in options.Rivals)
        {
            ContenderProcess? rival = null;
            try
            {
                if (name == Contenders.OnnxRuntime)
                {
                    Export(options, files, python, reason);
                    rival = ContenderProcess.StartOwn(name, options);
                }
                else rival = StartTorch(name, options, files, python, reason);
            }
            catch (SrkException e)
            {
                Console.WriteLine($"skipped {name}: {e.Message}");
            }

            if (rival is not null) yield return rival;
        }
    }

    private static void Export(RivalOptions options, RivalFiles files, PythonWithTorch? python, string reason)
    {
        if (files.HasGraphs) return;
        if (python is null) throw new SrkException("its graphs", "PyTorch to write them", "none", reason);
        Console.WriteLine($"exporting to {files.Graphs}");
        python.RunScript("export_onnx.py", ["--config", options.Config, "--weights", files.Weights, "--size", $"{options.Size}", "--out", files.Graphs]);
    }

    private static ContenderProcess StartTorch(string name, RivalOptions options, RivalFiles files, PythonWithTorch? python, string reason)
    {
        if (python is null) throw new SrkException(name, "a Python with PyTorch", "none", reason);
        string[] layout = name == Contenders.PyTorchChannelsLast ? ["--channels-last"] : [];
        return ContenderProcess.Start(name, python.Path,
        [
            Path.Combine(RivalFiles.Scripts, "rival_torch.py"), "--config", options.Config, "--weights", files.Weights, "--inputs", files.Inputs,
            "--size", $"{options.Size}", "--steps", $"{options.Steps}", "--threads", $"{options.Threads}", "--seed", $"{options.Seed}", .. layout,
        ]);
    }

    /// <summary>Holds each rival's results against ours; the runs warm everyone up.</summary>
    private static bool Verify(List<ContenderProcess> contenders, RivalFiles files)
    {
        var same = true;
        foreach (var part in Parts.All)
        {
            float[] ours = [];
            foreach (var contender in contenders)
            {
                contender.Run(part);
                var path = Path.Combine(files.Inputs, $"{contender.Name}.{part.Name()}.f32");
                contender.Write(path);
                var result = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(path)).ToArray();
                File.Delete(path);
                if (contender.Name == Contenders.Ours)
                {
                    ours = result;
                    continue;
                }

                var nmse = Nmse(ours, result);
                var isSame = nmse <= (part == Part.Whole ? MostNmseOfRuns : MostNmse);
                same &= isSame;
                var verdict = isSame ? "computes the same" : "DIFFERS";
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{part.Name()}: {contender.Name} {verdict}, NMSE {nmse:0.0e-00}"));
            }
        }

        return same;
    }

    private static Dictionary<(string Name, Part Part), RunTime[]> Time(List<ContenderProcess> contenders, int rounds)
    {
        var times = new Dictionary<(string, Part), RunTime[]>();
        foreach (var contender in contenders)
            foreach (var part in Parts.All) times[(contender.Name, part)] = new RunTime[rounds];
        for (var round = 0; round < rounds; round++)
            foreach (var part in Parts.All)
                foreach (var contender in contenders)
                {
                    Thread.Sleep(s_pause);
                    times[(contender.Name, part)][round] = contender.Run(part);
                }

        return times;
    }

    /// <summary>The squared difference as a share of the square; infinite where the lengths differ or something is no number.</summary>
    private static double Nmse(float[] ours, float[] theirs)
    {
        if (ours.Length != theirs.Length) return double.PositiveInfinity;
        var (difference, square) = (0.0, 0.0);
        for (var i = 0; i < ours.Length; i++)
        {
            difference += Math.Pow((double)ours[i] - theirs[i], 2);
            square += Math.Pow(ours[i], 2);
        }

        return double.IsFinite(difference) ? difference / square : double.PositiveInfinity;
    }
}
