using System.Text;
using System.Text.Json;
using SRKernels.Emulation.Publishing;
using SRKernels.Tests.Processes;
using Xunit;
using Xunit.Sdk;

namespace SRKernels.Tests.Rules;

/// <summary>The bundle that <c>tools/gpu-check.sh --bundle</c> makes: minutes of publishing, so only with <c>SRKERNELS_LONG=1</c>.</summary>
public sealed class GpuBundleTests : IDisposable
{
    private const long MostBytes = 60L << 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("srk-bundle-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Made, unpacked elsewhere, and rehearsed there on the emulated driver, by its own runtime.</summary>
    [Fact]
    public void IsSmallAndBringsAllThatItNeeds()
    {
        if (!OperatingSystem.IsLinux()) throw SkipException.ForSkip("a script for bash");
        Assert.SkipUnless(string.Equals(Environment.GetEnvironmentVariable("SRKERNELS_LONG"), "1", StringComparison.Ordinal), "minutes long; SRKERNELS_LONG=1 runs it");
        Assert.SkipUnless(EmulatedLibcuda.MissingReason is null, EmulatedLibcuda.MissingReason ?? "");
        var archive = Path.Combine(_folder, "gpu-check.tar.gz");
        var (code, output, error) = ChildProgram.Run(
            TimeSpan.FromMinutes(30), new Dictionary<string, string>(), "bash", Path.Combine(RepositoryFiles.Root, "tools", "gpu-check.sh"), "--bundle", archive);
        Assert.True(code == 0, output + error);
        Assert.InRange(new FileInfo(archive).Length, 1, MostBytes);
        Assert.Equal(0, ChildProcess.Run("tar", ["-xzf", archive, "-C", _folder]).ExitCode);
        var bundle = Path.Combine(_folder, "gpu-check");
        var files = Directory.GetFiles(bundle, "*", SearchOption.AllDirectories);
        Assert.DoesNotContain(files, file => Path.GetExtension(file) is ".pdb" or ".xml" || file.Contains("TestPlatform", StringComparison.Ordinal));
        Assert.All(files, file => Assert.False(HasPathOfASource(File.ReadAllBytes(file)), $"{Path.GetFileName(file)} names the folder that it was made in"));

        var report = Path.Combine(_folder, "report");
        (code, output, error) = EmulatedLibcuda.Run(
            new Dictionary<string, string> { ["DOTNET_ROOT"] = Path.Combine(_folder, "none") }, "bash", Path.Combine(bundle, "gpu-check.sh"), "--quick", "--minutes", "60", "--only", "device", "--only", "conformance",
            "--only", "ops", "--tests", "DisplayName~SiluTests|DisplayName~Integers.AddInt32", report);
        Assert.True(code == 0, output + error);
        JsonElement[] lines = [.. File.ReadAllLines(Path.Combine(report, "report.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(2, lines.Count(l => l.TryGetProperty("tests", out _) && l.GetProperty("passed").GetInt32() > 0 && l.GetProperty("failed").GetInt32() == 0));
    }

    // What the compiler writes down of our files begins with /_ here, wherever they lay.
    private static bool HasPathOfASource(ReadOnlySpan<byte> bytes)
    {
        // Joined here: as they stand they would be found in this file's own assembly.
        foreach (var text in (string[])[RepositoryFiles.Root + "/", string.Join('/', "/source", "src", ""), string.Join('/', "/source", "kernels-tests", "")])
            foreach (var encoding in (Encoding[])[Encoding.UTF8, Encoding.Unicode])
                if (bytes.IndexOf(encoding.GetBytes(text)) >= 0) return true;
        return false;
    }
}
