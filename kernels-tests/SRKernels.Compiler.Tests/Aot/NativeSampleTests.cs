using System.Text;
using SRKernels.Runtime.OpenCl;
using Xunit;

namespace SRKernels.Compiler.Tests.Aot;

/// <summary>A natively compiled application finds and launches embedded kernels, and carries no compiler, ours or ILGPU's.</summary>
public sealed class NativeSampleTests : IDisposable
{
    private const int MostBytes = 4_000_000; // 2.3 MB when this was written; with the compiler in it, several more

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"srkernels-native-{Guid.NewGuid():N}");

    public void Dispose()
    {
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    [NativeFact]
    public void PublishedItLaunchesAnEmbeddedKernelAndHoldsNoCompiler()
    {
        var (code, output) = NativeSample.Project.Publish(_folder);
        Assert.True(code == 0, output);
        Assert.DoesNotContain("warning", output, StringComparison.OrdinalIgnoreCase);

        var program = Path.Combine(_folder, "SRKernels.AotSample");
        (code, output) = NativeSample.Run(program);
        Assert.True(code == 0, output);
        Assert.Equal(
            ["compiler: no", "ptx: sm_70, Embedded", OpenClDevice.List().Count > 0 ? "opencl: 12 24 36 48" : "opencl: no device"],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries));

        var bytes = File.ReadAllBytes(program);
        Assert.True(bytes.Length <= MostBytes, $"expected at most {MostBytes} bytes, got {bytes.Length}");
        Assert.True(Holds(bytes, nameof(SRKernels.Runtime.Loading.EmbeddedKernels)), "the search found not even a type that must be there");
        foreach (var type in new[] { "KernelFrontend", "PtxGenerator", "PtxWriter", "ClWriter", "SRKernels.Compiler", "ILGPU" })
            Assert.False(Holds(bytes, type), $"{type} is in a program that compiles nothing");
    }

    private static bool Holds(byte[] program, string name) =>
        program.AsSpan().IndexOf(Encoding.ASCII.GetBytes(name)) >= 0 || program.AsSpan().IndexOf(Encoding.Unicode.GetBytes(name)) >= 0;
}
