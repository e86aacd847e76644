using SRKernels.Models.Configuration;
using SRKernels.Runtime;

namespace SRKernels.Models.Sr3;

/// <summary>How much noise each step of training added: the betas of SR3's schedules, in float64.</summary>
// Ho, Jain, Abbeel. Denoising diffusion probabilistic models. 2020 (linear); Nichol, Dhariwal. 2021 (cosine); Janspiry's sr3_modules/diffusion.py:
// make_beta_schedule @01d27a7.
internal sealed record NoiseSchedule
{
    /// <summary>More steps than any published schedule has; a file may ask for no more.</summary>
    public const int MostSteps = 100_000;

    private const double MostOfCosine = 0.999;

    /// <summary>All schedules by name.</summary>
    private static readonly IReadOnlyDictionary<string, Func<NoiseSchedule, double[]>> s_named = new Dictionary<string, Func<NoiseSchedule, double[]>>(StringComparer.Ordinal)
    {
        ["linear"] = s => Between(s.Start, s.End, s.Steps),
        ["quad"] = s => Array.ConvertAll(Between(Math.Sqrt(s.Start), Math.Sqrt(s.End), s.Steps), root => root * root),
        ["const"] = s => Between(s.End, s.End, s.Steps),
        ["warmup10"] = s => s.Warmup(0.1),
        ["warmup50"] = s => s.Warmup(0.5),
        ["jsd"] = s => Array.ConvertAll(Between(s.Steps, 1, s.Steps), left => 1 / left),
        ["cosine"] = s => s.Cosine(),
    };

    /// <summary>Its name in the published configurations.</summary>
    public string Name { get; init; } = "linear";

    /// <summary>T.</summary>
    public int Steps { get; init; } = 2000;

    /// <summary>The first beta, of the schedules that have one.</summary>
    public double Start { get; init; } = 1e-6;

    /// <summary>The last beta, of the schedules that have one.</summary>
    public double End { get; init; } = 1e-2;

    /// <summary>What keeps the cosine schedule's first steps from being too small.</summary>
    public double CosineOffset { get; init; } = 8e-3;

    /// <summary>beta_t, t = 0..T-1.</summary>
    public double[] Betas() => s_named[Name](this);

    /// <summary>Checks that the numbers are possible; untrusted files come through here.</summary>
    /// <param name="who">The file or object, for the error.</param>
    /// <exception cref="SrkException">There is no schedule of this name, or a number is out of range.</exception>
    public void Validate(string who)
    {
        if (!s_named.ContainsKey(Name))
            throw new SrkException($"{who}: 'schedule'", string.Join(", ", s_named.Keys), $"'{Name}'", "the configuration is damaged or not meant for this program");
        var check = new ConfigurationRange(who);
        check.Within("n_timestep", Steps, 1, MostSteps);
        check.Within("linear_start", Start, 1e-12, 1);
        check.Within("linear_end", End, 1e-12, 1);
        check.Within("cosine_s", CosineOffset, 0, 1);
    }

    // The first part of the steps rises linearly, the others all have the last beta.
    private double[] Warmup(double part)
    {
        var betas = Between(End, End, Steps);
        Between(Start, End, (int)(Steps * part)).CopyTo(betas, 0);
        return betas;
    }

    private double[] Cosine()
    {
        var kept = new double[Steps + 1];
        for (var i = 0; i < kept.Length; i++)
        {
            var root = Math.Cos((((double)i / Steps) + CosineOffset) / (1 + CosineOffset) * Math.PI / 2);
            kept[i] = root * root;
        }

        return [.. Enumerable.Range(0, Steps).Select(i => Math.Min(1 - (kept[i + 1] / kept[i]), MostOfCosine))];
    }

    private static double[] Between(double first, double last, int count)
    {
        var values = new double[count];
        for (var i = 0; i < count; i++) values[i] = i == count - 1 && count > 1 ? last : first + (i * ((last - first) / Math.Max(1, count - 1)));
        return values;
    }
}
