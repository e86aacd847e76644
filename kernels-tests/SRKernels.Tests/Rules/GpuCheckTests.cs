using System.Runtime.InteropServices;
using System.Text.Json;
using SRKernels.Emulation.Publishing;
using SRKernels.Tests.Cli;
using SRKernels.Tests.Kernels;
using SRKernels.Tests.Processes;
using Xunit;
using Xunit.Sdk;

namespace SRKernels.Tests.Rules;

/// <summary><c>tools/gpu-check.sh</c> without a GPU: what it refuses, what it counts, what is left of it when it is cut short, and rehearsals on PoCL and on the emulated driver.</summary>
public sealed class GpuCheckTests(Srk srk) : IClassFixture<Srk>
{
    /// <summary>Stands in for srk: two devices, a bench that fails, a picture as near as DECIBELS says.</summary>
    private const string StubOfSrk = """
        case "$1 $*" in
            devices*) printf 'cpu       X64\ncuda      none\nopencl:0  a "device"\n' ;;
            bench*--run*) echo '{"run":"tiny"}' >>"${@: -1}"; echo "a run" ;;
            bench*) echo "srk: bench: expected an NMSE, got more; report it" >&2; exit 1 ;;
            upscale*--compare*) echo '{"psnr":DECIBELS,"ssim":1}' ;;
            upscale*) echo '{"seconds":1}' ;;
        esac
        """;

    /// <summary>Stands in for a test program: on OpenCL one test passes and one fails, on CUDA one does not end.</summary>
    private const string StubOfTests = """
        echo '{"$type":"test-starting","TestUniqueID":"1","TestDisplayName":"A(backend: \"OpenCL\")"}'
        echo '{"$type":"test-passed","TestUniqueID":"1"}'
        echo '{"$type":"test-finished","TestUniqueID":"1"}'
        echo '{"$type":"test-starting","TestUniqueID":"2","TestDisplayName":"B(backend: \"OpenCL\")"}'
        echo '{"$type":"test-failed","TestUniqueID":"2","Messages":["off by\nmuch"]}'
        echo '{"$type":"test-finished","TestUniqueID":"2"}'
        echo '{"$type":"test-starting","TestUniqueID":"3","TestDisplayName":"C(backend: \"CUDA\")"}'
        exit 1
        """;

    private static readonly string s_script = Path.Combine(RepositoryFiles.Root, "tools", "gpu-check.sh");

    private static bool HasDriver { get; } = NativeLibrary.TryLoad("libcuda.so.1", out _);

    [Theory]
    [InlineData("expected an NVIDIA GPU with its driver", "report")]
    [InlineData("expected a folder or an option", "--report")]
    [InlineData("expected a value after --bundle", "--bundle")]
    [InlineData("expected a value after --device", "--quick", "--device")]
    [InlineData("expected --device cuda:0 or opencl:N, got 'cpu'", "--device", "cpu")]
    [InlineData("expected --only device conformance ops pictures bench runs ilgpu torch, got 'all'", "--only", "all")]
    [InlineData("expected --minutes and a number, got 'five'", "--minutes", "five")]
    public void SaysWhatIsMissingBeforeItBuildsAnything(string expected, params string[] arguments)
    {
        OnLinux();
        Assert.SkipWhen(HasDriver && arguments is ["report"], "there is a driver: it would run for minutes");
        var folder = Directory.CreateDirectory(srk.PathOf("empty"));
        var result = ChildProcess.Run("bash", [s_script, .. arguments], folder: folder.FullName);
        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.Empty(folder.GetFileSystemInfos());
    }

    [Theory]
    [InlineData("null", 0, "")]
    [InlineData("51.5", 0, "")]
    [InlineData("45", 1, "expected a picture within 50 dB of the processor's, got 45 dB")]
    [InlineData("9.25", 2, "expected a picture within 40 dB of the processor's, got 9.25 dB")]
    public void CountsWhatFails(string decibels, int pictures, string expected)
    {
        OnLinux();
        // The bench and three runs of tests: conformance, ops, chains.
        var failures = pictures + 4;
        var bundle = Bundle($"stub-{decibels}", StubOfSrk.Replace("DECIBELS", decibels, StringComparison.Ordinal), StubOfTests);
        var result = Check(bundle, "--quick");
        Assert.True(result.ExitCode == 1, result.ToString());
        var report = File.ReadAllText(Path.Combine(bundle, "report", "report.txt"));
        Assert.Equal(result.Output, report);
        foreach (var said in (string[])
            ["a rehearsal on opencl:0 (no GPU)", "expected an NMSE, got more", "FAILED: failed with 1", expected, "failed: B(backend: \"OpenCL\")\n      off by\n      much",
            "backend: \"OpenCL\": 1 passed, 1 failed, 0 skipped", "did not end: C(backend: \"CUDA\")", "1 did not end", "left out: no CUDA device"])
            Assert.Contains(said, report, StringComparison.Ordinal);
        Assert.Matches($"gpu-check: {failures} failed after \\d+ s, report in {bundle}/report\n$", report);
        var lines = Lines(bundle);
        Assert.Equal(failures, lines[^1].GetProperty("failed").GetInt32());
        Assert.Equal("opencl:0  a \"device\"", lines.First(l => l.TryGetProperty("device", out _)).GetProperty("device").GetString());
        Assert.Equal(
            [("conformance", 1, 1), ("ops", 1, 1), ("chains", 1, 1)],
            lines.Where(l => l.TryGetProperty("tests", out _)).Select(l => (l.GetProperty("tests").GetString()!, l.GetProperty("passed").GetInt32(), l.GetProperty("failed").GetInt32())));
        Assert.Contains(lines, l => l.TryGetProperty("run", out _));
    }

    [Fact]
    public void NamesTheDevicesWhereTheAskedOneIsMissing()
    {
        OnLinux();
        var bundle = Bundle("missing", StubOfSrk, StubOfTests);
        var result = ChildProcess.Run("bash", [Path.Combine(bundle, "gpu-check.sh"), "--device", "opencl:3"], folder: bundle);
        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains("expected opencl:3 to be there, got cpu, cuda none, opencl:0;", result.Error, StringComparison.Ordinal);
    }

    /// <summary>A part that hangs has its own time, and those behind it theirs.</summary>
    [Fact]
    public void APartThatHangsTakesNobodyElsesTime()
    {
        OnLinux();
        var bundle = Bundle("hang", StubOfSrk.Replace("bench*) echo", "bench*) echo an op; sleep 300; echo", StringComparison.Ordinal), StubOfTests);
        var result = Check(bundle, "--quick", "--minutes", "0.1", "--only", "bench", "--only", "runs");
        Assert.Contains("an op\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("FAILED: timed out with 124", result.Output, StringComparison.Ordinal);
        Assert.Contains("a run\n", result.Output, StringComparison.Ordinal);
        Assert.Equal("timed out", Lines(bundle).First(l => l.GetProperty("part").GetString() == "bench").GetProperty("status").GetString());
    }

    /// <summary>Killed in the middle of a part: what was known by then is there, in lines that can be read.</summary>
    [Fact]
    public void KilledItLeavesAReadablePartialReport()
    {
        OnLinux();
        // Its bench kills the script, which is the parent of the timeout that it runs in.
        var bundle = Bundle(
            "killed", StubOfSrk.Replace("bench*) echo", "bench*) echo an op; read -r _ _ _ script _ </proc/$PPID/stat; kill -9 $script; echo", StringComparison.Ordinal), StubOfTests);
        var result = Check(bundle, "--quick");
        Assert.True(result.ExitCode == 128 + 9, result.ToString());
        var report = File.ReadAllText(Path.Combine(bundle, "report", "report.txt"));
        Assert.Contains("backend: \"OpenCL\": 1 passed, 1 failed, 0 skipped", report, StringComparison.Ordinal);
        Assert.Contains("an op\n", report, StringComparison.Ordinal);
        Assert.DoesNotContain("==== runs", report, StringComparison.Ordinal);
        Assert.Equal(
            ["conformance", "ops", "chains"], Lines(bundle).Where(l => l.TryGetProperty("tests", out _)).Select(l => l.GetProperty("tests").GetString()));
    }

    /// <summary>As it would run beside a GPU, on PoCL with a few of everything: no part is missing from the report.</summary>
    [OpenClFact]
    public void MeasuresOnOpenClAsItWouldOnAGpu()
    {
        OnLinux();
        var bundle = Bundle("rehearsal", Real("srk"), Real("SRKernels.Tests"), Real("SRKernels.Compiler.Tests"));
        var picture = srk.Picture("slope.png", 32, 32);
        var result = Check(
            bundle, "--quick", "--minutes", "60", "--ops", "768->192 8x8", "--sample", picture, "--tests",
            "FullyQualifiedName~ActivationTests|FullyQualifiedName~SiluTests|DisplayName~Integers.Add|DisplayName~rs_case_v3_4step");
        Assert.True(result.ExitCode == 0, result.ToString());
        var report = File.ReadAllText(Path.Combine(bundle, "report", "report.txt"));
        Assert.DoesNotContain("FAILED", report, StringComparison.Ordinal);
        var lines = Lines(bundle);
        Assert.Equal(2, lines.Count(l => l.TryGetProperty("op", out var op) && op.GetString() == "conv1x1 768->192 8x8"));
        Assert.Equal(2, lines.Count(l => l.TryGetProperty("psnr", out _)));
        Assert.Equal(
            [(4, "fp32"), (4, "bf16")],
            lines.Where(l => l.TryGetProperty("run", out _)).Select(l => (l.GetProperty("steps").GetInt32(), l.GetProperty("precision").GetString()!)));
        Assert.All(lines.Where(l => l.TryGetProperty("run", out _)), l => Assert.True(
            l.GetProperty("runMilliseconds").GetDouble() > 0 && l.GetProperty("launches").GetInt32() > 100 && l.GetProperty("stepMilliseconds").GetDouble() > 0));
        Assert.All(lines.Where(l => l.TryGetProperty("tests", out _)), l => Assert.True(l.GetProperty("passed").GetInt32() > 0 && l.GetProperty("failed").GetInt32() == 0, $"{l}"));
        Assert.Equal(0, lines[^1].GetProperty("failed").GetInt32());
    }

    /// <summary>The parts of tests as on a GPU, on a driver that is one to all who look: kernels by both compilers, and ops.</summary>
    [EmulatedLibcudaFact]
    public void TestsOnTheEmulatedDriverAsItWouldOnAGpu()
    {
        OnLinux();
        var bundle = Bundle("emulated", Real("srk"), Real("SRKernels.Tests"), Real("SRKernels.Compiler.Tests"));
        var (code, output, error) = EmulatedLibcuda.Run(
            new Dictionary<string, string>(), "bash", Path.Combine(bundle, "gpu-check.sh"), "--quick", "--minutes", "60", "--only", "device", "--only", "conformance", "--only", "ops", "--tests",
            "DisplayName~SiluTests|DisplayName~Integers.AddInt32", Path.Combine(bundle, "report"));
        Assert.True(code == 0, output + error);
        Assert.Contains("backend: \"CUDA\": ", output, StringComparison.Ordinal);
        Assert.Contains("backend: \"ILGPU PTX on CUDA\": ", output, StringComparison.Ordinal);
        Assert.Contains("PTX emulator", output, StringComparison.Ordinal);
        // SRKERNELS_ONLY left the others out.
        Assert.DoesNotContain("PTX sm_80", output, StringComparison.Ordinal);
        Assert.All(Lines(bundle).Where(l => l.TryGetProperty("tests", out _)), l => Assert.True(l.GetProperty("passed").GetInt32() > 0 && l.GetProperty("failed").GetInt32() == 0, $"{l}"));
    }

    private static void OnLinux()
    {
        if (!OperatingSystem.IsLinux()) throw SkipException.ForSkip("a script for bash");
    }

    private static ProcessResult Check(string bundle, params string[] arguments) =>
        ChildProcess.Run("bash", [Path.Combine(bundle, "gpu-check.sh"), "--device", "opencl:0", .. arguments, "report"], folder: bundle);

    private static JsonElement[] Lines(string bundle) =>
        [.. File.ReadAllLines(Path.Combine(bundle, "report", "report.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];

    /// <summary>A program of this build.</summary>
    private static string Real(string name)
    {
        var here = AppContext.BaseDirectory;
        var folder = name == "SRKernels.Compiler.Tests" ? here.Replace("SRKernels.Tests", name, StringComparison.Ordinal) : here;
        return $"exec dotnet exec '{Path.Combine(folder, name + ".dll")}' \"$@\"";
    }

    /// <summary>What unpacking a bundle leaves, with other programs in it.</summary>
    private string Bundle(string name, string program, string modelTests, string? compilerTests = null)
    {
        if (OperatingSystem.IsWindows()) throw SkipException.ForSkip("a script for bash");
        var folder = Directory.CreateDirectory(srk.PathOf(name)).FullName;
        var app = Directory.CreateDirectory(Path.Combine(folder, "app")).FullName;
        foreach (var (file, lines) in new[] { ("srk", program), ("SRKernels.Tests", modelTests), ("SRKernels.Compiler.Tests", compilerTests ?? modelTests) })
        {
            var path = Path.Combine(app, file);
            File.WriteAllText(path, $"#!/usr/bin/env bash\n{lines.ReplaceLineEndings("\n")}\n");
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        File.Copy(s_script, Path.Combine(folder, "gpu-check.sh"));
        File.Copy(Path.Combine(RepositoryFiles.Root, "tools", "samples", "scene.png"), Path.Combine(folder, "scene.png"));
        File.WriteAllText(Path.Combine(folder, "revision"), "0123abc\n");
        return folder;
    }
}
