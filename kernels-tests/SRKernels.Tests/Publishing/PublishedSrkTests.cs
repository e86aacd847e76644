using System.Runtime.CompilerServices;
using SRKernels.Emulation.Publishing;
using SRKernels.Models.Imaging;
using SRKernels.Tests.Cli;
using SRKernels.Tests.Processes;
using SRKernels.Tests.Rules;
using Xunit;

namespace SRKernels.Tests.Publishing;

/// <summary>
/// tools/publish.sh: what it refuses, and with <c>SRKERNELS_LONG=1</c> (minutes of compiling) the archive itself, unpacked and run beside the build for .NET.
/// </summary>
public sealed class PublishedSrkTests(Srk srk) : IClassFixture<Srk>
{
    private const long MostBytes = 18_000_000;

    private static readonly string s_script = Path.Combine(RepositoryFiles.Root, "tools", "publish.sh");

    /// <summary>Who else publishes natively in this checkout.</summary>
    private static readonly NativeProject s_native = new("SRKernels.AotSample");

    [Theory]
    [InlineData("expected levels of x86-64 after --levels, got none", "--levels")]
    [InlineData("expected levels of x86-64, got 'v9'", "--levels", "v3 v9")]
    public void SaysWhatIsWrongBeforeItBuildsAnything(string expected, params string[] arguments)
    {
        if (!OperatingSystem.IsLinux()) return;
        var result = ChildProcess.Run("bash", [s_script, .. arguments], folder: srk.Folder);
        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
    }

    [PublishFact]
    public void TheArchiveRunsWithoutDotnetAndMakesTheSamePicture()
    {
        var archive = Archive();
        Assert.True(new FileInfo(archive).Length <= MostBytes, $"expected at most {MostBytes} bytes, got {new FileInfo(archive).Length}");
        Must(ChildProcess.Run("tar", ["-xf", archive, "-C", srk.Folder]));
        var unpacked = Path.Combine(srk.Folder, Path.GetFileName(archive)[..^".tar.xz".Length]);
        foreach (var file in (string[])["LICENSE", "THIRD-PARTY-NOTICES.md", "CHANGELOG.md", "dotnet/THIRD-PARTY-NOTICES.TXT", "dotnet/LICENSE.TXT", "programs/weights/resshift-tiny-x4.safetensors"])
            Assert.True(File.Exists(Path.Combine(unpacked, file)), $"no {file} in the archive");
        var program = Path.Combine(unpacked, "srk");
        var picture = srk.Picture("slope.png", 24, 20);

        Must(srk.Run("upscale", picture, "-o", "jit.png"));
        Must(Native(program, "upscale", picture, "-o", "native.png"));
        var (expected, got) = (ImageCodecs.Read(srk.PathOf("jit.png")), ImageCodecs.Read(srk.PathOf("native.png")));
        Assert.True(expected.Samples8.SequenceEqual(got.Samples8), "the native program's pixels differ");

        var devices = Must(Native(program, "devices"));
        Assert.StartsWith("cpu       X64, ", devices, StringComparison.Ordinal);
        Assert.Contains("ilgpu:cpu none: not in this build of srk", devices, StringComparison.Ordinal);
        var inspected = Must(Native(program, "inspect", Path.Combine(unpacked, "programs", "weights", "resshift-tiny-x4.safetensors")));
        Assert.Contains("task realsr-x4, scale 4", inspected, StringComparison.Ordinal);

        foreach (var arguments in (string[][])[["upscale", picture, "-o", "x.png", "--device", "ilgpu:cpu"], ["kernels", "--report"]])
        {
            var refused = Native(program, arguments);
            Assert.True(refused.ExitCode == 1, refused.ToString());
            Assert.Contains("take srk for .NET for it: 'dotnet tool install srk'", refused.Error, StringComparison.Ordinal);
        }

        // The program for older processors runs here, too. Its vectors have no fused multiply-add: one of 255 apart at most.
        Must(Native(Path.Combine(unpacked, "programs", "srk-x86-64-v2"), "upscale", picture, "-o", "v2.png"));
        var narrow = ImageCodecs.Read(srk.PathOf("v2.png")).Samples8;
        for (var i = 0; i < narrow.Length; i++) Assert.InRange(narrow[i] - expected.Samples8[i], -1, 1);
    }

    private string Archive()
    {
        var (code, output) = s_native.InTurn("bash", s_script, srk.PathOf("published"));
        Assert.True(code == 0, output);
        return Assert.Single(Directory.GetFiles(srk.PathOf("published"), "*.tar.xz"));
    }

    /// <summary>As where there is no .NET: nothing of it on the path or in the environment.</summary>
    private ProcessResult Native(string program, params string[] arguments) => ChildProcess.Run("env", ["-i", "PATH=/usr/bin:/bin", $"HOME={srk.Folder}", program, .. arguments], folder: srk.Folder);

    private static string Must(ProcessResult result)
    {
        Assert.True(result.ExitCode == 0, result.ToString());
        return result.Output;
    }

    private sealed class PublishFactAttribute : FactAttribute
    {
        public PublishFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) =>
            Skip = Environment.GetEnvironmentVariable("SRKERNELS_LONG") is "1" ? s_native.MissingReason : "minutes long; SRKERNELS_LONG=1 runs it";
    }
}
