using SRKernels.Runtime;

namespace SRKernels.Models.ResShift;

/// <summary>
/// The noise levels of a residual-shifting chain and all that follows from them, in float64, indexed by step (0 is the last step run).
/// </summary>
/// <remarks>
/// sqrt_eta_i = e0 b^((i/(T-1))^p (T-1)) with e0 = min(m/kappa, m) and b = (eta_end/e0)^(1/(T-1)). Respacing keeps some of the
/// sqrt_eta and computes the rest anew from them.
/// </remarks>
// Yue, Wang, Loy. ResShift: efficient diffusion model for image super-resolution by residual shifting. 2023. Section 3.2, equations 4 to 7.
internal sealed class EtaSchedule
{
    private EtaSchedule(double[] sqrtEta, int[] timestepMap, double kappa)
    {
        Kappa = kappa;
        TimestepMap = timestepMap;
        SqrtEta = sqrtEta;
        Eta = Array.ConvertAll(sqrtEta, x => x * x);
        EtaPrevious = [0, .. Eta[..^1]];
        Alpha = Each(t => Eta[t] - EtaPrevious[t]);
        PosteriorVariance = Each(t => kappa * kappa * EtaPrevious[t] / Eta[t] * Alpha[t]);
        PosteriorVarianceClipped = [PosteriorVariance[1], .. PosteriorVariance[1..]];
        PosteriorLogVariance = Array.ConvertAll(PosteriorVarianceClipped, Math.Log);
        PosteriorMeanXt = Each(t => EtaPrevious[t] / Eta[t]);
        PosteriorMeanX0 = Each(t => Alpha[t] / Eta[t]);
    }

    /// <summary>How many steps.</summary>
    public int Steps => SqrtEta.Length;

    /// <summary>The noise's strength kappa.</summary>
    public double Kappa { get; }

    /// <summary>The time that the network is told at each step: the step's index before respacing.</summary>
    public IReadOnlyList<int> TimestepMap { get; }

    /// <summary>sqrt(eta_t).</summary>
    public double[] SqrtEta { get; }

    /// <summary>eta_t: how far the residual is shifted in.</summary>
    public double[] Eta { get; }

    /// <summary>eta_(t-1), 0 before the first.</summary>
    public double[] EtaPrevious { get; }

    /// <summary>alpha_t = eta_t - eta_(t-1).</summary>
    public double[] Alpha { get; }

    /// <summary>kappa^2 eta_(t-1) / eta_t alpha_t.</summary>
    public double[] PosteriorVariance { get; }

    /// <summary>The posterior variance with element 0 replaced by element 1.</summary>
    public double[] PosteriorVarianceClipped { get; }

    /// <summary>Natural logarithm of the clipped posterior variance.</summary>
    public double[] PosteriorLogVariance { get; }

    /// <summary>The weight of x_t in the posterior mean.</summary>
    public double[] PosteriorMeanXt { get; }

    /// <summary>The weight of the predicted x_0 in the posterior mean.</summary>
    public double[] PosteriorMeanX0 { get; }

    /// <summary>Computes the schedule.</summary>
    /// <param name="steps">T, at least 2.</param>
    /// <param name="power">p: the bend of the exponential.</param>
    /// <param name="minNoiseLevel">m: the noise of the first step.</param>
    /// <param name="etasEnd">The last sqrt(eta).</param>
    /// <param name="kappa">The noise's strength.</param>
    /// <param name="respacedSteps">How many of the steps to keep, or null for all.</param>
    /// <exception cref="SrkException">A number that no schedule can be made of.</exception>
    public static EtaSchedule Create(
        int steps, double power, double minNoiseLevel, double etasEnd, double kappa, int? respacedSteps = null)
    {
        if (steps < 2) throw Bad("at least 2 steps", steps);
        if (respacedSteps is { } kept && (kept < 2 || kept > steps)) throw Bad($"2 to {steps} steps kept", kept);
        if (!(kappa > 0) || !double.IsFinite(kappa)) throw Bad("a positive kappa", kappa);
        if (!(minNoiseLevel > 0) || !double.IsFinite(minNoiseLevel)) throw Bad("a positive least noise", minNoiseLevel);
        if (!(power > 0) || !double.IsFinite(power)) throw Bad("a positive power", power);
        var first = Math.Min(minNoiseLevel / kappa, minNoiseLevel);
        if (!(etasEnd > first) || !(etasEnd <= 1)) throw Bad($"a last sqrt(eta) between {first} and 1", etasEnd);

        var growth = Math.Exp(Math.Log(etasEnd / first) / (steps - 1));
        var all = new double[steps];
        for (var i = 0; i < steps; i++)
            all[i] = first * Math.Pow(growth, Math.Pow((double)i / (steps - 1), power) * (steps - 1));

        var count = respacedSteps ?? steps;
        var map = new int[count];
        for (var j = 0; j < count; j++) map[j] = (int)((double)steps / count * j);
        return new EtaSchedule(Array.ConvertAll(map, i => all[i]), map, kappa);
    }

    // What a step multiplies fp32 tensors with: each a float64 table value cast by itself, further arithmetic in fp32.

    internal float PriorScale => (float)(Kappa * SqrtEta[^1]);

    internal float InputDivisor(int t) => MathF.Sqrt(((float)Eta[t] * (float)(Kappa * Kappa)) + 1);

    internal float NoiseScale(int t) => t == 0 ? 0 : MathF.Exp(0.5f * (float)PosteriorLogVariance[t]);

    /// <summary>The weights of x_0, x_t and z_y in SinSR's deterministic step; fp32 square roots of the fp64 products.</summary>
    // Wang et al. SinSR: diffusion-based image super-resolution in a single step. 2024. Equation 5.
    internal (float X0, float Xt, float Y) Deterministic(int t)
    {
        var cross = MathF.Sqrt((float)(EtaPrevious[t] * Eta[t]));
        var keep = MathF.Sqrt((float)(EtaPrevious[t] / Eta[t]));
        var previous = (float)EtaPrevious[t];
        return (1 - previous + cross - keep, keep, previous - cross);
    }

    private static SrkException Bad(string expected, object got) =>
        new("EtaSchedule", expected, $"{got}", "correct the diffusion configuration");

    private double[] Each(Func<int, double> value) => [.. Enumerable.Range(0, Steps).Select(value)];
}
