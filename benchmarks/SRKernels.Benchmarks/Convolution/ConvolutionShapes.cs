using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Convolution;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Benchmarks.Convolution;

/// <summary>One convolution or linear layer of a network, and how often a stage runs it: a row of conv_shapes.csv.</summary>
internal sealed record LayerShape(
    string Model, string Stage, int Kernel, int In, int Out, int Stride, Conv2dPadding Padding, bool Upsample, int H, int W, int Count)
{
    public double Gflop => 2e-9 * Kernel * Kernel * In * Out * H * W;

    public static LayerShape[] Read(string path) =>
    [
        .. File.ReadLines(path).Skip(1).Select(line => line.Split(',')).Select(f => new LayerShape(
            f[0], f[1], Int(f[2]), Int(f[3]), Int(f[4]), Int(f[5]),
            f[6] == "br" ? Conv2dPadding.BottomRight : Conv2dPadding.Same, f[7] == "1", Int(f[8]), Int(f[9]), Int(f[10]))),
    ];

    public string Key => $"{Model},{Stage},{Kernel},{In},{Out},{Stride},{Upsample},{H},{W}";

    private static int Int(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}

/// <summary>
/// `conv-shapes [conv_shapes.csv] [--model full|tiny] [--repeat 5] [--threads 2] [--cpu-time] [--torch conv_torch.json] [--only TEXT]`:
/// times every layer, sums the stages, and compares with PyTorch's times of the same layers.
/// </summary>
internal static class ConvolutionShapes
{
    private static bool s_cpuTime;
    private static double s_firstCalls;
    private static double s_firstCall;

    public static int Run(string[] args)
    {
        var torch = Option(args, "--torch", "");
        var only = Option(args, "--only", "");
        var model = Option(args, "--model", "full");
        var repeat = int.Parse(Option(args, "--repeat", "5"), CultureInfo.InvariantCulture);
        var threads = int.Parse(Option(args, "--threads", "2"), CultureInfo.InvariantCulture);
        var path = Enum.Parse<ConvolutionPath>(Option(args, "--path", "Auto"));
        s_cpuTime = args.Contains("--cpu-time");
        var file = args.FirstOrDefault(a => a.EndsWith(".csv", StringComparison.Ordinal)) ?? "benchmarks/conv_shapes.csv";
        var rivals = torch.Length == 0 ? [] : ReadTorch(torch);
        using var cx = new KernelContext(ExecutionKind.Cpu, threads) { ForcedPath = path };
        var peak = PeakGflops() * threads;
        Console.WriteLine($"FMA loop: {peak:F1} GFLOP/s on {threads} threads, vectors of {cx.Width}, {(s_cpuTime ? "processor" : "wall")} time");
        Console.WriteLine("stage  layer                          count   GFLOP       ms  GFLOP/s  %peak   torch ms  ratio   first+");
        var totals = new Dictionary<string, (double Ours, double Theirs)>(StringComparer.Ordinal);
        foreach (var shape in LayerShape.Read(file).Where(s => s.Model == model && s.Key.Contains(only, StringComparison.Ordinal)))
        {
            var ms = Measure(cx, shape, repeat);
            var theirs = rivals.GetValueOrDefault(shape.Key, double.NaN);
            var sum = totals.GetValueOrDefault(shape.Stage);
            totals[shape.Stage] = (sum.Ours + (ms * shape.Count), sum.Theirs + (theirs * shape.Count));
            var name = $"{shape.Kernel}x{shape.Kernel}{(shape.Stride == 2 ? "/2" : "")}{(shape.Upsample ? " up" : "")} {shape.In}->{shape.Out} {shape.H}x{shape.W}";
            var rate = shape.Gflop / ms * 1e3;
            Console.WriteLine($"{shape.Stage,-6} {name,-30} {shape.Count,5} {shape.Gflop,7:F3} {ms,8:F3} {rate,8:F1} {100 * rate / peak,6:F1} {theirs,10:F3} {ms / theirs,6:F2} {s_firstCall,8:F1}");
        }

        foreach (var (stage, (ours, theirs)) in totals)
            Console.WriteLine($"{stage}: {ours:F1} ms, torch {theirs:F1} ms, ratio {ours / theirs:F3}");
        double Weighted(Func<(double Ours, double Theirs), double> pick) => totals.Sum(t => pick(t.Value) * (t.Key == "step" ? 4 : 1));
        var (all, allTheirs) = (Weighted(t => t.Ours), Weighted(t => t.Theirs));
        Console.WriteLine($"layers of 4 steps, encode and decode: {all:F1} ms, torch {allTheirs:F1} ms, ratio {all / allTheirs:F3}; scratch {cx.Scratch.HeldBytes >> 20} MiB");
        Console.WriteLine($"first calls took {s_firstCalls:F1} ms more: compilation, first touch of maps and scratch");
        return 0;
    }

    private static double Measure(KernelContext cx, LayerShape s, int repeat)
    {
        var random = new Random(1);
        var weights = new float[s.Out * s.In * s.Kernel * s.Kernel];
        for (var i = 0; i < weights.Length; i++) weights[i] = random.NextSingle() - 0.5f;
        using var w = Conv2dWeights.Pack(weights, new float[s.Out], s.Out, s.In, s.Kernel);
        var scale = s.Upsample ? 2 : 1;
        using var x = cx.Rent(1, s.H * s.Stride / scale, s.W * s.Stride / scale, s.In);
        for (var i = 0; i < x.Span.Length; i++) x.Span[i] = random.NextSingle() - 0.5f;
        var options = new Conv2dOptions { Stride = s.Stride, Padding = s.Padding, UpsampleInput = s.Upsample, Activation = Activation.None };
        var start = Now();
        Conv2d.Apply(cx, x, w, options).Dispose();
        var first = Now() - start;
        var best = double.MaxValue;
        var budget = Stopwatch.StartNew();
        for (var i = 0; i < repeat || (i < 20 * repeat && budget.ElapsedMilliseconds < 60); i++)
        {
            var begin = Now();
            Conv2d.Apply(cx, x, w, options).Dispose();
            best = Math.Min(best, Now() - begin);
        }

        s_firstCall = first - best;
        s_firstCalls += s_firstCall;
        return best;
    }

    private static double Now() => s_cpuTime
        ? Environment.CpuUsage.TotalTime.TotalMilliseconds
        : Stopwatch.GetTimestamp() * 1e3 / Stopwatch.Frequency;

    private static double PeakGflops()
    {
        var best = double.MaxValue;
        for (var i = 0; i < 40; i++)
        {
            var begin = Now();
            FmaPeak.Run(300_000);
            best = Math.Min(best, Now() - begin);
        }

        return 300_000.0 * FmaPeak.FlopsPerRound / best * 1e-6;
    }

    private static Dictionary<string, double> ReadTorch(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        var result = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var row in document.RootElement.GetProperty("rows").EnumerateArray())
        {
            string Text(string name) => row.GetProperty(name).GetString()!;
            var key = $"{Text("model")},{Text("stage")},{Text("kernel")},{Text("cin")},{Text("cout")},{Text("stride")},{Text("upsample") == "1"},{Text("h")},{Text("w")}";
            result[key] = row.GetProperty("ms").GetDouble();
        }

        return result;
    }

    private static string Option(string[] args, string name, string fallback)
    {
        var at = Array.IndexOf(args, name);
        return at < 0 ? fallback : args[at + 1];
    }
}
