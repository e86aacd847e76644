using SRKernels.Kernels;
using SRKernels.Kernels.Arithmetic;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Sampling;

namespace SRKernels.Models.ResShift;

/// <summary>SinSR's deterministic chain: only the prior is drawn, each step mixes x_0, x_t and z_y.</summary>
// Wang et al. SinSR. 2024. Equation 5.
internal sealed class DeterministicSampler(EtaSchedule schedule, InputScaling scaling) : IChain
{
    public int NetworkCalls => schedule.Steps;

    public IReadOnlyList<int> Timesteps => [.. schedule.TimestepMap.Reverse()];

    public int Draws => 1;

    public Tensor Run(KernelContext cx, Tensor zy, IDenoiser denoiser, ILatentNoise noise, Action<int>? stepDone = null)
    {
        using var n = noise.Draw(cx, zy.Shape);
        var xt = ResidualShift.PriorSample(cx, zy, n, schedule.PriorScale);
        for (var t = schedule.Steps - 1; t >= 0; t--)
        {
            using var x0 = scaling.PredictX0(cx, xt, t, denoiser);
            var (k, m, j) = schedule.Deterministic(t);
            var previous = ResidualShift.Step(cx, xt, x0, zy, m, k, j);
            xt.Dispose();
            xt = previous;
            stepDone?.Invoke(schedule.Steps - t);
        }

        return xt;
    }
}
