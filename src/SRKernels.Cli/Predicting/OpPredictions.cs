using System.Globalization;
using SRKernels.Compilation.Analysis;
using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Models.Measuring;

namespace SRKernels.Cli.Predicting;

/// <summary>What the model says of one op on one GPU.</summary>
/// <param name="Case">The op.</param>
/// <param name="Gpu">The GPU.</param>
/// <param name="Launches">Its launches.</param>
internal sealed record OpPrediction(OpCase Case, PublishedGpu Gpu, IReadOnlyList<PredictedLaunch> Launches)
{
    /// <summary>Microseconds of all its launches.</summary>
    public double Microseconds => Launches.Sum(l => l.Time.Microseconds);
}

/// <summary><c>srk kernels --report --run ops</c>: each op of the full-size model for itself, activations in the second-level cache, weights in memory.</summary>
internal static class OpPredictions
{
    public static IReadOnlyList<OpPrediction> Of(IReadOnlyList<LaunchPredictor> gpus, IReadOnlyList<OpCase> cases, Precision precision, Action<string> progress)
    {
        List<OpPrediction> predictions = [];
        foreach (var predictor in gpus)
        {
            progress($"{predictor.Gpu.Name}: recording and assembling");
            List<(OpCase Case, GpuRecorder Recording)> recorded = [];
            foreach (var op in cases)
            {
                var recorder = new GpuRecorder(predictor.Info, precision);
                using var cx = new KernelContext(recorder, null);
                op.Prepare(cx, false)().Dispose();
                recorded.Add((op, recorder));
            }

            predictor.Assemble(recorded.SelectMany(r => r.Recording.Launches).Select(l => l.Kernel));
            foreach (var (op, recording) in recorded)
            {
                var cache = new CacheContents(predictor.Gpu.CacheBytes);
                foreach (var place in recording.Places)
                    if (place.Content is not null) cache.Touch(place, place.Bytes, write: true);
                predictions.Add(new OpPrediction(op, predictor.Gpu, predictor.Predict(recording, cache)));
            }
        }

        return predictions;
    }

    public static void Print(IReadOnlyList<OpPrediction> predictions, Precision precision, TextWriter output)
    {
        var width = predictions.Max(p => p.Case.Name.Length);
        PublishedGpu[] gpus = [.. predictions.Select(p => p.Gpu).Distinct()];
        output.WriteLine($"PREDICTION, NOT VALIDATED ON HARDWARE: each op at {precision} for itself, weights from memory, activations in the second-level cache.");
        output.WriteLine();
        output.WriteLine("op".PadRight(width) + string.Concat(gpus.Select(g => $"  | {g.Name,-32}")));
        output.WriteLine(new string(' ', width) + string.Concat(gpus.Select(_ => $"  | {"us",8} {"bound",8} {"peak",6} {"waves",6}")));
        foreach (var op in predictions.GroupBy(p => p.Case))
        {
            output.Write(op.Key.Name.PadRight(width));
            foreach (var prediction in op) output.Write("  | " + Cells(prediction));
            output.WriteLine();
        }

        output.WriteLine();
        output.WriteLine("us: all launches of the op with the gaps between them. bound: what its longest launch waits for (see src/SRKernels.Compilation/Analysis/README.md).");
        output.WriteLine("peak: its products over the GPU's published tensor peak, gaps left out. waves: groups over those resident at once. ~: loops of the machine code could not be paired.");
    }

    public static void Json(IReadOnlyList<OpPrediction> predictions, Precision precision, Stream output) =>
        PredictionJson.Write(output, precision, "ops", predictions, static (json, prediction) =>
        {
            json.WriteString("op", prediction.Case.Name);
            json.WriteString("gpu", prediction.Gpu.Name);
            json.WriteNumber("microseconds", Math.Round(prediction.Microseconds, 2));
            PredictionJson.Launches(json, "launches", prediction.Launches, prediction.Gpu);
        });

    private static string Cells(OpPrediction prediction)
    {
        var longest = prediction.Launches.MaxBy(l => l.Time.Microseconds)!;
        var share = longest.TensorShare(prediction.Gpu);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{prediction.Microseconds,7:F1}{(prediction.Launches.All(l => l.Work.IsPaired) ? ' ' : '~')} {longest.Time.Bound,8} {(share == 0 ? "" : $"{100 * share:F0} %"),6} {longest.Time.Waves,6:F2}");
    }
}
