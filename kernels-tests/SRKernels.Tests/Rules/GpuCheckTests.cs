using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using SRKernels.Tests.Cli;
using SRKernels.Tests.Kernels;
using SRKernels.Tests.Processes;
using Xunit;

namespace SRKernels.Tests.Rules;

/// <summary><c>tools/gpu-check.sh</c> without a GPU: what it refuses, that it counts what fails, and a rehearsal of all its measuring on OpenCL.</summary>
public sealed class GpuCheckTests(Srk srk) : IClassFixture<Srk>
{
    /// <summary>Stands in for srk: two devices, a bench that fails in bf16, a picture as near as DECIBELS says.</summary>
    private const string Stub = """
        #!/usr/bin/env bash
        case "$1 $*" in
            devices*) printf 'cpu       X64\ncuda      none\nopencl:0  a device\n' ;;
            bench*bf16*) echo "srk: bench: expected an NMSE, got more; report it" >&2; exit 1 ;;
            bench*) echo "op 1 us" ;;
            upscale*--compare*) echo '{"psnr":DECIBELS,"ssim":1}' ;;
            upscale*) echo '{"seconds":1}' ;;
        esac
        """;

    private static readonly string s_script = Path.Combine(RepositoryFiles.Root, "tools", "gpu-check.sh");

    private static bool HasDriver { get; } = NativeLibrary.TryLoad("libcuda.so.1", out _);

    [Theory]
    [InlineData("expected an NVIDIA GPU with its driver", "report.txt")]
    [InlineData("expected a report file or an option", "--report")]
    [InlineData("expected a value after --bundle", "--bundle")]
    [InlineData("expected a value after --device", "--quick", "--device")]
    [InlineData("expected --device cuda:N or opencl:N, got 'cpu'", "--device", "cpu")]
    public void SaysWhatIsMissingBeforeItBuildsAnything(string expected, params string[] arguments)
    {
        if (!OperatingSystem.IsLinux() || (HasDriver && arguments is ["report.txt"])) return; // with a GPU it would run for minutes
        var folder = Directory.CreateDirectory(srk.PathOf("empty"));
        var result = ChildProcess.Run("bash", [s_script, .. arguments], folder: folder.FullName);
        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.Empty(folder.GetFileSystemInfos());
    }

    [Theory]
    [InlineData("null", 1, "")]
    [InlineData("51.5", 1, "")]
    [InlineData("45", 2, "expected a picture within 50 dB of the processor's, got 45 dB")]
    [InlineData("9.25", 2, "expected a picture within 50 dB of the processor's, got 9.25 dB")]
    public void CountsWhatFails(string decibels, int failures, string expected)
    {
        if (!OperatingSystem.IsLinux()) return;
        var bundle = Bundle($"stub-{decibels}", Stub.Replace("DECIBELS", decibels, StringComparison.Ordinal));
        var result = ChildProcess.Run("bash", [Path.Combine(bundle, "gpu-check.sh"), "--device", "opencl:0", "report.txt"], folder: bundle);
        Assert.True(result.ExitCode == 1, result.ToString());
        var report = File.ReadAllText(Path.Combine(bundle, "report.txt"));
        Assert.Equal(result.Output, report);
        Assert.Contains("a rehearsal on opencl:0 (no GPU)", report, StringComparison.Ordinal);
        Assert.Contains("expected an NMSE, got more", report, StringComparison.Ordinal);
        Assert.Contains("FAILED with 1", report, StringComparison.Ordinal);
        Assert.Contains(expected, report, StringComparison.Ordinal);
        Assert.EndsWith($"gpu-check: {failures} failed, report in {Path.Combine(bundle, "report.txt")}\n", report, StringComparison.Ordinal);
    }

    [Fact]
    public void NamesTheDevicesWhereTheAskedOneIsMissing()
    {
        if (!OperatingSystem.IsLinux()) return;
        var bundle = Bundle("missing", Stub);
        var result = ChildProcess.Run("bash", [Path.Combine(bundle, "gpu-check.sh"), "--device", "opencl:3"], folder: bundle);
        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains("expected opencl:3 to be there, got cpu, cuda none, opencl:0;", result.Error, StringComparison.Ordinal);
    }

    /// <summary>Unpacked from a bundle, as it would run beside a GPU: the bench in both precisions, the picture on the processor and in both on the device.</summary>
    [OpenClFact]
    public void MeasuresOnOpenClAsItWouldOnAGpu()
    {
        if (!OperatingSystem.IsLinux()) return;
        var bundle = Bundle("rehearsal", $"#!/usr/bin/env bash\nexec dotnet exec '{Srk.Program}' \"$@\"\n");
        var picture = srk.Picture("slope.png", 32, 32);
        var result = ChildProcess.Run(
            "bash", [Path.Combine(bundle, "gpu-check.sh"), "--device", "opencl:0", "--ops", "768->192 8x8", "--sample", picture, "report.txt"], folder: bundle);
        Assert.True(result.ExitCode == 0, result.ToString());
        var report = File.ReadAllText(Path.Combine(bundle, "report.txt"));
        Assert.Equal(2, report.Split('\n').Count(line => line.StartsWith("conv1x1 768->192 8x8 ", StringComparison.Ordinal)));
        Assert.Equal(2, report.Split("\"psnr\":").Length - 1);
        Assert.DoesNotContain("FAILED", report, StringComparison.Ordinal);
        foreach (var precision in (string[])["fp32", "bf16"])
            Assert.Contains("<svg", File.ReadAllText(Path.Combine(bundle, $"report-{precision}.svg")), StringComparison.Ordinal);
    }

    /// <summary>What unpacking a bundle leaves, with another srk in it.</summary>
    [UnsupportedOSPlatform("windows")]
    private string Bundle(string name, string program)
    {
        var folder = Directory.CreateDirectory(srk.PathOf(name)).FullName;
        var file = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "srk")).FullName, "srk");
        File.WriteAllText(file, program.ReplaceLineEndings("\n"));
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.Copy(s_script, Path.Combine(folder, "gpu-check.sh"));
        File.WriteAllText(Path.Combine(folder, "revision"), "0123abc\n");
        return folder;
    }
}
