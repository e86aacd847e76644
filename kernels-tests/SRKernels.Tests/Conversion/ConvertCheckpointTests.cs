using SRKernels.Models;
using SRKernels.Models.Configuration;
using SRKernels.Models.Weights;
using SRKernels.Tests.Models;
using SRKernels.Tests.Processes;
using Xunit;

namespace SRKernels.Tests.Conversion;

/// <summary>tools/convert_checkpoint.py on small checkpoints in the published layout, whose results our loader must take whole.</summary>
public sealed class ConvertCheckpointTests(ConvertCheckpointTests.Checkpoints checkpoints) : IClassFixture<ConvertCheckpointTests.Checkpoints>
{
    private const string Autoencoder = "autoencoder_vq_f4.pth";

    [TorchFact]
    public void APublishedPairBecomesAModelThatOurNetworksReadWhole()
    {
        var result = Convert("resshift_realsrx4_s4_v3.pth", Autoencoder, "v3.safetensors");
        Assert.True(result.ExitCode == 0, result.ToString());
        using var file = SafetensorsFile.Open(checkpoints.PathOf("v3.safetensors"));
        var configuration = ModelConfiguration.FromFile(file, "realsr-v3");
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
        var result = Convert("SinSR_v1.pth", Autoencoder, "sinsr.safetensors", "--half");
        Assert.True(result.ExitCode == 0, result.ToString());
        using var file = SafetensorsFile.Open(checkpoints.PathOf("sinsr.safetensors"));
        Assert.All(file.Tensors.Values, tensor => Assert.Equal(TensorType.F16, tensor.Type));
        var configuration = ModelConfiguration.FromFile(file);
        Assert.Equal(SamplingRule.OneStep, configuration.Diffusion.Sampling);
        Assert.Equal(15, configuration.Diffusion.Steps);
        Assert.Equal(64, configuration.Denoiser.PaddingMultiple);
        LoadWhole(file, configuration);
        CheckValues(file, 0);
    }

    [TorchFact]
    public void AveragedWeightsArePreferred_RawOnesAreThereOnRequest()
    {
        Assert.Equal(0, Convert("averaged.pth", Autoencoder, "averaged.safetensors", "--task", "bicsr").ExitCode);
        using (var averaged = SafetensorsFile.Open(checkpoints.PathOf("averaged.safetensors"))) CheckValues(averaged, 1);
        Assert.Equal(0, Convert("averaged.pth", Autoencoder, "raw.safetensors", "--task", "bicsr", "--raw").ExitCode);
        using var raw = SafetensorsFile.Open(checkpoints.PathOf("raw.safetensors"));
        CheckValues(raw, 0);
        Assert.Equal("bicsr", ModelConfiguration.FromFile(raw).Task);
    }

    [TorchFact]
    public void TheSameCheckpointsGiveTheSameBytes()
    {
        Convert("resshift_realsrx4_s4_v3.pth", Autoencoder, "once.safetensors", "--half");
        Convert("resshift_realsrx4_s4_v3.pth", Autoencoder, "again.safetensors", "--half");
        Assert.Equal(File.ReadAllBytes(checkpoints.PathOf("once.safetensors")), File.ReadAllBytes(checkpoints.PathOf("again.safetensors")));
    }

    [TorchFact]
    public void FilesThatRunCodeAreRefusedUntilTrusted()
    {
        var refused = Convert("needs_code.pth", Autoencoder, "code.safetensors", "--task", "realsr-v3");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("--trust-pickle", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Traceback", refused.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(checkpoints.PathOf("code.safetensors")));
        var trusted = Convert("needs_code.pth", Autoencoder, "code.safetensors", "--task", "realsr-v3", "--trust-pickle");
        Assert.True(trusted.ExitCode == 0, trusted.ToString());
    }

    [TorchFact]
    public void WhatCannotBeConvertedIsSaidInOneLine()
    {
        (string Expected, string[] Arguments)[] cases =
        [
            ("say with --task", ["averaged.pth", Autoencoder]),
            ("'time_embed.0.weight' twice", ["twice.pth", Autoencoder, "--task", "realsr-v3"]),
            ("without --half", ["too_large.pth", Autoencoder, "--task", "realsr-v3", "--half"]),
            ("right place of the two", [Autoencoder, "resshift_realsrx4_s4_v3.pth", "--task", "realsr-v3"]),
            ("check the path", ["none.pth", Autoencoder, "--task", "realsr-v3"]),
        ];
        foreach (var (expected, arguments) in cases)
        {
            var result = Convert([.. arguments, "-o", "refused.safetensors"]);
            Assert.True(result.ExitCode == 1 && result.Error.Contains(expected, StringComparison.Ordinal), $"{expected}: {result}");
            Assert.DoesNotContain("Traceback", result.Error, StringComparison.Ordinal);
            Assert.False(File.Exists(checkpoints.PathOf("refused.safetensors")));
        }
    }

    private static void LoadWhole(SafetensorsFile file, ModelConfiguration configuration)
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

    private ProcessResult Convert(string denoiser, string autoencoder, string output, params string[] more) =>
        Convert([denoiser, autoencoder, "-o", output, .. more]);

    private ProcessResult Convert(string[] arguments) => ChildProcess.Run(
        "/usr/bin/python3", [Path.Combine(ChildProcess.RepositoryRoot, "tools", "convert_checkpoint.py"), .. arguments], folder: checkpoints.Folder);

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
