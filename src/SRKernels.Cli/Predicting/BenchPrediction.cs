using SRKernels.Compilation.Analysis;
using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Models.Measuring;
using SRKernels.Runtime;

namespace SRKernels.Cli.Predicting;

/// <summary><c>srk bench --predict</c>: what the timing model says of the ops on the GPU that they are timed on.</summary>
internal static class BenchPrediction
{
    /// <summary>Microseconds by op.</summary>
    public static Dictionary<OpCase, double> Of(GpuEngine? engine, OpCase[] cases, Precision precision)
    {
        var name = engine?.Device.Info.Name ?? "cpu";
        var gpu = engine?.Device.Info.Kind == DeviceKind.Cuda ? PublishedGpu.All.FirstOrDefault(g => name.Contains(g.Model, StringComparison.OrdinalIgnoreCase)) : null;
        if (gpu is null) throw new SrkException("--predict", $"one of {string.Join(", ", PublishedGpu.All.Select(g => g.Model))}, whose figures are published", $"'{name}'", "leave --predict out");
        return OpPredictions.Of([new LaunchPredictor(gpu)], cases, precision, Terminal.Line).ToDictionary(p => p.Case, p => p.Microseconds);
    }
}
