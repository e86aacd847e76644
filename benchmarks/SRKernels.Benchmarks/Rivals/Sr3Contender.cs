using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using SRKernels.Kernels;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Sr3;
using SRKernels.Models.Weights;

namespace SRKernels.Benchmarks.Rivals;

/// <summary>
/// One step of SR3 in a process of its own, by us or by ONNX Runtime; speaks as <see cref="ContenderLoop"/> does, of one part.
/// `sr3-contender ours|onnxruntime TASK FOLDER THREADS`
/// </summary>
internal static class Sr3Contender
{
    public static int Run(string[] args)
    {
        var (configuration, folder, threads) = (Sr3StepCommand.ConfigurationOf(args[1]), args[2], int.Parse(args[3], CultureInfo.InvariantCulture));
        var input = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(folder, "input.f32"))).ToArray();
        var step = args[0] == Contenders.OnnxRuntime ? Onnx(folder, input, configuration.ImageSize, threads) : Ours(folder, input, configuration, threads);
        Console.WriteLine("ready 0");
        using var process = Process.GetCurrentProcess();
        float[] result = [];
        while (Console.ReadLine()?.Split(' ', 2) is { } words)
        {
            if (words[0] == "quit") return 0;
            if (words[0] == "run")
            {
                process.Refresh();
                var processor = process.TotalProcessorTime;
                var clock = Stopwatch.StartNew();
                result = step();
                var seconds = clock.Elapsed.TotalSeconds;
                process.Refresh();
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ok {seconds} {(process.TotalProcessorTime - processor).TotalSeconds}"));
                continue;
            }

            if (words[0] == "write") File.WriteAllBytes(words[1], MemoryMarshal.AsBytes(result.AsSpan()));
            Console.WriteLine($"ok {MachineFeatures.PeakResidentBytes() >> 10}");
        }

        return 0;
    }

    private static Func<float[]> Ours(string folder, float[] input, Sr3Configuration c, int threads)
    {
        var cx = new KernelContext(ExecutionKind.Cpu, threads);
        using var file = SafetensorsFile.Open(Path.Combine(folder, "weights.safetensors"));
        var network = new Sr3UNet(new WeightScope(file)["denoise_fn"], c);
        var condition = RivalFiles.FromPlanes(cx, input.AsSpan(0, input.Length / 2), c.ImageSize);
        var x = RivalFiles.FromPlanes(cx, input.AsSpan(input.Length / 2), c.ImageSize);
        return () =>
        {
            using var time = network.TimeOf(cx, [Sr3StepCommand.NoiseLevel]);
            using var result = network.Forward(cx, condition, x, time);
            return RivalFiles.Planes(result);
        };
    }

    private static Func<float[]> Onnx(string folder, float[] input, int side, int threads)
    {
        using var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL, IntraOpNumThreads = threads, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        var session = new InferenceSession(Path.Combine(folder, "step.onnx"), options);
        var run = new RunOptions();
        return () =>
        {
            using var x = OrtValue.CreateTensorValueFromMemory(input, [1, 6, side, side]);
            using var level = OrtValue.CreateTensorValueFromMemory([Sr3StepCommand.NoiseLevel], [1]);
            using var outputs = session.Run(run, ["x", "level"], [x, level], ["y"]);
            return outputs[0].GetTensorDataAsSpan<float>().ToArray();
        };
    }
}
