using SRKernels.Models.Imaging;
using SRKernels.Tests.Kernels;
using SRKernels.Tests.Processes;
using Xunit;

namespace SRKernels.Tests.Cli.Cases;

/// <summary>Sections 13 and 24: limits on address space, open files and the length of files are errors that name them, never an abort.</summary>
public sealed class LimitsTests : IDisposable
{
    // What the runtime or the C library say where they cannot begin, or where the runtime finds no place for the code that it makes: it ends the process itself, and no line of ours can hear of it.
    private static readonly string[] s_runtimesOwn = ["CoreCLR", "JIT compiler", "thread-local data", "Failed to create RW mapping for RX memory"];

    private readonly Srk _srk = new();

    public void Dispose() => _srk.Dispose();

    /// <summary>How little is too little differs from machine to machine and run to run; what is said does not.</summary>
    [Theory]
    [InlineData(1_200)]
    [InlineData(1_400)]
    [InlineData(1_600)]
    [InlineData(1_800)]
    [InlineData(2_200)]
    [InlineData(4_000)]
    public void Section24_TooLittleAddressSpaceIsNamed(int mebibytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "streams, limits and special files as Linux has them");
        _srk.Picture("in.png", 16, 16);
        var run = _srk.Shell($"ulimit -c 0; ulimit -v {mebibytes << 10}; srk upscale in.png -o out.png --steps 2 --device cpu -q");
        if (!run.Error.Contains("srk: ", StringComparison.Ordinal) && s_runtimesOwn.Any(said => run.Error.Contains(said, StringComparison.Ordinal))) return;
        AssertEndsWell(run, "address space");
    }

    /// <summary>Where assemblies take all files that a process may open, from the first lines of the program to its last.</summary>
    [Theory]
    [InlineData(24)]
    [InlineData(32)]
    [InlineData(40)]
    [InlineData(48)]
    [InlineData(54)]
    [InlineData(59)]
    [InlineData(60)]
    [InlineData(63)]
    [InlineData(64)]
    public void Section24_TooFewOpenFilesAreNamed(int files)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "streams, limits and special files as Linux has them");
        _srk.Picture("in.png", 16, 16);
        var run = _srk.Shell($"ulimit -c 0; ulimit -n {files}; srk upscale in.png -o out.png --steps 2 --device cpu -q");
        AssertEndsWell(run, "ulimit -n");
    }

    [Theory]
    [InlineData("-o out.png", "out.png: expected a file that can grow to its size")]
    [InlineData("-o - >out.png", "stdout: expected it to take the picture, got File too large")]
    public void Section13_AFileThatMayNotGrowIsAnError(string output, string error)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "streams, limits and special files as Linux has them");
        _srk.Picture("in.png", 64, 64);
        // A file of the runtime's own for its code would not be allowed either.
        var run = _srk.Shell($"export DOTNET_EnableWriteXorExecute=0; ulimit -c 0; ulimit -f 4; srk upscale in.png {output} --steps 2 --device cpu -q");
        Assert.True(run.ExitCode == 1, run.ToString());
        Assert.Contains(error, run.Error, StringComparison.Ordinal);
        Assert.Equal(output.Contains('>', StringComparison.Ordinal) ? ["in.png", "out.png"] : ["in.png"], _srk.Files());
    }

    /// <summary>PoCL has no device where it can write no cache: that none is there is said, not that none of none was meant.</summary>
    [OpenClFact]
    public void Section24_ADriverWithoutADeviceIsNamed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "streams, limits and special files as Linux has them");
        _srk.Picture("in.png", 4, 4);
        var run = _srk.Shell("export POCL_CACHE_DIR=/proc/none; srk upscale in.png -o out.png --device opencl:0 --steps 2 -q");
        // Another driver than PoCL does not mind.
        if (run.ExitCode == 0) return;
        Assert.Contains("device opencl:0: expected an OpenCL device, got a loader without any", run.Error, StringComparison.Ordinal);
        Assert.Contains("POCL_CACHE_DIR", run.Error, StringComparison.Ordinal);
    }

    private void AssertEndsWell(ProcessResult run, string cause)
    {
        var isDone = run.ExitCode == 0;
        Assert.True(isDone || run.ExitCode == 1, run.ToString());
        if (isDone) Assert.True(ImageCodecs.Examine(_srk.PathOf("out.png")).IsWhole);
        else Assert.Contains(cause, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("srk: srk:", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", run.Error, StringComparison.Ordinal);
    }
}
