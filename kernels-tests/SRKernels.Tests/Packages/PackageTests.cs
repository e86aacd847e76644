using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using SRKernels.Emulation.Publishing;
using SRKernels.Models;
using SRKernels.Models.Imaging;
using SRKernels.Tests.Cli;
using SRKernels.Tests.Models;
using SRKernels.Tests.Rules;
using Xunit;

namespace SRKernels.Tests.Packages;

/// <summary>The packages, and applications that have nothing of this project but them: restored, built, run and compared with the source build.</summary>
public sealed class PackageTests(PackedFiles packed, ITestOutputHelper log) : IClassFixture<PackedFiles>
{
    private const int MostNativeBytes = 9_000_000; // 7.4 MB when this was written, 3.7 of them the embedded kernels

    [PackedFact]
    public void EachHoldsItsAssembliesWithTheirDocumentationAndSymbols()
    {
        Check("SRKernels", ["SRKernels.Intrinsics", "SRKernels.Kernels", "SRKernels.Models", "SRKernels.Runtime"], ["ILGPU [1.5.3]", "ILGPU.Algorithms [1.5.3]"], 4_500_000);
        Check("SRKernels.Compiler", ["SRKernels.Compilation", "SRKernels.Compiler"], [$"SRKernels [{packed.Version}]"], 400_000);
        Check("SRKernels.Ilgpu", ["SRKernels.Ilgpu"], [$"SRKernels [{packed.Version}]"], 100_000);
        Check("SRKernels.Weights.Tiny", [], [], 8_500_000);
        using var tool = Open("srk", "nupkg");
        Assert.Contains(tool.Entries, e => e.FullName == "tools/net10.0/any/weights/resshift-tiny-x4.safetensors");
    }

    [PackedFact]
    public void PackedTwiceTheyAreTheSame()
    {
        var again = packed.PathOf("again");
        var project = Path.Combine(RepositoryFiles.Root, "tools", "SRKernels.Packages");
        var (code, output, error) = packed.Run("dotnet", "pack", project, "--no-build", "-nodeReuse:false", "-o", again, $"-p:Version={packed.Version}");
        Assert.True(code == 0, output + error);
        var files = Directory.GetFiles(again);
        Assert.Equal(7, files.Length);
        foreach (var file in files)
            Assert.True(File.ReadAllBytes(file).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(packed.Folder, Path.GetFileName(file)))), Path.GetFileName(file));
    }

    [PackedFact]
    public async Task FiveLinesUpscale_AndStop()
    {
        var program = Path.Combine(packed.Make("Upscale", "upscale"), "Upscale.dll");
        var (input, output) = (Picture(), packed.PathOf("five.png"));
        var (code, said, error) = packed.Run("dotnet", program, input, output, "0");
        Assert.NotEqual(0, code);
        Assert.Contains("CanceledException", error, StringComparison.Ordinal);
        Assert.False(File.Exists(output));

        (code, said, error) = packed.Run("dotnet", program, input, output, "600");
        Assert.True(code == 0, said + error);
        Assert.Contains("100 %", error, StringComparison.Ordinal);
        Assert.Equal(await Expected(input), ImageCodecs.Read(output).Samples8.ToArray());
    }

    [PackedFact]
    public async Task FiveLinesUpscale_NativelyCompiled()
    {
        var missing = new NativeProject("SRKernels.AotSample").MissingReason;
        Assert.SkipWhen(missing is not null, missing ?? "");
        var program = Path.Combine(packed.Make("Upscale", "native", "publish", "-r", "linux-x64", "-p:PublishAot=true", "-p:CppCompilerAndLinker=gcc"), "Upscale");
        var (input, output) = (Picture(), packed.PathOf("native.png"));
        var start = Stopwatch.GetTimestamp();
        var (code, said, error) = packed.Run(program, input, output, "600");
        log.WriteLine($"{new FileInfo(program).Length:N0} bytes; from start to a picture of 64x64 {Stopwatch.GetElapsedTime(start).TotalSeconds:F2} s");
        Assert.True(code == 0, said + error);
        Assert.Equal(await Expected(input), ImageCodecs.Read(output).Samples8.ToArray());

        var bytes = File.ReadAllBytes(program);
        Assert.True(bytes.Length <= MostNativeBytes, $"expected at most {MostNativeBytes} bytes, got {bytes.Length}");
        Assert.True(Holds(bytes, nameof(SuperResolver)), "the search found not even a type that must be there");
        foreach (var name in new[] { "ILGPU", "SRKernels.Compiler", "KernelFrontend", "WeightCache", "HttpConnectionPool" })
            Assert.False(Holds(bytes, name), $"{name} is in a program that compiles and downloads nothing");
    }

    [PackedFact]
    public async Task AnIlgpuApplicationPassesItsAccelerator()
    {
        var program = Path.Combine(packed.Make("IlgpuSample", "ilgpu"), "IlgpuSample.dll");
        var (input, output, model) = (Picture(8), packed.PathOf("ilgpu.png"), packed.PathOf("model.safetensors"));
        TinyModelFile.Write(model);
        var (code, said, error) = packed.Run("dotnet", program, "cpu", input, output, "4", model);
        Assert.True(code == 0 && error.Length == 0, said + error);
        using var processor = SuperResolver.Load(model, threads: 1);
        ImageComparison.AssertSame("on ILGPU's CPU accelerator", (await processor.UpscaleAsync(ImageCodecs.Read(input))).Samples8, ImageCodecs.Read(output).Samples8, flips: 0);
    }

    [PackedFact]
    public void AKernelThatIsNotEmbeddedNeedsTheCompiler_AndAReferenceToItIsAll()
    {
        var without = packed.Run("dotnet", Path.Combine(packed.Make("OwnKernel", "without"), "OwnKernel.dll"));
        Assert.Equal(1, without.Code);
        Assert.StartsWith("SRKernels.Compiler: kernel Kernels.Double: expected an embedded image for a GPU (sm_80), got none; add the package SRKernels.Compiler", without.Output, StringComparison.Ordinal);

        var with = packed.Run("dotnet", Path.Combine(packed.Make("OwnKernel", "with", options: "-p:WithCompiler=true"), "OwnKernel.dll"));
        Assert.Equal((0, "Compiled: Ptx for sm_80, entry Kernels_Double\n"), (with.Code, with.Output));
    }

    [PackedFact]
    public void TheToolUpscalesAsTheSourceBuildDoes()
    {
        var folder = packed.PathOf("tool");
        var (code, said, error) = packed.Run("dotnet", "tool", "install", "srk", "--tool-path", folder, "--version", packed.Version, "--configfile", packed.PathOf("NuGet.config"));
        Assert.True(code == 0, said + error);
        var (input, output, expected) = (Picture(), packed.PathOf("tool.png"), packed.PathOf("source.png"));
        (code, said, error) = packed.Run(Path.Combine(folder, "srk"), "upscale", input, "-o", output, "--device", "cpu");
        Assert.True(code == 0, said + error);
        (code, said, error) = packed.Run("dotnet", "exec", Srk.Program, "upscale", input, "-o", expected, "--device", "cpu");
        Assert.True(code == 0, said + error);
        Assert.Equal(ImageCodecs.Read(expected).Samples8.ToArray(), ImageCodecs.Read(output).Samples8.ToArray());
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("tools/SRKernels.Packages/README.md")]
    public void ReadmesShowTheFiveLines(string file)
    {
        var readme = File.ReadAllText(Path.Combine(RepositoryFiles.Root, file));
        var lines = File.ReadAllLines(Path.Combine(RepositoryFiles.Root, "kernels-tests", "Consumers", "Upscale", "Program.cs"))
            .Where(l => l.Length > 0 && !l.StartsWith("using SRKernels", StringComparison.Ordinal)).ToArray();
        Assert.Equal(5, lines.Length);
        Assert.Contains(string.Join('\n', lines), readme, StringComparison.Ordinal);
    }

    private static async Task<byte[]> Expected(string input)
    {
        using var resolver = SuperResolver.LoadShipped(threads: 1);
        return (await resolver.UpscaleAsync(ImageCodecs.Read(input), new UpscaleOptions { Seed = 7 })).Samples8.ToArray();
    }

    private static bool Holds(byte[] program, string name) =>
        program.AsSpan().IndexOf(Encoding.ASCII.GetBytes(name)) >= 0 || program.AsSpan().IndexOf(Encoding.Unicode.GetBytes(name)) >= 0;

    private void Check(string package, string[] assemblies, string[] dependencies, long mostBytes)
    {
        using var files = Open(package, "nupkg");
        var names = files.Entries.Select(e => e.FullName).ToHashSet(StringComparer.Ordinal);
        Assert.Contains("README.md", names);
        Assert.Contains("LICENSE", names);
        Assert.Contains("THIRD-PARTY-NOTICES.md", names);
        Assert.Equal(
            assemblies.SelectMany(a => new[] { $"lib/net10.0/{a}.dll", $"lib/net10.0/{a}.xml" }).Order(StringComparer.Ordinal),
            names.Where(n => n.StartsWith("lib/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        using var reader = new StreamReader(files.GetEntry($"{package}.nuspec")!.Open());
        var nuspec = reader.ReadToEnd();
        Assert.Equal(dependencies, Regex.Matches(nuspec, @"<dependency id=""(.*?)"" version=""(.*?)""").Select(m => $"{m.Groups[1].Value} {m.Groups[2].Value}"));
        Assert.Contains("<license type=\"expression\">MIT</license>", nuspec, StringComparison.Ordinal);
        var bytes = new FileInfo(Path.Combine(packed.Folder, $"{package}.{packed.Version}.nupkg")).Length;
        log.WriteLine($"{package}: {bytes:N0} bytes");
        Assert.True(bytes <= mostBytes, $"{package}: expected at most {mostBytes} bytes, got {bytes}");
        if (assemblies.Length == 0) return;
        using var symbols = Open(package, "snupkg");
        foreach (var assembly in assemblies) Assert.NotNull(symbols.GetEntry($"lib/net10.0/{assembly}.pdb"));
    }

    private ZipArchive Open(string package, string kind) => ZipFile.OpenRead(Path.Combine(packed.Folder, $"{package}.{packed.Version}.{kind}"));

    private string Picture(int side = 16)
    {
        var image = new Image(side, side, PixelLayout.Rgb);
        for (var i = 0; i < image.Samples8.Length; i++) image.Samples8[i] = (byte)((i * 5) + (i / (3 * side) * 9));
        var path = packed.PathOf($"in{side}.png");
        ImageCodecs.Write(image, path);
        return path;
    }
}
