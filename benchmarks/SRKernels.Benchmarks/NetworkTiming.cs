using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using SRKernels.Benchmarks.Rivals;
using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Convolution;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Recognition;

namespace SRKernels.Benchmarks;

/// <summary>
/// Networks that run once: <c>network MODEL SIDE ROUNDS THREADS [OUTPUT]</c> runs one on a square by formula, which <c>benchmarks/peers/esrgan_torch.py</c> runs too, and
/// says the shortest time and processor time; <c>network dense SIDE ROUNDS THREADS</c> runs a dense block of RRDB that grows in place and one that joins copies, in turn.
/// </summary>
internal static class NetworkTiming
{
    private const int Features = 64, Growth = 32, Convolutions = 5;

    public static int Run(string[] args)
    {
        switch (args)
        {
            case ["dense", var side, var rounds, var threads]:
                Dense(Number(side), Number(rounds), Number(threads));
                return 0;
            case [var model, var side, var rounds, var threads, ..]:
                Network(model, Number(side), Number(rounds), Number(threads), args.Length > 4 ? args[4] : null);
                return 0;
            default:
                Console.Error.WriteLine("network: MODEL SIDE ROUNDS THREADS [OUTPUT], or dense SIDE ROUNDS THREADS");
                return 2;
        }
    }

    private static void Network(string path, int side, int rounds, int threads, string? output)
    {
        using var files = ModelFiles.Open(path);
        using var model = files.Read().Model;
        using var cx = new KernelContext(ExecutionKind.Cpu, threads);
        var values = new float[side * side * 3];
        for (var i = 0; i < values.Length; i++) values[i] = (float)((2 * (i * 0.6180339887498949 % 1)) - 1);
        using var tile = cx.Upload(values, new Shape(1, side, side, 3));
        var run = model.Prepare(null);
        var best = (Wall: double.MaxValue, Processor: double.MaxValue);
        for (var round = 0; round <= rounds; round++)
        {
            var (wall, processor) = Timed(() => run.Run(cx, tile, null, null!, (_, _) => { }), y =>
            {
                if (round == 0 && output is not null) File.WriteAllBytes(output, MemoryMarshal.AsBytes(y.Span).ToArray());
            });
            if (round > 0) best = (Math.Min(best.Wall, wall), Math.Min(best.Processor, processor));
        }

        var flops = model.Configuration.CostOf(side, side).Flops(1);
        Console.WriteLine(
            $"{{\"model\": \"{Path.GetFileName(path)}\", \"side\": {side}, \"best_s\": {Text(best.Wall)}, \"processor_s\": {Text(best.Processor)}, \"gflops\": {Text(flops / best.Wall / 1e9)}, \"peak_mib\": {MachineFeatures.PeakResidentBytes() >> 20}}}");
    }

    private static void Dense(int side, int rounds, int threads)
    {
        using var cx = new KernelContext(ExecutionKind.Cpu, threads);
        var layers = Enumerable.Range(0, Convolutions).Select(Layer).ToArray();
        var shape = new Shape(1, side, side, Features);
        var all = Features + ((Convolutions - 1) * Growth);
        using var x = cx.Upload(Values((int)shape.Count), shape);
        using var map = cx.Upload(Values((int)shape.WithChannels(all).Count), shape.WithChannels(all));
        var (inPlace, joined) = (double.MaxValue, double.MaxValue);
        for (var round = 0; round <= rounds; round++)
        {
            inPlace = Math.Min(inPlace, Timed(() => InPlace(cx, map, layers), _ => { }).Processor);
            joined = Math.Min(joined, Timed(() => Joined(cx, x, layers), _ => { }).Processor);
        }

        Console.WriteLine($"{{\"dense_block\": {side}, \"in_place_s\": {Text(inPlace)}, \"joined_s\": {Text(joined)}, \"ratio\": {Text(inPlace / joined)}}}");
        foreach (var layer in layers) layer.Dispose();
    }

    private static Tensor InPlace(KernelContext cx, Tensor map, Conv2dWeights[] layers)
    {
        for (var i = 0; i < Convolutions - 1; i++)
            Conv2d.ApplyInto(cx, map, layers[i], map, Features + (i * Growth), new Conv2dOptions { ReadsPrefix = true, Activation = Activation.LeakyRelu });
        return Conv2d.Apply(cx, map, layers[^1], new Conv2dOptions { Residual = map });
    }

    private static Tensor Joined(KernelContext cx, Tensor x, Conv2dWeights[] layers)
    {
        var h = x;
        for (var i = 0; i < Convolutions - 1; i++)
        {
            using var grown = Conv2d.Apply(cx, h, layers[i], new Conv2dOptions { Activation = Activation.LeakyRelu });
            var next = Concat.Apply(cx, h, grown);
            if (h != x) h.Dispose();
            h = next;
        }

        var y = Conv2d.Apply(cx, h, layers[^1], new Conv2dOptions { Residual = x });
        h.Dispose();
        return y;
    }

    private static Conv2dWeights Layer(int i)
    {
        var (from, to) = (Features + (i * Growth), i < Convolutions - 1 ? Growth : Features);
        var slopes = new float[to];
        Array.Fill(slopes, 0.2f);
        return Conv2dWeights.Pack(Values(to * from * 9), Values(to), to, from, 3, slopes);
    }

    private static (double Wall, double Processor) Timed(Func<Tensor> run, Action<Tensor> see)
    {
        var (clock, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        using var y = run();
        var times = (clock.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
        see(y);
        return times;
    }

    private static float[] Values(int count)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++) values[i] = (float)((i * 0.6180339887498949 % 1) - 0.5) * 0.05f;
        return values;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
