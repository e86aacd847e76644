using System.Text.Json;
using SRKernels.Models.ResShift;
using SRKernels.Models.Sampling;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Models.Sampling;

public sealed class EtaScheduleTests
{
    // Tables were computed in float64 by another library's exp, log and pow, each within an ulp or two of ours.
    private const double RelativeTolerance = 1e-12;

    // The last three columns are fp32 numbers: what a step multiplies with.
    private const double SingleTolerance = 2.5e-7;

    public static TheoryData<string> Diffusions() =>
        [.. GoldenFolder.Cases.GetProperty("diffusions").EnumerateObject()
            .Where(d => d.Value.GetProperty("type").GetString() == "resshift"
                && File.Exists(GoldenFolder.PathOf(d.Value.GetProperty("table").GetProperty("file").GetString()!)))
            .Select(d => d.Name)];

    [Theory]
    [MemberData(nameof(Diffusions))]
    public void EqualsUpstreamTable(string name)
    {
        var configuration = GoldenFolder.Diffusion(name);
        var reference = configuration.GetProperty("table");
        var table = GoldenFolder.Json(reference.GetProperty("file").GetString()!).GetProperty(reference.GetProperty("key").GetString()!);
        var schedule = Schedule(configuration);

        Assert.Equal(table.GetProperty("num_timesteps").GetInt32(), schedule.Steps);
        Assert.Equal(Row(table, "timestep_map"), schedule.TimestepMap.Select(t => (double)t));
        AssertRow(table, "sqrt_etas", schedule.SqrtEta, RelativeTolerance);
        AssertRow(table, "etas", schedule.Eta, RelativeTolerance);
        AssertRow(table, "etas_prev", schedule.EtaPrevious, RelativeTolerance);
        AssertRow(table, "alpha", schedule.Alpha, RelativeTolerance);
        AssertRow(table, "posterior_variance", schedule.PosteriorVariance, RelativeTolerance);
        AssertRow(table, "posterior_variance_clipped", schedule.PosteriorVarianceClipped, RelativeTolerance);
        AssertRow(table, "posterior_log_variance_clipped", schedule.PosteriorLogVariance, RelativeTolerance);
        AssertRow(table, "posterior_mean_coef1_xt", schedule.PosteriorMeanXt, RelativeTolerance);
        AssertRow(table, "posterior_mean_coef2_x0", schedule.PosteriorMeanX0, RelativeTolerance);
        AssertRow(table, "kappa_sqrt_etas", [.. schedule.SqrtEta.Select(s => s * schedule.Kappa)], RelativeTolerance);
        AssertRow(table, "noise_std_exp_half_logvar", Each(schedule, schedule.NoiseScale), SingleTolerance);
        AssertRow(table, "input_scale_divisor", Each(schedule, schedule.InputDivisor), SingleTolerance);
        if (!table.TryGetProperty("ddim_k_x0", out _)) return;
        // fp32 sums of terms up to 1: what cancels keeps the absolute error of the terms
        AssertRow(table, "ddim_k_x0", Each(schedule, t => schedule.Deterministic(t).X0), SingleTolerance, floor: 1);
        AssertRow(table, "ddim_m_xt", Each(schedule, t => schedule.Deterministic(t).Xt), SingleTolerance, floor: 1);
        AssertRow(table, "ddim_j_y", Each(schedule, t => schedule.Deterministic(t).Y), SingleTolerance, floor: 1);
    }

    [Theory]
    [InlineData(1, 0.3, 0.2, 0.99, 2.0, null)]
    [InlineData(4, 0.0, 0.2, 0.99, 2.0, null)]
    [InlineData(4, 0.3, -1.0, 0.99, 2.0, null)]
    [InlineData(4, 0.3, 0.2, 0.05, 2.0, null)]
    [InlineData(4, 0.3, 0.2, 0.99, double.NaN, null)]
    [InlineData(15, 0.3, 0.2, 0.99, 2.0, 1)]
    [InlineData(15, 0.3, 0.2, 0.99, 2.0, 16)]
    public void RefusesWhatNoScheduleCanBeMadeOf(int steps, double power, double minNoise, double end, double kappa, int? kept)
    {
        var error = Assert.Throws<SrkException>(() => EtaSchedule.Create(steps, power, minNoise, end, kappa, kept));
        Assert.Contains("EtaSchedule", error.Message, StringComparison.Ordinal);
    }

    internal static EtaSchedule Schedule(JsonElement d) => EtaSchedule.Create(
        d.GetProperty("steps").GetInt32(),
        d.GetProperty("power").GetDouble(),
        d.GetProperty("min_noise_level").GetDouble(),
        d.GetProperty("etas_end").GetDouble(),
        d.GetProperty("kappa").GetDouble(),
        d.GetProperty("timestep_respacing") is { ValueKind: JsonValueKind.Number } kept ? kept.GetInt32() : null);

    private static double[] Each(EtaSchedule schedule, Func<int, float> value) =>
        [.. Enumerable.Range(0, schedule.Steps).Select(t => (double)value(t))];

    private static double[] Row(JsonElement table, string row) => [.. table.GetProperty(row).EnumerateArray().Select(v => v.GetDouble())];

    private static void AssertRow(JsonElement table, string row, double[] actual, double tolerance, double floor = 1e-4)
    {
        var expected = Row(table, row);
        Assert.Equal(expected.Length, actual.Length);
        for (var t = 0; t < expected.Length; t++)
            if (!(Math.Abs(actual[t] - expected[t]) <= tolerance * Math.Max(Math.Abs(expected[t]), floor)))
                Assert.Fail($"{row}[{t}]: expected {expected[t]:R}, got {actual[t]:R}");
    }
}
