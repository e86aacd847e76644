using System.Text.Json;
using SRKernels.Models.Sr3;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Models.Sr3;

public sealed class DiffusionScheduleTests
{
    [Theory]
    [InlineData("sr3_20")]
    [InlineData("sr3_2000")]
    public void EqualsUpstreamTable(string name)
    {
        var golden = GoldenFolder.Diffusion(name);
        var table = GoldenFolder.Json("sr3_schedules.json").GetProperty(golden.GetProperty("table").GetProperty("key").GetString()!);
        var schedule = DiffusionSchedule.Create(Noise(golden));
        Assert.Equal(golden.GetProperty("n_timestep").GetInt32(), schedule.Steps);
        AssertRow(table, "betas", schedule.Beta);
        AssertRow(table, "alphas_cumprod", schedule.AlphaBar);
        AssertRow(table, "alphas_cumprod_prev", schedule.AlphaBarPrevious);
        AssertRow(table, "noise_level_sqrt_alphas_cumprod", schedule.NoiseLevel);
        AssertRow(table, "sqrt_recip_alphas_cumprod", schedule.RecipRoot);
        AssertRow(table, "sqrt_recipm1_alphas_cumprod", schedule.RecipRootLess1);
        AssertRow(table, "posterior_variance", schedule.PosteriorVariance);
        AssertRow(table, "posterior_log_variance_clipped", schedule.LogVariance);
        AssertRow(table, "posterior_mean_coef1_x0", schedule.MeanX0);
        AssertRow(table, "posterior_mean_coef2_xt", schedule.MeanXt);
        Assert.Equal(0, schedule.NoiseScale(0));
    }

    [Theory]
    [InlineData(20)]
    [InlineData(2000)]
    public void AllStepsKeptIsTheChainItself(int steps)
    {
        var noise = new NoiseSchedule { Steps = steps };
        var (whole, kept) = (DiffusionSchedule.Create(noise), DiffusionSchedule.Create(noise, steps, eta: 1));
        Assert.Equal(Enumerable.Range(0, steps), kept.Timesteps);
        Assert.Equal(whole.MeanX0, kept.MeanX0);
        Assert.Equal(whole.MeanXt, kept.MeanXt);
        Assert.Equal(whole.LogVariance, kept.LogVariance);
        // The general form comes to the same where eta nearly is 1.
        var near = DiffusionSchedule.Create(noise, steps, eta: 1 - 1e-15);
        for (var i = 0; i < steps; i++)
        {
            AssertNear($"x_t {i}", whole.MeanXt[i], near.MeanXt[i], 1e-9);
            AssertNear($"x_0 {i}", whole.MeanX0[i], near.MeanX0[i], 1e-9);
        }
    }

    /// <summary>Whatever the steps and eta: a state made of a picture and noise as training makes it becomes one that is made so a step earlier.</summary>
    [Theory]
    [InlineData(2000, 1.0)]
    [InlineData(2000, 0.0)]
    [InlineData(100, 1.0)]
    [InlineData(100, 0.3)]
    [InlineData(7, 0.0)]
    [InlineData(2, 1.0)]
    [InlineData(1, 0.5)]
    public void AStepKeepsTheMarginals(int steps, double eta)
    {
        var s = DiffusionSchedule.Create(new NoiseSchedule(), steps, eta);
        Assert.Equal(1999, s.Timesteps[^1]);
        Assert.Equal(steps, s.Timesteps.Distinct().Count());
        if (steps > 1) Assert.Equal(0, s.Timesteps[0]);
        for (var i = 0; i < steps; i++)
        {
            var (a, previous) = (s.AlphaBar[i], s.AlphaBarPrevious[i]);
            var variance = eta * eta * s.PosteriorVariance[i];
            // x_t = sqrt(a) x_0 + sqrt(1 - a) n: the share of x_0, and the noise's variance, of x_{t-1}. 1 - a of the first step, 1e-6, has the absolute error of a, 1e-16.
            AssertNear($"x_0 at {i}", Math.Sqrt(previous), s.MeanX0[i] + (s.MeanXt[i] * Math.Sqrt(a)), 1e-9);
            AssertNear($"noise at {i}", 1 - previous, (s.MeanXt[i] * s.MeanXt[i] * (1 - a)) + variance, 1e-9);
            AssertNear($"sigma at {i}", Math.Log(Math.Max(variance, 1e-20)), s.LogVariance[i], 1e-12);
            // And x_0 itself comes back from the noise that is in x_t.
            AssertNear($"prediction at {i}", 1, s.RecipRoot[i] * Math.Sqrt(a), 1e-12);
            AssertNear($"noise of it at {i}", s.RecipRoot[i] * Math.Sqrt(1 - a), s.RecipRootLess1[i], 1e-9);
        }

        Assert.Equal((eta > 0 ? steps : 1), new AncestralSampler(s).Draws);
    }

    [Theory]
    [InlineData("linear", 0, 1.0, "1 to 20 steps")]
    [InlineData("linear", 21, 1.0, "1 to 20 steps")]
    [InlineData("linear", 20, 1.5, "eta")]
    [InlineData("linear", 20, double.NaN, "eta")]
    [InlineData("jsd", 20, 1.0, "leaves nothing")]
    public void RefusesWhatNoChainCanBeMadeOf(string schedule, int steps, double eta, string expected) => Assert.Contains(
        expected, Assert.Throws<SrkException>(() => DiffusionSchedule.Create(new NoiseSchedule { Name = schedule, Steps = 20 }, steps, eta)).Message, StringComparison.Ordinal);

    private static NoiseSchedule Noise(JsonElement d) => new()
    {
        Name = d.GetProperty("schedule").GetString()!, Steps = d.GetProperty("n_timestep").GetInt32(),
        Start = d.GetProperty("linear_start").GetDouble(), End = d.GetProperty("linear_end").GetDouble(),
    };

    // Sums of thousands of terms by another library; 1 - a of the first steps keeps the absolute error of a, which is 1.
    private static void AssertRow(JsonElement table, string row, double[] actual)
    {
        var index = table.GetProperty("index").EnumerateArray().Select(i => i.GetInt32()).ToArray();
        var expected = table.GetProperty(row).EnumerateArray().Select(v => v.GetDouble()).ToArray();
        for (var i = 0; i < index.Length; i++) AssertNear($"{row}[{index[i]}]", expected[i], actual[index[i]], 1e-9);
    }

    private static void AssertNear(string what, double expected, double actual, double relative) =>
        Assert.True(Math.Abs(actual - expected) <= relative * Math.Max(Math.Abs(expected), 1e-12), $"{what}: expected {expected:R}, got {actual:R}");
}
