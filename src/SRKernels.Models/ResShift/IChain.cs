using SRKernels.Kernels;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Sampling;

namespace SRKernels.Models.ResShift;

/// <summary>A way from the low-quality picture's latent to the restored one's.</summary>
internal interface IChain
{
    /// <summary>How often the network runs.</summary>
    int NetworkCalls { get; }

    /// <summary>The times of the network's calls, in their order.</summary>
    IReadOnlyList<int> Timesteps { get; }

    /// <summary>How many latents of noise one run takes.</summary>
    int Draws { get; }

    /// <summary>Runs the chain; the latent stays the caller's.</summary>
    /// <param name="cx">Where it runs; its trace sees x.tK, x_scaled.tK and pred_xstart.tK.</param>
    /// <param name="zy">The low-quality picture's latent, [n, h, w, c].</param>
    /// <param name="denoiser">Predicts the clean latent.</param>
    /// <param name="noise">The draws.</param>
    /// <param name="stepDone">Called after each network call with how many are done; may throw to cancel.</param>
    Tensor Run(KernelContext cx, Tensor zy, IDenoiser denoiser, ILatentNoise noise, Action<int>? stepDone = null);
}

/// <summary>Which chain a configuration asks for.</summary>
internal static class Chain
{
    public static IChain Create(DiffusionConfiguration d)
    {
        var schedule = EtaSchedule.Create(d.Steps, d.Power, d.MinNoiseLevel, d.EtasEnd, d.Kappa, d.Respacing);
        var scaling = new InputScaling(schedule, d.NormalizeInput);
        return d.Sampling switch
        {
            SamplingRule.OneStep => new SingleStepSampler(schedule, scaling),
            SamplingRule.Ddim => new DeterministicSampler(schedule, scaling),
            _ => new ResidualShiftSampler(schedule, scaling),
        };
    }
}
