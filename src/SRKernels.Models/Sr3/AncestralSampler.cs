using SRKernels.Kernels;
using SRKernels.Kernels.Arithmetic;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Layers;
using SRKernels.Models.Sampling;

namespace SRKernels.Models.Sr3;

/// <summary>Predicts the noise in a picture, the condition already bound.</summary>
internal interface INoisePredictor
{
    /// <summary>eps, in the picture's shape.</summary>
    /// <param name="cx">Where it runs.</param>
    /// <param name="xt">The noisy picture.</param>
    /// <param name="step">Which step of the schedule: 0 is the last one.</param>
    Tensor Predict(KernelContext cx, Tensor xt, int step);
}

/// <summary>SR3's chain: from noise to the picture, one sample of q(x_{t-1} | x_t, x_0) a step.</summary>
// Saharia et al. Image super-resolution via iterative refinement. 2021. Algorithm 2; sr3_modules/diffusion.py: p_sample_loop @01d27a7.
internal sealed class AncestralSampler(DiffusionSchedule schedule)
{
    /// <summary>How often the network runs.</summary>
    public int NetworkCalls => schedule.Steps;

    /// <summary>How many pictures of noise one run takes: the start, and all steps that add some.</summary>
    public int Draws => 1 + Enumerable.Range(0, schedule.Steps).Count(schedule.Draws);

    /// <summary>The noise levels that the network is told, in the order of its calls.</summary>
    public float[] NoiseLevels => [.. schedule.NoiseLevel.Reverse().Select(level => (float)level)];

    /// <summary>Runs the chain from a state that it is in.</summary>
    /// <param name="cx">Where it runs; its trace sees x.tK, eps.tK and sample.t0.</param>
    /// <param name="xt">The state that enters the step; given back.</param>
    /// <param name="step">That step, counted down to 0.</param>
    /// <param name="predictor">The network.</param>
    /// <param name="noise">The draws from there on.</param>
    /// <param name="stepDone">Called after each network call with how many of the chain are done; may throw to cancel.</param>
    public Tensor Run(KernelContext cx, Tensor xt, int step, INoisePredictor predictor, ILatentNoise noise, Action<int>? stepDone = null)
    {
        for (var i = step; i >= 0; i--)
        {
            using var x0 = PredictX0(cx, xt, i, predictor);
            var previous = SamplePosterior(cx, xt, x0, i, noise);
            xt.Dispose();
            xt = previous;
            stepDone?.Invoke(schedule.Steps - i);
        }

        return xt.Traced(cx, "sample.t0");
    }

    // x_0 = sqrt(1/a) x_t - sqrt(1/a - 1) eps, clamped: a picture.
    private Tensor PredictX0(KernelContext cx, Tensor xt, int i, INoisePredictor predictor)
    {
        var t = schedule.Timesteps[i];
        xt.Traced(cx, $"x.t{t}");
        using var eps = predictor.Predict(cx, xt, i).Traced(cx, $"eps.t{t}");
        FiniteCheck.Check(cx, eps, $"the denoiser's prediction at step {t}");
        using var x0 = ResidualShift.Step(cx, xt, eps, noise: null, (float)schedule.RecipRoot[i], -(float)schedule.RecipRootLess1[i], sigma: 0);
        return Clamp.Apply(cx, x0, -1, 1);
    }

    // x_{t-1} = (c_1 x_0 + c_2 x_t) + sigma n: the weighted sum that residual shifting takes, too.
    private Tensor SamplePosterior(KernelContext cx, Tensor xt, Tensor x0, int i, ILatentNoise noise)
    {
        using var n = schedule.Draws(i) ? noise.Draw(cx, xt.Shape) : null;
        return ResidualShift.Step(cx, xt, x0, n, (float)schedule.MeanXt[i], (float)schedule.MeanX0[i], schedule.NoiseScale(i));
    }
}
