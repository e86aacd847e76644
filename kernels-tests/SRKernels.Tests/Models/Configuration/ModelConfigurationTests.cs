using System.Text.Json;
using SRKernels.Models.Configuration;
using SRKernels.Models.ResShift;
using SRKernels.Models.Vq;
using SRKernels.Models.Weights;
using SRKernels.Runtime;
using SRKernels.Tests.Processes;
using Xunit;

namespace SRKernels.Tests.Models.Configuration;

/// <summary>Whole models: the shipped file, and inference from the shapes of the goldens' networks and of the published ones.</summary>
public sealed class ModelConfigurationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("srk-configuration-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void TheShippedWeightsSayWhatTheyAre()
    {
        using var file = OpenShipped();
        var model = ResShiftConfiguration.FromFile(file);
        Assert.Equal(("realsr-x4", 4), (model.Task, model.Scale));
        Assert.Equal((32, 64, 2, 8, 64), (model.Denoiser.ModelChannels, model.Denoiser.SwinEmbedDim, model.Denoiser.NumHeads, model.Denoiser.Groups, model.Denoiser.PaddingMultiple));
        Assert.Equal([1, 2, 4], model.Denoiser.ChannelMult);
        Assert.True(Enumerable.Range(0, 3).All(model.Denoiser.HasSwinAt));
        Assert.Equal(128, model.Denoiser.MlpHidden);
        Assert.Equal((32, 4096, 8, 4), (model.Autoencoder.Channels, model.Autoencoder.CodeCount, model.Autoencoder.Groups, model.Autoencoder.Downscale));
        Assert.Equal((4, 0.2, 0.99, 2.0, 0.3), (model.Diffusion.Steps, model.Diffusion.MinNoiseLevel, model.Diffusion.EtasEnd, model.Diffusion.Kappa, model.Diffusion.Power));
    }

    [Fact]
    public void AnotherTaskThanTheFilesIsRefused()
    {
        using var file = OpenShipped();
        Assert.Contains("'realsr-x4'", Assert.Throws<SrkException>(() => ResShiftConfiguration.FromFile(file, "faceir")).Message, StringComparison.Ordinal);
        Assert.Contains("realsr-v3, realsr-v1", Assert.Throws<SrkException>(() => ResShiftConfiguration.FromFile(file, "colour")).Message, StringComparison.Ordinal);
        Assert.Equal(4, ResShiftConfiguration.FromFile(file, "REALSR-V3").Scale);
    }

    // The golden networks that stand in the table of weight sets with the task that their sizes belong to.
    [Theory]
    [InlineData("rs_main_unet", "main_unet", "rs_main_vq", "main_vq", "realsr-v3")]
    [InlineData("rs_main_unet", "sinsr_unet", "rs_main_vq", "main_vq", "sinsr")]
    [InlineData("rs_x2_unet", "x2_unet", "rs_main_vq", "main_vq", "x2")]
    [InlineData("rs_inpaint_unet", "inpaint_unet", "rs_main_vq", "main_vq", "inpaint-imagenet")]
    [InlineData("rs_faceir_unet", "faceir_unet", "rs_faceir_vq", "faceir_vq", "faceir")]
    public void ShapesTellTheGoldensNetworks(string denoiserSet, string denoiser, string autoencoderSet, string autoencoder, string task)
    {
        var all = GoldenFolder.Json("weights_resshift.json");
        using var file = Sparse([.. Tensors(all, denoiserSet, "denoiser."), .. Tensors(all, autoencoderSet, "autoencoder.")]);
        var model = ResShiftConfiguration.FromFile(file, task);
        var u = ConfigurationReader.Denoiser(denoiser, GoldenFolder.Network(denoiser));
        var a = AutoencoderFields.Read(autoencoder, new ConfigurationFields(autoencoder, GoldenFolder.Network(autoencoder)));
        // Levels of 16 and 8 show no window smaller than 8, so their nominal size is the preset's; all that follows is relative to it.
        if (model.Denoiser.ImageSize == u.ImageSize) Assert.Equal(u.AttentionResolutions, model.Denoiser.AttentionResolutions);
        Assert.Equal(u.FeatureExtractorStages, model.Denoiser.FeatureExtractorStages);
        Assert.Equal(Plain(u), Plain(model.Denoiser));
        Assert.Equal(Plain(a), Plain(model.Autoencoder));
    }

    [Fact]
    public void ShapesTellThePublishedNetworks()
    {
        using var file = Sparse([.. Listed("keys_unet.txt", "denoiser."), .. Listed("keys_vq.txt", "autoencoder.")]);
        var model = ResShiftConfiguration.FromFile(file, "realsr-v1");
        Assert.Equal(Plain(new UNetConfiguration { LqSize = 64 }), Plain(model.Denoiser));
        Assert.Equal(64, model.Denoiser.ImageSize);
        Assert.Equal([64, 32, 16, 8], model.Denoiser.AttentionResolutions);
        Assert.Equal(Plain(new AutoencoderConfiguration()), Plain(model.Autoencoder));
        Assert.Equal((15, 0.04), (model.Diffusion.Steps, model.Diffusion.MinNoiseLevel));
    }

    [Fact]
    public void WithoutMetadataTheTaskMustBeSaid()
    {
        using var file = Sparse([("denoiser.x", [1L])]);
        Assert.Contains("--task", Assert.Throws<SrkException>(() => ResShiftConfiguration.FromFile(file)).Message, StringComparison.Ordinal);
        var error = Assert.Throws<SrkException>(() => ResShiftConfiguration.FromFile(file, "realsr-v3"));
        Assert.Contains("'denoiser.time_embed.0.weight'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("task", "magic", "'magic'")]
    [InlineData("denoiser", "{", "JSON")]
    [InlineData("denoiser", """{"image_size":1}""", "image_size")]
    [InlineData("autoencoder", """{"ch":33}""", "groups")]
    [InlineData("autoencoder", """{"ch":32,"ch_mult":[1,1]}""", "downscale")]
    [InlineData("diffusion", """{"steps":1}""", "'steps'")]
    [InlineData("diffusion", """{"kappa":"2"}""", "'kappa'")]
    [InlineData("diffusion", """{"sampling":"best"}""", "'sampling'")]
    public void HostileMetadataIsNamed(string key, string value, string expected)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["format"] = "srkernels", ["task"] = "realsr-v3", ["denoiser"] = "{}", ["autoencoder"] = "{}", ["diffusion"] = "{}",
        };
        metadata[key] = value;
        var path = Path.Combine(_folder, "hostile.safetensors");
        SafetensorsWriter.Write(path, new Dictionary<string, TensorContent>(StringComparer.Ordinal), metadata);
        using var file = SafetensorsFile.Open(path);
        Assert.Contains(expected, Assert.Throws<SrkException>(() => ResShiftConfiguration.FromFile(file)).Message, StringComparison.Ordinal);
    }

    private static SafetensorsFile OpenShipped() =>
        SafetensorsFile.Open(Path.Combine(ChildProcess.RepositoryRoot, "weights", "resshift-tiny-x4.safetensors"));

    /// <summary>All that a network's tensors depend on.</summary>
    private static string Plain(UNetConfiguration u) => JsonSerializer.Serialize(new
    {
        u.LatentChannels, u.OutChannels, u.ModelChannels, u.ChannelMult, u.NumResBlocks, u.SwinEmbedDim, u.NumHeads, u.SwinDepth, u.WindowSize, u.MlpHidden,
        u.PatchNorm, u.CondMask, u.InputChannels, u.Groups, u.NormEps, HasSizes = u.LqSize is not null,
        Swin = Enumerable.Range(0, u.Levels).Select(u.HasSwinAt), Windows = Enumerable.Range(0, u.Levels).Select(u.WindowAt),
    });

    private static string Plain(AutoencoderConfiguration a) => JsonSerializer.Serialize(a);

    private static IEnumerable<(string, long[])> Tensors(JsonElement all, string set, string prefix) =>
        all.GetProperty(set).GetProperty("tensors").EnumerateObject()
            .Select(t => (prefix + t.Name, t.Value.GetProperty("shape").EnumerateArray().Select(e => e.GetInt64()).ToArray()));

    private static IEnumerable<(string, long[])> Listed(string list, string prefix) =>
        File.ReadLines(GoldenFolder.PathOf(list)).Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('\t'))
            .Select(fields => (prefix + fields[0], JsonSerializer.Deserialize<long[]>(fields[2])!));

    /// <summary>A file with these shapes whose values are a hole in the disk.</summary>
    private SafetensorsFile Sparse(IReadOnlyList<(string Name, long[] Shape)> tensors)
    {
        var offset = 0L;
        var header = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var (name, shape) in tensors)
        {
            var end = offset + (2 * shape.Aggregate(1L, (product, extent) => product * extent));
            header[name] = new { dtype = "F16", shape, data_offsets = new[] { offset, end } };
            offset = end;
        }

        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        var path = Path.Combine(_folder, "sparse.safetensors");
        using (var stream = File.Create(path))
        {
            stream.Write(BitConverter.GetBytes((long)json.Length));
            stream.Write(json);
            stream.SetLength(stream.Position + offset);
        }

        return SafetensorsFile.Open(path);
    }
}
