using System.Text.Json;
using SRKernels.Models;
using SRKernels.Models.Recognition;
using SRKernels.Models.ResShift;
using SRKernels.Models.Weights;
using SRKernels.Runtime;
using SRKernels.Tests.Models.Weights.Checkpoints;
using Xunit;

namespace SRKernels.Tests.Models.Recognition;

/// <summary>The authors' two files as one model: who is who, which task, what is wrong with them.</summary>
public sealed class ModelFilesTests : IDisposable
{
    private const string Denoiser = "resshift_realsrx4_s4_v3.pth", Autoencoder = "autoencoder_vq_f4.pth";
    private readonly CheckpointFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void ADenoiserFindsItsAutoencoderBesideIt()
    {
        using var files = ModelFiles.Open(CheckpointFileTests.Committed(Denoiser));
        Assert.Equal($"{Denoiser} and {Autoencoder}", files.Description);
        var model = Assert.IsType<ResShiftConfiguration>(files.Configuration);
        Assert.Equal(("realsr-v3", 4, 4, 64), (model.Task, model.Scale, model.Diffusion.Steps, model.Denoiser.PaddingMultiple));
        Assert.Equal((32, 1, 32, 4), (model.Denoiser.ModelChannels, model.Denoiser.SwinDepth, model.Autoencoder.CodeCount, model.Autoencoder.Downscale));
        // A loss lies beside the autoencoder's tensors; it is no part of the network.
        Assert.DoesNotContain(files.Names, name => name.Contains("loss", StringComparison.Ordinal));
        Assert.All(files.Parts, part => Assert.True(TensorDifferences.Of(part).IsEmpty, $"{part.Role}: {TensorDifferences.Of(part)}"));
        using var asked = ModelFiles.Open(CheckpointFileTests.Committed(Denoiser), task: "SINSR");
        Assert.Equal(("sinsr", SamplingRule.OneStep), (asked.Configuration.Task, ((ResShiftConfiguration)asked.Configuration).Diffusion.Sampling));
    }

    [Theory]
    [InlineData("autoencoder_vq_f4.safetensors", "resshift_realsrx4_s15_v2.ckpt", "realsr-v1")]
    [InlineData("autoencoder_vq_f4.ckpt", "SinSR_v2.pth", "sinsr")]
    [InlineData("autoencoder_vq_f4.pth", "my_resshift_bicsrx4_s4 (1).pt", "bicsr")]
    public void NamesAndFormatsMayMix(string autoencoder, string denoiser, string task)
    {
        if (autoencoder.EndsWith("safetensors", StringComparison.Ordinal))
        {
            SafetensorsWriter.Write(_files.PathOf(autoencoder), Renamed(Autoencoder, ""));
        }
        else
        {
            File.Copy(CheckpointFileTests.Committed(Autoencoder), _files.PathOf(autoencoder));
        }

        File.Copy(CheckpointFileTests.Committed(Denoiser), _files.PathOf(denoiser));
        using var files = ModelFiles.Open(_files.PathOf(denoiser));
        Assert.Equal(task, files.Configuration.Task);
    }

    [Theory]
    [InlineData("denoiser.", "autoencoder.", true)]
    [InlineData("model.diffusion_model.", "first_stage_model.", true)]
    [InlineData("model.", "", false)]
    [InlineData("diffusion_model.", "model.", false)]
    public void NetworksAreFoundWhereverTheyHang(string denoiser, string autoencoder, bool isOneFile)
    {
        var (first, second) = (Renamed(Denoiser, denoiser), Renamed(Autoencoder, autoencoder));
        // A schedule of training beside the networks.
        if (!isOneFile) first["betas"] = new TensorContent(TensorType.F32, [2], new byte[8]);
        foreach (var (name, tensor) in isOneFile ? second : []) first[name] = tensor;
        File.WriteAllBytes(_files.PathOf("one.pth"), TorchFile.Zip(first, "state_dict"));
        File.WriteAllBytes(_files.PathOf("two.pth"), TorchFile.Legacy(second));
        using var files = ModelFiles.Open(_files.PathOf("one.pth"), isOneFile ? null : _files.PathOf("two.pth"), "bicsr");
        Assert.Equal("bicsr", files.Configuration.Task);
        Assert.All(files.Parts, part => Assert.True(TensorDifferences.Of(part).IsEmpty, $"{part.Role}: {TensorDifferences.Of(part)}"));
        files.Read().Model.Dispose();
    }

    [Fact]
    public void WhatDoesNotBelongTogetherIsNamed()
    {
        var (denoiser, autoencoder) = (CheckpointFileTests.Committed(Denoiser), CheckpointFileTests.Committed(Autoencoder));
        File.Copy(denoiser, _files.PathOf("alone.pth"));
        File.Copy(denoiser, _files.PathOf(Denoiser));
        var others = new Dictionary<string, TensorContent>(StringComparer.Ordinal) { ["conv_first.weight"] = new(TensorType.U8, [1], new byte[1]) };
        File.WriteAllBytes(_files.PathOf("other.pth"), TorchFile.Zip(others));
        (string Expected, string Model, string? Partner, string? Task)[] cases =
        [
            ("got an autoencoder alone; name the denoiser as the model and this file with --autoencoder", autoencoder, denoiser, null),
            ($"an autoencoder, got a denoiser; take {Autoencoder}", denoiser, denoiser, null),
            ("an autoencoder, got tensors of no network", denoiser, _files.PathOf("other.pth"), null),
            ("tensors of no network that this program runs", _files.PathOf("other.pth"), null, null),
            ($"its autoencoder '{Autoencoder}' beside it, got none of this name; put it there, or name it with --autoencoder", _files.PathOf(Denoiser), null, null),
            ("say with --task which of these it is: realsr-v3, realsr-v1, bicsr, sinsr", _files.PathOf("alone.pth"), autoencoder, null),
            ("shapes fit: realsr-v3, realsr-v1, bicsr, sinsr, got 'faceir'; say one of them with --task", denoiser, autoencoder, "faceir"),
            ("got 'x2'", denoiser, autoencoder, "x2"),
            ("got 'inpaint-face'", denoiser, autoencoder, "inpaint-face"),
            ("task: expected one of realsr-v3", denoiser, autoencoder, "colour"),
            ("a readable file", denoiser, _files.PathOf("none.pth"), null),
            ("none beside 'resshift-tiny-x4.safetensors', which holds both networks", SuperResolver.ShippedWeightsPath, autoencoder, null),
        ];
        foreach (var (expected, model, partner, task) in cases)
        {
            var error = Assert.Throws<SrkException>(() => ModelFiles.Open(model, partner, task));
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>The shapes of the goldens' networks of each task: what fits them, and what does not.</summary>
    [Theory]
    [InlineData("rs_main_unet", "rs_main_vq", "realsr-v3", "realsr-v1", "bicsr", "sinsr")]
    [InlineData("rs_x2_unet", "rs_main_vq", "x2")]
    [InlineData("rs_inpaint_unet", "rs_main_vq", "inpaint-imagenet", "inpaint-face")]
    [InlineData("rs_faceir_unet", "rs_faceir_vq", "faceir")]
    public void ShapesTellWhichTasksFit(string denoiserSet, string autoencoderSet, params string[] tasks)
    {
        var all = GoldenFolder.Json("weights_resshift.json");
        var (denoiser, autoencoder) = (_files.PathOf("denoiser.pth"), _files.PathOf("autoencoder.pth"));
        File.WriteAllBytes(denoiser, Shapes(all, denoiserSet));
        File.WriteAllBytes(autoencoder, Shapes(all, autoencoderSet));
        foreach (var task in ResShiftTask.All)
        {
            if (tasks.Contains(task.Name))
            {
                using var files = ModelFiles.Open(denoiser, autoencoder, task.Name);
                Assert.Equal((task.Name, task.Scale), (files.Configuration.Task, files.Configuration.Scale));
            }
            else
            {
                var error = Assert.Throws<SrkException>(() => ModelFiles.Open(denoiser, autoencoder, task.Name));
                Assert.Contains($"fit: {string.Join(", ", tasks)}, got '{task.Name}'", error.Message, StringComparison.Ordinal);
            }
        }

        if (tasks.Length > 1) return;
        // Only one: nobody has to say it.
        using var told = ModelFiles.Open(denoiser, autoencoder);
        Assert.Equal(tasks[0], told.Configuration.Task);
        var other = _files.PathOf("other.pth");
        File.WriteAllBytes(other, Shapes(all, autoencoderSet == "rs_main_vq" ? "rs_faceir_vq" : "rs_main_vq"));
        Assert.Contains("an autoencoder of 1/", Assert.Throws<SrkException>(() => ModelFiles.Open(denoiser, other)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MissingUnexpectedAndMisshapenTensorsAreAllNamed()
    {
        var tensors = Renamed(Denoiser, "");
        tensors.Remove("out.0.bias");
        tensors["extra.weight"] = new TensorContent(TensorType.U8, [1], new byte[1]);
        tensors["middle_block.0.in_layers.0.weight"] = new TensorContent(TensorType.F16, [16], new byte[32]);
        var path = _files.PathOf(Denoiser);
        File.WriteAllBytes(path, TorchFile.Zip(tensors));
        File.Copy(CheckpointFileTests.Committed(Autoencoder), _files.PathOf(Autoencoder));
        using var files = ModelFiles.Open(path);
        var differences = TensorDifferences.Of(files.Parts[0]);
        Assert.Equal(["out.0.bias [32]"], differences.Missing);
        Assert.Equal(["extra.weight"], differences.Unexpected);
        Assert.Equal(["middle_block.0.in_layers.0.weight [16] instead of [32]"], differences.Misshapen);
        var error = Assert.Throws<SrkException>(() => ModelConversion.Write(files, _files.PathOf("x.safetensors"), null, replace: false, CancellationToken.None));
        Assert.Contains("1 missing (out.0.bias [32]); 1 unexpected (extra.weight); 1 misshapen (", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_files.PathOf("x.safetensors")));
    }

    [Fact]
    public void IntegersWhereALayerReadsFloatsAreNamed()
    {
        var tensors = Renamed(Denoiser, "");
        tensors["out.0.bias"] = new TensorContent(TensorType.I32, [32], new byte[128]);
        File.WriteAllBytes(_files.PathOf(Denoiser), TorchFile.Zip(tensors));
        File.Copy(CheckpointFileTests.Committed(Autoencoder), _files.PathOf(Autoencoder));
        using var files = ModelFiles.Open(_files.PathOf(Denoiser));
        Assert.Equal(["out.0.bias I32 instead of floating-point values"], TensorDifferences.Of(files.Parts[0]).Mistyped);
        var error = Assert.Throws<SrkException>(() => ModelConversion.Write(files, _files.PathOf("x.safetensors"), null, replace: false, CancellationToken.None));
        Assert.Contains("1 of another type (out.0.bias I32", error.Message, StringComparison.Ordinal);
    }

    internal static Dictionary<string, TensorContent> Renamed(string committed, string prefix)
    {
        using var file = WeightFile.Open(CheckpointFileTests.Committed(committed));
        return file.Tensors.Values.ToDictionary(t => prefix + t.Name, t => new TensorContent(t.Type, t.Shape, CheckpointFolder.Bytes(file, t.Name)), StringComparer.Ordinal);
    }

    private static byte[] Shapes(JsonElement all, string set) => TorchFile.Zip(all.GetProperty(set).GetProperty("tensors").EnumerateObject().ToDictionary(
        t => t.Name,
        t =>
        {
            long[] shape = [.. t.Value.GetProperty("shape").EnumerateArray().Select(e => e.GetInt64())];
            return new TensorContent(TensorType.F16, shape, new byte[2 * shape.Aggregate(1L, (product, extent) => product * extent)]);
        },
        StringComparer.Ordinal));
}
