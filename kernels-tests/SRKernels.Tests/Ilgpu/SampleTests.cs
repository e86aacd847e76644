using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using SRKernels.Emulation.Publishing;
using SRKernels.Models;
using SRKernels.Models.Imaging;
using SRKernels.Tests.Models;
using SRKernels.Tests.Rules;
using Xunit;

namespace SRKernels.Tests.Ilgpu;

/// <summary>
/// The sample program, an application with ILGPU's default context, as a process of its own: on ILGPU's CPU accelerator, and on its CUDA accelerator
/// over the emulated libcuda.so.1, both held against the processor's picture.
/// </summary>
public sealed class SampleTests : IDisposable
{
    // ILGPU's CPU accelerator waits for ever where threads of a group disagree about a barrier.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan s_longLimit = TimeSpan.FromMinutes(40);

    private readonly string _folder = Directory.CreateTempSubdirectory("srk-sample-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>A crop of 8x8, which is seconds; with <c>SRKERNELS_LONG=1</c> one of 32x32, too.</summary>
    public static TheoryData<int> Sides => Environment.GetEnvironmentVariable("SRKERNELS_LONG") is "1" ? [8, 32] : [8];

    [Theory]
    [MemberData(nameof(Sides))]
    public async Task UpscalesOnIlgpusCpuAccelerator(int side) => await Check("cpu", side, []);

    [LibcudaTheory]
    [MemberData(nameof(Sides))]
    public async Task UpscalesOnIlgpusCudaAccelerator_OverTheEmulatedDriver(int side) =>
        await Check("cuda", side, new() { ["LD_LIBRARY_PATH"] = EmulatedLibcuda.Folder });

    [Fact]
    public void TheReadmeShowsTheSamplesLines()
    {
        var readme = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "README.md"));
        var block = Regex.Match(readme, @"In an application that uses ILGPU.*?```csharp\n(?<lines>.*?)```", RegexOptions.Singleline).Groups["lines"].Value;
        var sample = File.ReadAllLines(Path.Combine(RepositoryFiles.Root, "kernels-tests", "SRKernels.IlgpuSample", "Program.cs")).Select(l => l.Trim()).ToHashSet();
        var lines = block.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(5, lines.Length);
        Assert.All(lines, line => Assert.Contains(line, sample));
    }

    [Fact]
    public void WithoutADriverItSaysSo()
    {
        Assert.SkipWhen(SRKernels.Runtime.Cuda.CudaDevice.List().Count > 0, "there is a driver with a device");
        var (code, _, error) = Sample([], s_limit, "cuda", Crop(8), Path.Combine(_folder, "out.png"));
        Assert.Equal(1, code);
        Assert.NotEqual("", error);
    }

    private async Task Check(string accelerator, int side, Dictionary<string, string> environment)
    {
        var model = Path.Combine(_folder, "tiny.safetensors");
        TinyModelFile.Write(model);
        var (input, output) = (Crop(side), Path.Combine(_folder, "out.png"));
        var (code, said, error) = Sample(environment, side == 8 ? s_limit : s_longLimit, accelerator, input, output, "4", model);
        Assert.True(code == 0 && error.Length == 0, said + error);
        using var processor = SuperResolver.Load(model, threads: 1);
        var expected = await processor.UpscaleAsync(ImageCodecs.Read(input));
        ImageComparison.AssertSame($"{side}x{side} on {accelerator}", expected.Samples8, ImageCodecs.Read(output).Samples8, flips: 0);
    }

    private static (int Code, string Output, string Error) Sample(Dictionary<string, string> environment, TimeSpan limit, params string[] arguments) =>
        ChildProgram.Run(limit, environment, "dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "SRKernels.IlgpuSample.dll"), .. arguments]);

    // Of the picture whose result by PyTorch is a golden.
    private string Crop(int side)
    {
        var shipped = new GoldenFile("shipped_tiny_x4.safetensors");
        var picture = GoldenChainRun.Picture(shipped, "square.lq_u8_rgb", PixelLayout.Rgb);
        var crop = new Image(side, side, PixelLayout.Rgb);
        for (var y = 0; y < side; y++) picture.Row8(y)[..(3 * side)].CopyTo(crop.Row8(y));
        var path = Path.Combine(_folder, "in.png");
        ImageCodecs.Write(crop, path);
        return path;
    }
}

/// <summary>A test that is skipped, with the reason, where the emulated driver cannot be made.</summary>
public sealed class LibcudaTheoryAttribute : TheoryAttribute
{
    public LibcudaTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) =>
        Skip = EmulatedLibcuda.MissingReason;
}
