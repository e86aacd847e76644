using System.Runtime.InteropServices;
using SRKernels.Tests.Processes;
using Xunit;

namespace SRKernels.Tests.Rules;

/// <summary><c>tools/gpu-check.sh</c> where there is nothing to check.</summary>
public sealed class GpuCheckTests
{
    private static bool HasDriver { get; } = NativeLibrary.TryLoad("libcuda.so.1", out _);

    [Theory]
    [InlineData("expected an NVIDIA GPU with its driver", "report.txt")]
    [InlineData("expected a report file or --bundle FILE", "--report")]
    [InlineData("expected a file after --bundle", "--bundle")]
    public void SaysWhatIsMissingBeforeItBuildsAnything(string expected, string argument)
    {
        if (!OperatingSystem.IsLinux() || (HasDriver && argument == "report.txt")) return; // with a GPU it would run for minutes
        var folder = Directory.CreateTempSubdirectory("srk-gpu-check-");
        try
        {
            var result = ChildProcess.Run("bash", [Path.Combine(RepositoryFiles.Root, "tools", "gpu-check.sh"), argument], folder: folder.FullName);
            Assert.True(result.ExitCode == 1, result.ToString());
            Assert.Contains(expected, result.Error, StringComparison.Ordinal);
            Assert.Empty(folder.GetFileSystemInfos());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
