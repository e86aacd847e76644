using SRKernels.Kernels;
using SRKernels.Kernels.Arithmetic;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Sampling;

namespace SRKernels.Models.ResShift;

/// <summary>ResShift's chain: from the shifted, noisy latent back, one posterior sample a step.</summary>
// Yue, Wang, Loy. ResShift. 2023. Equations 3 and 7: q(x_{t-1} | x_t, x_0, y_0); models/gaussian_diffusion.py:210 @3ce1d81.
internal sealed class ResidualShiftSampler(EtaSchedule schedule, InputScaling scaling) : IChain
{
    public int NetworkCalls => schedule.Steps;

    public IReadOnlyList<int> Timesteps => [.. schedule.TimestepMap.Reverse()];

    public int Draws => schedule.Steps + 1;

    public Tensor Run(KernelContext cx, Tensor zy, IDenoiser denoiser, ILatentNoise noise, Action<int>? stepDone = null)
    {
        var xt = SamplePrior(cx, zy, noise);
        for (var t = schedule.Steps - 1; t >= 0; t--)
        {
            using var x0 = scaling.PredictX0(cx, xt, t, denoiser);
            var previous = SamplePosterior(cx, xt, x0, t, noise);
            xt.Dispose();
            xt = previous;
            stepDone?.Invoke(schedule.Steps - t);
        }

        return xt;
    }

    // x_T = z_y + kappa sqrt(eta_T) n
    private Tensor SamplePrior(KernelContext cx, Tensor zy, ILatentNoise noise)
    {
        using var n = noise.Draw(cx, zy.Shape);
        return ResidualShift.PriorSample(cx, zy, n, schedule.PriorScale);
    }

    // x_{t-1} = eta_{t-1}/eta_t x_t + alpha_t/eta_t x_0 + sigma_t n; the draw at t = 0 is made, as upstream makes it, and has no effect.
    private Tensor SamplePosterior(KernelContext cx, Tensor xt, Tensor x0, int t, ILatentNoise noise)
    {
        using var n = noise.Draw(cx, xt.Shape);
        return ResidualShift.Step(
            cx, xt, x0, n, (float)schedule.PosteriorMeanXt[t], (float)schedule.PosteriorMeanX0[t], schedule.NoiseScale(t));
    }
}
