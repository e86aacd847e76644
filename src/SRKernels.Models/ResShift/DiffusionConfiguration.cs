using SRKernels.Models.Configuration;
using SRKernels.Runtime;

namespace SRKernels.Models.ResShift;

/// <summary>What a denoiser predicts.</summary>
internal enum Prediction
{
    /// <summary>The clean latent x0.</summary>
    Xstart,

    /// <summary>The noise that was added.</summary>
    Epsilon,
}

/// <summary>How the latents move from step to step.</summary>
internal enum SamplingRule
{
    /// <summary>ResShift's chain: the posterior mean plus fresh noise, at every step.</summary>
    Ancestral,

    /// <summary>SinSR's single step: the prediction at the last step is the result.</summary>
    OneStep,

    /// <summary>SinSR's deterministic chain: only the first draw is random.</summary>
    Ddim,
}

/// <summary>The noise schedule of residual shifting and how it is walked.</summary>
/// <remarks>Yue et al. ResShift. 2023. The schedule itself: exponential in the square root of eta, see the sampler.</remarks>
internal sealed record DiffusionConfiguration
{
    /// <summary>Steps of the full chain.</summary>
    public int Steps { get; init; } = 4;

    /// <summary>Exponent of the step index: how the schedule is bent.</summary>
    public double Power { get; init; } = 0.3;

    /// <summary>Noise left at the first step.</summary>
    public double MinNoiseLevel { get; init; } = 0.2;

    /// <summary>The square root of eta at the last step.</summary>
    public double EtasEnd { get; init; } = 0.99;

    /// <summary>Standard deviation of the noise at eta = 1.</summary>
    public double Kappa { get; init; } = 2;

    /// <summary>What the denoiser predicts.</summary>
    public Prediction Prediction { get; init; } = Prediction.Xstart;

    /// <summary>Whether the latent is divided by sqrt(kappa^2 eta + 1) before the denoiser sees it.</summary>
    public bool NormalizeInput { get; init; } = true;

    /// <summary>What latents are multiplied with after encoding and divided by before decoding.</summary>
    public double ScaleFactor { get; init; } = 1;

    /// <summary>Run only so many of the <see cref="Steps"/>, evenly chosen; null runs all.</summary>
    public int? Respacing { get; init; }

    /// <summary>How the latents move from step to step.</summary>
    public SamplingRule Sampling { get; init; } = SamplingRule.Ancestral;

    /// <summary>Checks that the numbers are possible and belong together; untrusted files come through here.</summary>
    /// <param name="who">The file or object, for the error.</param>
    /// <exception cref="SrkException">A number is out of range, or two contradict each other.</exception>
    public void Validate(string who)
    {
        var check = new ConfigurationRange($"{who}: diffusion");
        check.Within("steps", Steps, 2, 10_000);
        check.Within("power", Power, 1e-3, 100);
        check.Within("min_noise_level", MinNoiseLevel, 1e-6, 0.999);
        check.Within("etas_end", EtasEnd, 1e-3, 1);
        check.Within("kappa", Kappa, 1e-3, 1000);
        check.Within("scale_factor", ScaleFactor, 1e-3, 1000);
        if (Respacing is { } steps) check.Within("timestep_respacing", steps, 2, Steps);
    }
}
