using System.Text;
using System.Text.Json;
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
            var read = Read(Text(writer => Sr3ConfigurationText.WriteNetwork(writer, written)), Text(writer => Sr3ConfigurationText.WriteDiffusion(writer, written)));
            Assert.Equal(JsonSerializer.Serialize(written), JsonSerializer.Serialize(read));
            Assert.Same(task, Sr3Task.TryFind(task.Name.ToUpperInvariant()));
        }

        Assert.Null(Sr3Task.TryFind("sr3-32-256"));
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

    private static string Text(Action<Utf8JsonWriter> fields)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            fields(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
