using SRKernels.Models.Sr3;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Models.Sr3;

public sealed class NoiseScheduleTests
{
    public static TheoryData<string> Names() => [.. GoldenFolder.Diffusion("sr3_betas20").GetProperty("schedule").EnumerateArray().Select(name => name.GetString()!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void EqualsUpstreamTable(string name)
    {
        var golden = GoldenFolder.Diffusion("sr3_betas20");
        var schedule = new NoiseSchedule
        {
            Name = name, Steps = golden.GetProperty("n_timestep").GetInt32(), Start = golden.GetProperty("linear_start").GetDouble(),
            End = golden.GetProperty("linear_end").GetDouble(), CosineOffset = golden.GetProperty("cosine_s").GetDouble(),
        };
        schedule.Validate(name);
        double[] expected = [.. GoldenFolder.Json("sr3_schedules.json").GetProperty("betas20_by_name").GetProperty(name).EnumerateArray().Select(v => v.GetDouble())];
        var betas = schedule.Betas();
        Assert.Equal(expected.Length, betas.Length);
        for (var t = 0; t < expected.Length; t++)
            Assert.True(Math.Abs(betas[t] - expected[t]) <= 1e-12 * expected[t], $"{name}[{t}]: expected {expected[t]:R}, got {betas[t]:R}");
    }

    [Theory]
    [InlineData("sigmoid", 20, 1e-4, "'schedule'")]
    [InlineData("linear", 0, 1e-4, "n_timestep")]
    [InlineData("linear", 1 << 30, 1e-4, "n_timestep")]
    [InlineData("linear", 20, -1e-4, "linear_start")]
    [InlineData("linear", 20, double.NaN, "linear_start")]
    public void RefusesWhatNoScheduleCanBeMadeOf(string name, int steps, double start, string expected) => Assert.Contains(
        expected, Assert.Throws<SrkException>(() => new NoiseSchedule { Name = name, Steps = steps, Start = start }.Validate("file")).Message, StringComparison.Ordinal);
}
