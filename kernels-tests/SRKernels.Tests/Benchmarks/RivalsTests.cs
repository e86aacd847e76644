using System.Globalization;
using System.Text.RegularExpressions;
using SRKernels.Tests.Conversion;
using SRKernels.Tests.Processes;
using Xunit;

namespace SRKernels.Tests.Benchmarks;

/// <summary>The command that sets ours beside its rivals, as a process of its own: the small model, one round.</summary>
public sealed class RivalsTests : IDisposable
{
    private static readonly string[] s_small = ["--config", "tiny", "--size", "32", "--steps", "2", "--rounds", "1", "--threads", "2"];

    private readonly string _cache = Directory.CreateTempSubdirectory("srk-rivals-").FullName;

    public void Dispose() => Directory.Delete(_cache, recursive: true);

    [Fact]
    public void WithoutPyTorchRivalsAreSkippedWithTheReason_AndOursIsTimed()
    {
        var result = Run([.. s_small, "--python", Path.Combine(_cache, "no-python")]);

        Assert.True(result.ExitCode == 0, result.ToString());
        foreach (var rival in new[] { "onnxruntime", "pytorch", "pytorch-channels-last" })
            Assert.Matches($"(?m)^skipped {rival}: .*no PyTorch in .*no-python", result.Output);
        foreach (var part in new[] { "encode", "step", "decode", "whole" })
            Assert.InRange(Number(result, $@"\| {part} \| ([\d.]+) s \| none \| - \| - \|"), 0.001, 600);
        Assert.InRange(Number(result, @"\| peak memory \| (\d+) MiB \|"), 20, 2000);
    }

    [TorchFact]
    public void OnnxRuntimeComputesTheSame_AndIsSetBeside()
    {
        var result = Run([.. s_small, "--rivals", "onnxruntime", "--python", "/usr/bin/python3"]);

        Assert.True(result.ExitCode == 0, result.ToString());
        foreach (var part in new[] { "encode", "step", "decode", "whole" })
        {
            Assert.Contains($"{part}: onnxruntime computes the same", result.Output, StringComparison.Ordinal);
            Assert.InRange(Number(result, $@"\| {part} \| [\d.]+ s \| [\d.]+ s \| onnxruntime \| ([\d.]+) \|"), 0.01, 100);
        }

        Assert.InRange(Number(result, @"\| peak memory \| \d+ MiB \| (\d+) MiB \|"), 20, 4000);
    }

    [Theory]
    [InlineData("--size", "48", "--size: expected a multiple of 32, got 48")]
    [InlineData("--rivals", "tensorflow", "expected onnxruntime, pytorch, pytorch-channels-last, got 'tensorflow'")]
    [InlineData("--rounds", "none", "--rounds: expected a number, got 'none'")]
    [InlineData("--speed", "9", "got '--speed'")]
    public void WrongUsageIsSaid(string option, string value, string said)
    {
        var result = Run(["--config", "tiny", "--size", "32", option, value]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(said, result.Error, StringComparison.Ordinal);
    }

    private ProcessResult Run(IEnumerable<string> arguments)
    {
        // .../bin/CONFIGURATION/FRAMEWORK/ of the tests names the folders of the program, which a build of the tests builds.
        var framework = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(
            ChildProcess.RepositoryRoot, "benchmarks", "SRKernels.Benchmarks", "bin", framework.Parent!.Name, framework.Name, "SRKernels.Benchmarks.dll");
        return ChildProcess.Run("dotnet", ["exec", program, "rivals", "--cache", _cache, .. arguments]);
    }

    private static double Number(ProcessResult result, string pattern)
    {
        var match = Regex.Match(result.Output, pattern);
        Assert.True(match.Success, $"no line like {pattern}\n{result}");
        return double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
    }
}
