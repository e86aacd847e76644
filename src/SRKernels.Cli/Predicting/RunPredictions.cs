using System.Globalization;
using SRKernels.Compilation.Analysis;
using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Models;
using SRKernels.Models.Families;
using SRKernels.Models.Sampling;
using SRKernels.Models.Weights;

namespace SRKernels.Cli.Predicting;

/// <summary>The launches of a whole run on one GPU, stage by stage.</summary>
/// <param name="Gpu">The GPU.</param>
/// <param name="Encode">The encoder's.</param>
/// <param name="Steps">Those of all steps.</param>
/// <param name="Decode">The decoder's.</param>
internal sealed record RunPrediction(PublishedGpu Gpu, IReadOnlyList<PredictedLaunch> Encode, IReadOnlyList<PredictedLaunch> Steps, IReadOnlyList<PredictedLaunch> Decode);

/// <summary><c>srk kernels --report --run realsr</c>: the launches that the full-size model records for 64x64 to 256x256 pixels, with weights of zeros.</summary>
internal static class RunPredictions
{
    private const int Side = 64;
    private const string Task = "realsr-v1";
    private const int RecordedSteps = 15;
    private const int FewSteps = 4;

    public static IReadOnlyList<RunPrediction> Of(IReadOnlyList<LaunchPredictor> gpus, Precision precision, Action<string> progress)
    {
        progress("building the full-size model");
        using var model = ModelFamilies.Published(Task).Build(WeightScope.Zeros());
        List<RunPrediction> runs = [];
        foreach (var predictor in gpus)
        {
            progress($"{predictor.Gpu.Name}: recording and assembling");
            var recorder = new GpuRecorder(predictor.Info, precision);
            using var cx = new KernelContext(recorder, null);
            using var picture = recorder.Input(new Shape(1, Side, Side, 3));
            var (encoded, sampled) = (0, 0);
            model.Prepare(RecordedSteps).Run(cx, picture, null, new ZeroNoise(), (stage, step) =>
            {
                if (stage == UpscaleStage.Sample && step == 0) encoded = recorder.Launches.Count;
                if (stage == UpscaleStage.Decode) sampled = recorder.Launches.Count;
            }).Dispose();
            var launches = predictor.Predict(recorder, new CacheContents(predictor.Gpu.CacheBytes));
            runs.Add(new RunPrediction(predictor.Gpu, [.. launches.Take(encoded)], [.. launches.Take(sampled).Skip(encoded)], [.. launches.Skip(sampled)]));
        }

        return runs;
    }

    public static void Print(IReadOnlyList<RunPrediction> runs, Precision precision, TextWriter output)
    {
        output.WriteLine($"PREDICTION, NOT VALIDATED ON HARDWARE: the full-size model, {Side}x{Side} to {4 * Side}x{4 * Side} pixels, {precision}, launches replayed as a graph.");
        foreach (var run in runs)
        {
            output.WriteLine();
            output.WriteLine($"{run.Gpu.Name,-34}  {"launches",8}  {"encode ms",9}  {"step ms",8}  {"decode ms",9}  {$"{RecordedSteps} steps ms",11}  {$"{FewSteps} steps ms",10}  {"share",6}  bound by");
            var total = Whole(run, RecordedSteps, l => l.Time.Microseconds);
            foreach (var family in Families(run)) Row(family, Only(run, family));
            Row("all", run);
            var gaps = Whole(run, RecordedSteps, l => l.Time.Gap);
            var products = Whole(run, RecordedSteps, l => 2 * l.Work.TensorMultiplyAdds * l.Work.Warps * l.Launch.Shape.Grid.Count);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  of it gaps between launches: {gaps / 1e3:F2} ms; products on tensor cores at the published peak would take {products / run.Gpu.TensorTeraflops / 1e9:F2} ms"));

            void Row(string name, RunPrediction part) => output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name,-34}  {part.Encode.Count + part.Steps.Count + part.Decode.Count,8}  {Sum(part.Encode),9:F3}  {Sum(part.Steps) / RecordedSteps,8:F3}  {Sum(part.Decode),9:F3}  ")
                + string.Create(
                CultureInfo.InvariantCulture,
                $"{Whole(part, RecordedSteps, l => l.Time.Microseconds) / 1e3,11:F2}  {Whole(part, FewSteps, l => l.Time.Microseconds) / 1e3,10:F2}  {100 * Whole(part, RecordedSteps, l => l.Time.Microseconds) / total,4:F0} %  {Bounds(part)}"));
        }

        output.WriteLine();
        output.WriteLine("bound by: what the launches of most of the time wait for (src/SRKernels.Compilation/Analysis/README.md); every time holds the gaps between launches.");
    }

    public static void Json(IReadOnlyList<RunPrediction> runs, Precision precision, Stream output) =>
        PredictionJson.Write(output, precision, "gpus", runs, static (json, run) =>
        {
            json.WriteString("gpu", run.Gpu.Name);
            json.WriteNumber("encodeMilliseconds", Math.Round(Sum(run.Encode), 4));
            json.WriteNumber("stepMilliseconds", Math.Round(Sum(run.Steps) / RecordedSteps, 4));
            json.WriteNumber("decodeMilliseconds", Math.Round(Sum(run.Decode), 4));
            json.WriteNumber($"run{RecordedSteps}Milliseconds", Math.Round(Whole(run, RecordedSteps, l => l.Time.Microseconds) / 1e3, 4));
            json.WriteNumber($"run{FewSteps}Milliseconds", Math.Round(Whole(run, FewSteps, l => l.Time.Microseconds) / 1e3, 4));
            PredictionJson.Launches(json, "encode", run.Encode, run.Gpu);
            PredictionJson.Launches(json, "firstStep", run.Steps.Take(run.Steps.Count / RecordedSteps), run.Gpu);
            PredictionJson.Launches(json, "decode", run.Decode, run.Gpu);
        });

    private static IEnumerable<string> Families(RunPrediction run) =>
        run.Encode.Concat(run.Steps).Concat(run.Decode).GroupBy(FamilyOf).OrderByDescending(g => g.Sum(l => l.Time.Microseconds)).Select(g => g.Key);

    /// <summary><c>TensorConvolution.EightWarps</c> of <c>Space.TensorConvolutionKernels.EightWarps(0,1)</c>.</summary>
    private static string FamilyOf(PredictedLaunch launch)
    {
        var type = launch.Launch.Kernel.TypeName;
        return $"{type[(type.LastIndexOfAny(['.', '+']) + 1)..].Replace("Kernels", "", StringComparison.Ordinal)}.{launch.Launch.Kernel.MethodName}";
    }

    private static RunPrediction Only(RunPrediction run, string family)
    {
        return run with { Encode = Of(run.Encode), Steps = Of(run.Steps), Decode = Of(run.Decode) };

        PredictedLaunch[] Of(IReadOnlyList<PredictedLaunch> launches) => [.. launches.Where(l => FamilyOf(l) == family)];
    }

    private static double Sum(IReadOnlyList<PredictedLaunch> launches) => launches.Sum(l => l.Time.Microseconds) / 1e3;

    private static double Whole(RunPrediction run, int steps, Func<PredictedLaunch, double> of) =>
        run.Encode.Sum(of) + (run.Steps.Sum(of) * steps / RecordedSteps) + run.Decode.Sum(of);

    private static string Bounds(RunPrediction run)
    {
        var all = run.Encode.Concat(run.Steps).Concat(run.Decode).ToList();
        var total = all.Sum(l => l.Time.Microseconds);
        var byBound = all.GroupBy(l => l.Time.Bound, StringComparer.Ordinal).Select(g => (Bound: g.Key, Share: g.Sum(l => l.Time.Microseconds) / total)).OrderByDescending(b => b.Share).Take(2);
        return string.Join(", ", byBound.Where(b => b.Share >= 0.1).Select(b => string.Create(CultureInfo.InvariantCulture, $"{b.Bound} {100 * b.Share:F0} %")));
    }

    /// <summary>The launches do not depend on the values.</summary>
    private sealed class ZeroNoise : ILatentNoise
    {
        public Tensor Draw(KernelContext cx, Shape shape) => cx.Upload(new float[shape.Count], shape);
    }
}
