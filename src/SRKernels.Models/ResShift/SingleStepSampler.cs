using SRKernels.Kernels;
using SRKernels.Kernels.Arithmetic;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Sampling;

namespace SRKernels.Models.ResShift;

/// <summary>SinSR in one step: the prediction at the noisiest time is the result.</summary>
// Wang et al. SinSR. 2024. Section 3.2.
internal sealed class SingleStepSampler(EtaSchedule schedule, InputScaling scaling) : IChain
{
    public int NetworkCalls => 1;

    public IReadOnlyList<int> Timesteps => [schedule.TimestepMap[^1]];

    public int Draws => 2;

    public Tensor Run(KernelContext cx, Tensor zy, IDenoiser denoiser, ILatentNoise noise, Action<int>? stepDone = null)
    {
        using var n = noise.Draw(cx, zy.Shape);
        using var xt = ResidualShift.PriorSample(cx, zy, n, schedule.PriorScale);
        var x0 = scaling.PredictX0(cx, xt, schedule.Steps - 1, denoiser);
        // Upstream draws once more without using it; the next picture's noise depends on that.
        noise.Draw(cx, zy.Shape).Dispose();
        stepDone?.Invoke(1);
        return x0;
    }
}
