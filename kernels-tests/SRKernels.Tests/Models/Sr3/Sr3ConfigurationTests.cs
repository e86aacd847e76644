using SRKernels.Models;
using SRKernels.Models.Configuration;
using SRKernels.Models.Sr3;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Models.Sr3;

public sealed class Sr3ConfigurationTests
{
    [Fact]
    public void PublishedOnesComeBackFromTheirText()
    {
        foreach (var task in Sr3Task.All)
        {
            var written = task.Configuration with { Scale = 4, Schedule = new NoiseSchedule { Name = "cosine", Steps = 300, CosineOffset = 0.01 } };
            var text = written.Metadata();
            var read = Read(text["denoiser"], text["diffusion"]);
            Assert.Equal(text, read.Metadata());
            Assert.Equal((written.Schedule, written.Scale, written.Groups), (read.Schedule, read.Scale, read.Groups));
            Assert.Same(task, ModelTask.Find(task.Name.ToUpperInvariant()));
        }
    }

    /// <summary>Against hooks on PyTorch's modules (benchmarks/peers/sr3_torch.py flops), which count the few linear layers too.</summary>
    [Theory]
    [InlineData("sr3-16-128", 92_353_421_312.0)]
    [InlineData("sr3-64-512", 1_246_112_030_720.0)]
    public void CostIsWhatHooksCount(string task, double flops)
    {
        var c = ((Sr3Task)ModelTask.Find(task)).Configuration;
        var cost = c.CostOf(c.TileSide, c.TileSide);
        Assert.Equal(1, cost.Step.Flops / flops, 1e-4);
        Assert.Equal(0, cost.Encode.Flops + cost.Decode.Flops);
        Assert.Equal(2000 * cost.Step.Flops, cost.Flops(2000));
    }

    [Theory]
    [InlineData("""{"image_size":100}""", "{}", "image_size modulo")]
    [InlineData("""{"inner_channel":48}""", "{}", "norm_groups")]
    [InlineData("""{"channel_multiplier":[]}""", "{}", "channel_multiplier")]
    [InlineData("""{"channel_multiplier":[1,1000]}""", "{}", "channel_multiplier")]
    [InlineData("""{"res_blocks":0}""", "{}", "res_blocks")]
    [InlineData("""{"scale":3}""", "{}", "scale")]
    [InlineData("""{"in_channel":3}""", "{}", "in_channel")]
    [InlineData("""{"norm_eps":0}""", "{}", "norm_eps")]
    [InlineData("""{"with_time":true}""", "{}", "with_time")]
    [InlineData("{}", """{"predict_type":"v"}""", "predict_type")]
    [InlineData("{}", """{"schedule":"best"}""", "'best'")]
    [InlineData("{}", """{"n_timestep":-1}""", "n_timestep")]
    public void HostileTextIsNamed(string network, string diffusion, string expected) =>
        Assert.Contains(expected, Assert.Throws<SrkException>(() => Read(network, diffusion)).Message, StringComparison.Ordinal);

    private static Sr3Configuration Read(string network, string diffusion) =>
        Sr3ConfigurationText.Read("file", ConfigurationFields.Parse("file: denoiser", network), ConfigurationFields.Parse("file: diffusion", diffusion));
}
