using Xunit;

namespace SRKernels.Tests.Cli.Cases;

/// <summary>Sections 4 and 12: streams that are closed from the start, printing that nobody takes, and special files where a file is meant.</summary>
public sealed class ClosedStreamsTests : IDisposable
{
    private readonly Srk _srk = new();

    public void Dispose() => _srk.Dispose();

    /// <summary>The runtime has files of its own under the numbers of closed streams before our first line: nothing may be read from or written to those.</summary>
    [Theory]
    [InlineData("upscale - -o out.png <&-", "stdin: expected a picture, got a closed stdin")]
    [InlineData("upscale - -o out.png <&- >&-", "stdin: expected a picture, got a closed stdin")]
    [InlineData("upscale in.png -o - >&-", "-o -: expected someone to take the picture, got a closed stdout")]
    [InlineData("upscale in.png -o - <&- >&-", "-o -: expected someone to take the picture, got a closed stdout")]
    [InlineData("inspect in.png >&-", "stdout: expected it to take what is printed, got a closed stdout")]
    public void Section12_AClosedStreamIsSaidBeforeTheWork(string line, string error)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "streams, limits and special files as Linux has them");
        _srk.Picture("in.png", 4, 4);
        var run = _srk.Shell($"srk {line}");
        Assert.True(run.ExitCode == 1, run.ToString());
        Assert.Contains(error, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("tile", run.Error, StringComparison.Ordinal);
        Assert.Equal(["in.png"], _srk.Files());
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("--version")]
    [InlineData("devices")]
    [InlineData("inspect in.png")]
    [InlineData("bench silu --quick")]
    [InlineData("upscale in.png --dry-run")]
    public void Section12_PrintingThatNobodyTakesIsAFailure(string line)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "streams, limits and special files as Linux has them");
        _srk.Picture("in.png", 4, 4);
        var run = _srk.Shell($"srk {line} >/dev/full");
        Assert.True(run.ExitCode == 1, run.ToString());
        Assert.Contains("srk: stdout: expected it to take ", run.Error, StringComparison.Ordinal);
        Assert.Contains("No space left on device", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    /// <summary>A reader that has read enough is no error.</summary>
    [Fact]
    public void Section12_AReaderThatLeavesEarlyIsNoFailure()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a shell's pipe");
        var run = _srk.Shell("srk upscale --help | head -1; exit ${PIPESTATUS[0]}");
        Assert.True(run.ExitCode == 0, run.ToString());
    }

    /// <summary>All of these are read more than once or from all over, and no signal ends a wait for a pipe's other side.</summary>
    [Theory]
    [InlineData("upscale in.png -o out.png --model pipe", "weights 'pipe': expected a readable file, got a named pipe")]
    [InlineData("upscale in.png -o out.png --model /dev/null", "weights '/dev/null': expected a readable file, got a device")]
    [InlineData("upscale in.png -o out.png --compare pipe", "pipe: expected a file or a folder, got a named pipe")]
    [InlineData("upscale in.png -o out.png --mask pipe", "pipe: expected a file or a folder, got a named pipe")]
    [InlineData("upscale in -o out --compare pipe", "pipe: expected a file or a folder, got a named pipe")]
    [InlineData("inspect pipe", "pipe: expected a weights file or a picture, got a named pipe")]
    public void Section4a_ASpecialFileIsRefusedWhereAFileIsMeant(string line, string error)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "streams, limits and special files as Linux has them");
        _srk.Picture("in.png", 4, 4);
        _srk.Picture("in/a.png", 4, 4);
        var run = _srk.Shell($"mkfifo pipe; timeout 60 dotnet exec '{Srk.Program}' {line}");
        Assert.True(run.ExitCode == 1, run.ToString());
        Assert.Contains(error, run.Error, StringComparison.Ordinal);
    }
}
