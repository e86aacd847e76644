using SRKernels.Compilation.Analysis;
using SRKernels.Kernels.Gpu;

namespace SRKernels.Cli.Predicting;

/// <summary>A recorded launch and what the model says of it.</summary>
/// <param name="Launch">What was recorded.</param>
/// <param name="Work">What a group asks for.</param>
/// <param name="Time">How long it would take.</param>
internal sealed record PredictedLaunch(GpuLaunch Launch, GroupWork Work, LaunchPrediction Time)
{
    /// <summary>Its operations on tensor cores over what the GPU's peak would do in the time without the gap; 0..1.</summary>
    public double TensorShare(PublishedGpu gpu) =>
        2 * Work.TensorMultiplyAdds * Work.Warps * Launch.Shape.Grid.Count / (gpu.TensorTeraflops * 1e6 * (Time.Microseconds - Time.Gap));
}
