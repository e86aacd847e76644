using SRKernels.Models;
using SRKernels.Models.Recognition;
using SRKernels.Models.ResShift;
using SRKernels.Models.Weights;
using SRKernels.Runtime;
using SRKernels.Tests.Models;
using SRKernels.Tests.Processes;
using Xunit;

namespace SRKernels.Tests.Conversion;

/// <summary>Small checkpoints in the published layout, which torch wrote, as one safetensors file that our loader must take whole.</summary>
public sealed class ModelConversionTests(ModelConversionTests.Checkpoints checkpoints) : IClassFixture<ModelConversionTests.Checkpoints>
{
    private const string Autoencoder = "autoencoder_vq_f4.pth";

    [TorchFact]
    public void APublishedPairBecomesAModelThatOurNetworksReadWhole()
    {
        Convert("resshift_realsrx4_s4_v3.pth", "v3.safetensors");
        using var file = SafetensorsFile.Open(checkpoints.PathOf("v3.safetensors"));
        var configuration = ResShiftConfiguration.FromFile(file, "realsr-v3");
        Assert.Equal(4, configuration.Scale);
        Assert.Equal(4, configuration.Diffusion.Steps);
        Assert.Equal(0.2, configuration.Diffusion.MinNoiseLevel);
        Assert.Equal(32, configuration.Denoiser.ModelChannels);
        Assert.Equal([1, 2, 2, 4], configuration.Denoiser.ChannelMult);
        Assert.Equal([2, 2, 2, 2], configuration.Denoiser.NumResBlocks);
        Assert.Equal(64, configuration.Denoiser.PaddingMultiple);
        Assert.Equal(256, configuration.Autoencoder.CodeCount);
        LoadWhole(file, configuration);
        CheckValues(file, 0);
    }

    [TorchFact]
    public void PrefixesOfDistributedAndCompiledTrainingGo_HalvesAreExact()
    {
        foreach (var type in (TensorType[])[TensorType.F16, TensorType.F32])
        {
            Convert("SinSR_v1.pth", "sinsr.safetensors", type: type);
            using var file = SafetensorsFile.Open(checkpoints.PathOf("sinsr.safetensors"));
            Assert.All(file.Tensors.Values, tensor => Assert.Equal(type, tensor.Type));
            var configuration = ResShiftConfiguration.FromFile(file);
            Assert.Equal(SamplingRule.OneStep, configuration.Diffusion.Sampling);
            Assert.Equal(15, configuration.Diffusion.Steps);
            Assert.Equal(64, configuration.Denoiser.PaddingMultiple);
            LoadWhole(file, configuration);
            CheckValues(file, 0);
        }
    }

    [TorchFact]
    public void ValuesAreRoundedToBfloat16AsTorchRoundsThem()
    {
        Convert("resshift_realsrx4_s4_v3.pth", "bf16.safetensors", type: TensorType.BF16);
        var script = Path.Combine(checkpoints.Folder, "round.py");
        File.WriteAllText(script, """
            import sys, torch
            state = torch.load(sys.argv[1])["state_dict"]
            values = state["input_blocks.1.0.in_layers.2.weight"].to(torch.bfloat16).view(torch.int16).numpy().tobytes()
            print(values.hex(), end="")
            """);
        var rounded = ChildProcess.Run("/usr/bin/python3", [script, checkpoints.PathOf("resshift_realsrx4_s4_v3.pth")]);
        Assert.True(rounded.ExitCode == 0, rounded.ToString());
        using var file = SafetensorsFile.Open(checkpoints.PathOf("bf16.safetensors"));
        const string name = "denoiser.input_blocks.1.0.in_layers.2.weight";
        var bytes = new byte[file.Tensors[name].LengthBytes];
        file.ReadBytes(name, bytes);
        Assert.Equal(rounded.Output, System.Convert.ToHexStringLower(bytes));
    }

    [TorchFact]
    public void AveragedWeightsArePreferred_RawOnesAreThereOnRequest()
    {
        Convert("averaged.pth", "averaged.safetensors", "bicsr");
        using (var averaged = SafetensorsFile.Open(checkpoints.PathOf("averaged.safetensors"))) CheckValues(averaged, 1);
        Convert("averaged.pth", "raw.safetensors", "bicsr", preferRaw: true);
        using var raw = SafetensorsFile.Open(checkpoints.PathOf("raw.safetensors"));
        CheckValues(raw, 0);
        Assert.Equal("bicsr", ResShiftConfiguration.FromFile(raw).Task);
    }

    [TorchFact]
    public void TheSameCheckpointsGiveTheSameBytes_AndSoDoesTheirResult()
    {
        Convert("resshift_realsrx4_s4_v3.pth", "once.safetensors", type: TensorType.F16);
        Convert("resshift_realsrx4_s4_v3.pth", "again.safetensors", type: TensorType.F16);
        var once = File.ReadAllBytes(checkpoints.PathOf("once.safetensors"));
        Assert.Equal(once, File.ReadAllBytes(checkpoints.PathOf("again.safetensors")));
        using var files = ModelFiles.Open(checkpoints.PathOf("once.safetensors"));
        ModelConversion.Write(files, checkpoints.PathOf("converted.safetensors"), TensorType.F16, replace: true, CancellationToken.None);
        Assert.Equal(once, File.ReadAllBytes(checkpoints.PathOf("converted.safetensors")));
    }

    /// <summary>Settings of a class that only the authors have lie beside the weights: they are not made, and the weights do not depend on them.</summary>
    [TorchFact]
    public void FilesThatWouldRunCodeAreReadWithoutIt()
    {
        Convert("needs_code.pth", "code.safetensors", "realsr-v3");
        using var file = SafetensorsFile.Open(checkpoints.PathOf("code.safetensors"));
        CheckValues(file, 0);
    }

    [TorchFact]
    public void WhatCannotBeConvertedIsSaid()
    {
        (string Expected, string Denoiser, string? Task, TensorType? Type)[] cases =
        [
            ("say with --task", "averaged.pth", null, null),
            ("'time_embed.0.weight' twice", "twice.pth", "realsr-v3", null),
            ("convert it with --dtype bf16, or without --dtype", "too_large.pth", "realsr-v3", TensorType.F16),
            ("name the denoiser as the model", Autoencoder, "realsr-v3", null),
            ("check the path", "none.pth", "realsr-v3", null),
            ("shapes fit: realsr-v3, realsr-v1, bicsr, sinsr, got 'x2'", "resshift_realsrx4_s4_v3.pth", "x2", null),
        ];
        foreach (var (expected, denoiser, task, type) in cases)
        {
            var error = Assert.Throws<SrkException>(() => Convert(denoiser, "refused.safetensors", task, type));
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
            Assert.False(File.Exists(checkpoints.PathOf("refused.safetensors")));
        }
    }

    private static void LoadWhole(SafetensorsFile file, ResShiftConfiguration configuration)
    {
        var root = new WeightScope(file);
        using var model = new ResidualShiftModel(configuration, root["denoiser"], root["autoencoder"]);
        root.CheckAllRead();
    }

    /// <summary>Every value against the formula of make_checkpoints.py.</summary>
    private static void CheckValues(SafetensorsFile file, float denoiserOffset)
    {
        foreach (var (name, entry) in file.Tensors)
        {
            var values = new float[entry.Count];
            file.ReadFloat32(name, [.. entry.Shape.Select(extent => (int)extent)], values);
            var (role, key) = (name[..name.IndexOf('.', StringComparison.Ordinal)], name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..]);
            var offset = role == "denoiser" ? denoiserOffset : 0;
            for (var i = 0; i < values.Length; i++)
            {
                var expected = ((((i * 31L) + key.Length) % 257) / 256f) + offset;
                if (values[i] != expected) Assert.Fail($"{name}[{i}]: expected {expected:r}, got {values[i]:r}");
            }
        }
    }

    private void Convert(string denoiser, string output, string? task = null, TensorType? type = null, bool preferRaw = false)
    {
        using var files = ModelFiles.Open(checkpoints.PathOf(denoiser), checkpoints.PathOf(Autoencoder), task, preferRaw);
        ModelConversion.Write(files, checkpoints.PathOf(output), type, replace: true, CancellationToken.None);
    }

    /// <summary>The small checkpoints, made once for the class (and only where torch is there).</summary>
    public sealed class Checkpoints : IDisposable
    {
        public Checkpoints()
        {
            Folder = Directory.CreateTempSubdirectory("srk-checkpoints-").FullName;
            if (ChildProcess.MissingPythonModule("torch", "python3-torch") is not null) return;
            var script = Path.Combine(ChildProcess.RepositoryRoot, "kernels-tests", "SRKernels.Tests", "Conversion", "make_checkpoints.py");
            var result = ChildProcess.Run("/usr/bin/python3", [script, GoldenFolder.PathOf("keys_unet.txt"), GoldenFolder.PathOf("keys_vq.txt"), Folder]);
            if (result.ExitCode != 0) throw new InvalidOperationException(result.ToString());
        }

        public string Folder { get; }

        public string PathOf(string name) => Path.Combine(Folder, name);

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }
}
