using SRKernels.Kernels;
using SRKernels.Models.Sr3;
using SRKernels.Models.Weights;
using SRKernels.Tests.Conversion;
using SRKernels.Tests.Models.Weights;
using SRKernels.Tests.Processes;
using SRKernels.Tests.Rules;
using Xunit;

namespace SRKernels.Tests.Models.Sr3;

/// <summary>A chain from files of the authors' layout: safetensors, and both containers of torch, which wrote them here.</summary>
public sealed class Sr3CheckpointTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("srk-sr3-checkpoints-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [TorchFact]
    public void MatchesUpstream_FromEveryContainer()
    {
        var golden = GoldenFolder.Case(Sr3ModelTests.SmallestChain);
        var tensors = new Dictionary<string, TensorContent>(StringComparer.Ordinal) { ["betas"] = new(TensorType.F32, [2], new byte[8]) };
        Sr3Golden.Model(golden, new CopiedWeights(GoldenConfiguration.Weights(golden, "denoiser"), "denoise_fn.", tensors)).Dispose();
        SafetensorsWriter.Write(Path.Combine(_folder, "sr3.safetensors"), tensors);
        var script = Path.Combine(RepositoryFiles.Root, "kernels-tests", "Checkpoints", "save_checkpoints.py");
        var result = ChildProcess.Run("/usr/bin/python3", [script, _folder]);
        Assert.True(result.ExitCode == 0, result.ToString());
        foreach (var container in new[] { "safetensors", "zip.pth", "legacy.pth" })
        {
            using var file = WeightFile.Open(Path.Combine(_folder, $"sr3.{container}"));
            using var cx = new KernelContext(ExecutionKind.Cpu, threads: 2);
            Sr3ModelTests.Compare(Sr3ModelTests.SmallestChain, cx, container, Assert.Single(Sr3Family.Instance.Find(file)));
        }
    }

    /// <summary>Our PyTorch definition, which times are set beside, computes upstream's numbers.</summary>
    [TorchFact]
    public void OurPyTorchDefinitionPassesTheGoldens()
    {
        foreach (var file in new[] { "sr3_a_trace.safetensors", "sr3_b_trace.safetensors", Sr3ModelTests.SmallestChain })
        {
            var golden = GoldenFolder.Case(file);
            var tensors = new Dictionary<string, TensorContent>(StringComparer.Ordinal);
            Sr3Golden.Model(golden, new CopiedWeights(GoldenConfiguration.Weights(golden, "denoiser"), "denoise_fn.", tensors)).Dispose();
            var weights = Path.Combine(_folder, "sr3.safetensors");
            SafetensorsWriter.Write(weights, tensors);
            var script = Path.Combine(RepositoryFiles.Root, "benchmarks", "peers", "sr3_torch.py");
            var result = ChildProcess.Run("/usr/bin/python3", [
                script, "check", "--weights", weights, "--golden", GoldenFolder.PathOf(file), "--network", GoldenConfiguration.Network(golden, "denoiser").GetRawText(),
                "--diffusion", GoldenFolder.Diffusion("sr3_20").GetRawText()]);
            Assert.True(result.ExitCode == 0 && result.Output.Contains("NMSE", StringComparison.Ordinal), $"{file}: {result}");
        }
    }
}
