using System.Diagnostics;
using SRKernels.Tests.Processes;
using Xunit;

namespace SRKernels.Tests.Cli.Cases;

/// <summary>Sections 4, 12 and 24: streams that are closed, full or silent, and signals meanwhile.</summary>
public sealed class StreamsTests : IDisposable
{
    private static readonly TimeSpan s_atOnce = TimeSpan.FromSeconds(60);
    private readonly Srk _srk = new();

    public void Dispose() => _srk.Dispose();

    [Theory]
    [InlineData("2>/dev/full")]
    [InlineData("2>&-")]
    [InlineData("<&- >&- 2>&-")]
    public void Section12_ALineThatCannotBePrintedIsDropped(string streams)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/dev/full is of Linux");
        _srk.Picture("a.png", 4, 4);
        var done = _srk.Shell($"srk upscale a.png -o b.png --steps 2 {streams}");
        Assert.True(done.ExitCode == 0, done.ToString());
        // With stderr's number a picture would carry its lines.
        Assert.True(SRKernels.Models.Imaging.ImageCodecs.Examine(_srk.PathOf("b.png")).IsWhole);
        var failed = _srk.Shell($"srk upscale none.png -o c.png {streams}");
        Assert.True(failed.ExitCode == 1, failed.ToString());
    }

    [Fact]
    public void Section12_LinesOfResultsThatCannotBePrintedStopNoPicture()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/dev/full is of Linux");
        _srk.Picture("in/a.png", 4, 4);
        _srk.Picture("in/b.png", 4, 4);
        var result = _srk.Shell("srk upscale in -o out --steps 2 --json >/dev/full");
        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains("stdout: expected it to take", result.Error, StringComparison.Ordinal);
        Assert.Equal(["a.png", "b.png"], _srk.Files("out"));
    }

    [Fact]
    public void Section12_APictureThatNobodyTakesIsAFailure()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "pipes and signals of Unix");
        _srk.Picture("a.png", 4, 4);
        var result = _srk.Shell("srk upscale a.png -o - --steps 2 | true; exit ${PIPESTATUS[0]}");
        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains("expected someone to take the picture", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-", "INT")]
    [InlineData("-", "TERM")]
    [InlineData("pipe.png", "INT")]
    [InlineData("pipe.png", "TERM")]
    public async Task Section4a_TheFirstSignalEndsAWaitForASilentPipe(string input, string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "pipes and signals of Unix");
        Assert.Equal(0, _srk.Shell("mkfifo pipe.png").ExitCode);
        using var process = _srk.Start("upscale", input, "-o", "out.png", "--model", Path.Combine(ChildProcess.RepositoryRoot, "weights", "resshift-tiny-x4.safetensors"));
        AssertWaits(process);
        Assert.Equal(0, ChildProcess.Run("kill", [$"-{signal}", $"{process.Id}"]).ExitCode);
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(s_atOnce))
        {
            process.Kill();
            Assert.Fail($"still waits for '{input}' after {signal}");
        }

        Assert.Equal(130, process.ExitCode);
        Assert.Contains("stopped", await errors, StringComparison.Ordinal);
        Assert.Equal(["pipe.png"], _srk.Files());
    }

    // The claim is there once the signals are caught and the model is loaded; then it reads.
    private void AssertWaits(Process process)
    {
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < s_atOnce;)
        {
            if (_srk.Files().Any(file => file.EndsWith(".claim", StringComparison.Ordinal))) return;
            Assert.False(process.HasExited);
            Thread.Sleep(20);
        }

        Assert.Fail("never came to reading");
    }
}
