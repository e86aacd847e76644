using System.Text.Json;
using SRKernels.Models.Configuration;
using SRKernels.Models.ResShift;
using SRKernels.Models.Vq;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Models.Configuration;

/// <summary>Records from JSON: every network and chain of the goldens, with the values that the goldens derive from them.</summary>
public class ConfigurationTests
{
    public static TheoryData<string> OfType(string type)
    {
        var data = new TheoryData<string>();
        foreach (var network in GoldenFolder.Cases.GetProperty("networks").EnumerateObject())
            if (network.Value.GetProperty("type").GetString() == type)
                data.Add(network.Name);
        return data;
    }

    [Theory]
    [MemberData(nameof(OfType), "unet_swin")]
    public void DenoisersDeriveWhatTheGoldensSay(string name)
    {
        var network = GoldenFolder.Network(name);
        var u = ConfigurationReader.Denoiser(name, network);
        var derived = network.GetProperty("derived");
        Assert.Equal(derived.GetProperty("x_channels").GetInt32(), u.LatentChannels);
        Assert.Equal(derived.GetProperty("cond_channels").GetInt32(), u.ConditionChannels);
        Assert.Equal(derived.GetProperty("input_conv_channels").GetInt32(), u.InputChannels);
        Assert.Equal(derived.GetProperty("feature_extractor_stages").GetInt32(), u.FeatureExtractorStages);
        Assert.Equal(derived.GetProperty("num_heads").GetInt32(), u.NumHeads);
        Assert.Equal(derived.GetProperty("time_embed_dim").GetInt32(), u.TimeEmbedDim);
        Assert.Equal((float)network.GetProperty("norm_eps").GetDouble(), u.NormEps);
    }

    [Theory]
    [MemberData(nameof(OfType), "vq")]
    public void AutoencodersDeriveWhatTheGoldensSay(string name)
    {
        var network = GoldenFolder.Network(name);
        var a = AutoencoderFields.Read(name, new ConfigurationFields(name, network));
        Assert.Equal(network.GetProperty("derived").GetProperty("downscale").GetInt32(), a.Downscale);
        Assert.Equal(network.GetProperty("n_embed").GetInt32(), a.CodeCount);
        Assert.Equal(a.Levels, a.NumResBlocks.Count);
    }

    [Fact]
    public void NominalAttentionResolutionsBecomeLevels()
    {
        var a = Autoencoder("""{"resolution":32,"ch":32,"ch_mult":[1,1],"num_res_blocks":1,"attn_resolutions":[16]}""");
        Assert.Equal([1], a.AttentionLevels);
        Assert.Empty(Autoencoder("""{"ch":32,"attn_resolutions":[16]}""").AttentionLevels);
    }

    [Fact]
    public void EveryResShiftChainIsRead()
    {
        foreach (var diffusion in GoldenFolder.Cases.GetProperty("diffusions").EnumerateObject())
        {
            if (diffusion.Value.GetProperty("type").GetString() != "resshift") continue;
            var d = ConfigurationReader.Diffusion(diffusion.Name, diffusion.Value);
            Assert.Equal(diffusion.Value.GetProperty("steps").GetInt32(), d.Steps);
            Assert.Equal(diffusion.Value.GetProperty("min_noise_level").GetDouble(), d.MinNoiseLevel);
            Assert.Equal(diffusion.Value.GetProperty("kappa").GetDouble(), d.Kappa);
        }
    }

    [Fact]
    public void WindowsAndShiftsFollowTheNominalResolution()
    {
        var u = new UNetConfiguration();
        Assert.Equal([8, 8, 8, 8], Enumerable.Range(0, 4).Select(u.WindowAt));
        Assert.Equal([4, 4, 4, 0], Enumerable.Range(0, 4).Select(level => u.ShiftAt(level, 1)));
        var small = u with { ImageSize = 32 };
        Assert.Equal([8, 8, 8, 4], Enumerable.Range(0, 4).Select(small.WindowAt));
        Assert.Equal([4, 4, 0, 0], Enumerable.Range(0, 4).Select(level => small.ShiftAt(level, 1)));
    }

    [Theory]
    [InlineData("'warp_size'", """{"warp_size":3}""")]
    [InlineData("'use_scale_shift_norm'", """{"use_scale_shift_norm":false}""")]
    [InlineData("'model_channels'", """{"model_channels":-1}""")]
    [InlineData("'model_channels'", """{"model_channels":1e9}""")]
    [InlineData("'model_channels'", """{"model_channels":"160"}""")]
    [InlineData("'channel_mult'", """{"channel_mult":[1,0]}""")]
    [InlineData("'channel_mult'", """{"channel_mult":[1,2.5]}""")]
    [InlineData("channel_mult", """{"channel_mult":[]}""")]
    [InlineData("num_res_blocks", """{"num_res_blocks":[1,2]}""")]
    [InlineData("num_head_channels", """{"swin_embed_dim":192,"num_head_channels":36}""")]
    [InlineData("groups", """{"groups":7}""")]
    [InlineData("'mlp_ratio'", """{"mlp_ratio":0}""")]
    [InlineData("'mlp_ratio'", """{"mlp_ratio":1e300}""")]
    [InlineData("'norm_eps'", """{"norm_eps":0}""")]
    [InlineData("image_size at the last level", """{"image_size":4}""")]
    [InlineData("stages", """{"lq_size":65536}""")]
    [InlineData("'image_size'", """{"image_size":64,"image_size":32}""")]
    [InlineData("object", """[1]""")]
    public void ANumberOutOfRangeOrAFieldThatIsUnknownIsNamed(string expected, string json)
    {
        using var document = JsonDocument.Parse(json);
        var error = Assert.Throws<SrkException>(() => ConfigurationReader.Denoiser("file", document.RootElement));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    private static AutoencoderConfiguration Autoencoder(string json)
    {
        using var document = JsonDocument.Parse(json);
        return AutoencoderFields.Read("file", new ConfigurationFields("file", document.RootElement));
    }
}
