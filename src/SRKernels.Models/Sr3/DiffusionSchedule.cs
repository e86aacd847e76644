using SRKernels.Runtime;

namespace SRKernels.Models.Sr3;

/// <summary>
/// All that a chain multiplies with, in float64, indexed by step (0 is the last step run): of every step of training, or of some of them.
/// </summary>
/// <remarks>
/// With a = the product of all 1 - beta up to t, ap = that of the step kept before (1 for none), beta = 1 - a/ap:
/// x_0 = sqrt(1/a) x_t - sqrt(1/a - 1) eps;  sigma^2 = eta^2 beta (1 - ap) / (1 - a);
/// x_{t-1} = sqrt(ap) x_0 + sqrt(1 - ap - sigma^2) (x_t - sqrt(a) x_0) / sqrt(1 - a) + sigma n, sorted by x_0 and x_t. The noise that the second term takes is that of
/// the clamped x_0. With eta 1 these are the posterior's mean and variance, so all steps kept with eta 1 is upstream's own chain; with eta 0 no noise is added.
/// </remarks>
// Ho et al. 2020, equations 6 and 7; Song, Meng, Ermon. Denoising diffusion implicit models. 2021, equations 12 and 16; spec §11b.
internal sealed class DiffusionSchedule
{
    private const double LeastVariance = 1e-20;

    private DiffusionSchedule(double[] betas, int[] timesteps, double eta)
    {
        var all = new double[betas.Length];
        for (var t = 0; t < all.Length; t++) all[t] = (t == 0 ? 1 : all[t - 1]) * (1 - betas[t]);
        if (!(all[^1] > 0))
            throw Bad("a schedule that leaves some of the picture in its last step", "one that leaves nothing, from which no noise can be told");
        (Timesteps, Eta) = (timesteps, eta);
        AlphaBar = Array.ConvertAll(timesteps, t => all[t]);
        AlphaBarPrevious = [1, .. AlphaBar[..^1]];
        // Where no step is left out, training's own numbers, not what their products' quotients come to.
        Beta = Each(i => timesteps[i] == (i == 0 ? 0 : timesteps[i - 1] + 1) ? betas[timesteps[i]] : 1 - (AlphaBar[i] / AlphaBarPrevious[i]));
        NoiseLevel = Each(i => Math.Sqrt(AlphaBar[i]));
        RecipRoot = Each(i => Math.Sqrt(1 / AlphaBar[i]));
        RecipRootLess1 = Each(i => Math.Sqrt((1 / AlphaBar[i]) - 1));
        PosteriorVariance = Each(i => Beta[i] * (1 - AlphaBarPrevious[i]) / (1 - AlphaBar[i]));
        LogVariance = Each(i => Math.Log(Math.Max(eta * eta * PosteriorVariance[i], LeastVariance)));
        // 1 - ap - sigma^2 without its cancellation: (1 - ap) ((1 - eta^2) beta + (1 - beta) (1 - ap)) / (1 - a).
        MeanXt = Each(i => eta == 1
            ? (1 - AlphaBarPrevious[i]) * Math.Sqrt(1 - Beta[i]) / (1 - AlphaBar[i])
            : Math.Sqrt((1 - AlphaBarPrevious[i]) * (((1 - (eta * eta)) * Beta[i]) + ((1 - Beta[i]) * (1 - AlphaBarPrevious[i])))) / (1 - AlphaBar[i]));
        MeanX0 = Each(i => eta == 1
            ? Beta[i] * Math.Sqrt(AlphaBarPrevious[i]) / (1 - AlphaBar[i])
            : Math.Sqrt(AlphaBarPrevious[i]) - (Math.Sqrt(AlphaBar[i]) * MeanXt[i]));
    }

    /// <summary>How many steps are run.</summary>
    public int Steps => Timesteps.Length;

    /// <summary>The step of training that each is.</summary>
    public int[] Timesteps { get; }

    /// <summary>1: the noise of the posterior; 0: none.</summary>
    public double Eta { get; }

    /// <summary>beta between the kept steps.</summary>
    public double[] Beta { get; }

    /// <summary>a: how much of the picture's power is left.</summary>
    public double[] AlphaBar { get; }

    /// <summary>ap: how much is left one step nearer to the picture.</summary>
    public double[] AlphaBarPrevious { get; }

    /// <summary>sqrt(a), which the network is told.</summary>
    public double[] NoiseLevel { get; }

    /// <summary>The weight of x_t in the prediction of x_0.</summary>
    public double[] RecipRoot { get; }

    /// <summary>The weight of the predicted noise in it, to be subtracted.</summary>
    public double[] RecipRootLess1 { get; }

    /// <summary>beta (1 - ap) / (1 - a).</summary>
    public double[] PosteriorVariance { get; }

    /// <summary>Natural logarithm of sigma^2, of 1e-20 at least.</summary>
    public double[] LogVariance { get; }

    /// <summary>The weight of x_0 in the mean.</summary>
    public double[] MeanX0 { get; }

    /// <summary>The weight of x_t in the mean.</summary>
    public double[] MeanXt { get; }

    /// <summary>Whether a step draws noise: none at the end, nor where there is none to add.</summary>
    public bool Draws(int i) => i > 0 && Eta > 0;

    /// <summary>Computes the schedule.</summary>
    /// <param name="noise">That of training.</param>
    /// <param name="steps">How many steps to keep; null: all. The first and the last are among them, the others evenly between.</param>
    /// <param name="eta">0 to 1.</param>
    /// <exception cref="SrkException">A number that no chain can be made of.</exception>
    public static DiffusionSchedule Create(NoiseSchedule noise, int? steps = null, double eta = 1)
    {
        var (all, kept) = (noise.Steps, steps ?? noise.Steps);
        if (kept < 1 || kept > all) throw Bad($"1 to {all} steps", $"{kept}");
        if (!(eta >= 0 && eta <= 1)) throw Bad("an eta between 0 and 1", $"{eta}");
        var timesteps = new int[kept];
        for (var i = 0; i < kept; i++) timesteps[i] = kept == 1 ? all - 1 : (int)(((long)i * (all - 1) * 2 + kept - 1) / (2L * (kept - 1)));
        return new DiffusionSchedule(noise.Betas(), timesteps, eta);
    }

    /// <summary>What a step adds its noise with; fp32 as upstream computes it from the table.</summary>
    public float NoiseScale(int i) => Draws(i) ? MathF.Exp(0.5f * (float)LogVariance[i]) : 0;

    private static SrkException Bad(string expected, string got) => new("SR3's chain", expected, got, "correct the number of steps, eta or the schedule");

    private double[] Each(Func<int, double> value) => [.. Enumerable.Range(0, Steps).Select(value)];
}
