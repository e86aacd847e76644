using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using SRKernels.Compilation;
using SRKernels.Compilation.Analysis;
using SRKernels.Compiler.Frontend;
using SRKernels.Compiler.IR;
using SRKernels.Compiler.Tests.Emulation;
using SRKernels.Compiler.Tests.Runtime;
using SRKernels.Conformance.Kernels;
using SRKernels.Runtime;
using SRKernels.Runtime.OpenCl;
using Xunit;
using Extent = SRKernels.Runtime.Extent;

namespace SRKernels.Compiler.Tests.Conformance;

/// <summary>The register-tiled matrix product: written once in C#, looked at in each of its machine forms.</summary>
public sealed class MatrixProductTests(ITestOutputHelper output)
{
    [Fact]
    public void RegisterTilesNeverTouchLocalMemory()
    {
        var text = KernelImageMaker.Ptx(Compile(), 80).Text;
        Assert.DoesNotContain(".local", text, StringComparison.Ordinal);
        Assert.Contains("ld.global.v4.f32", text, StringComparison.Ordinal);
        Assert.Contains("ld.shared.v4.f32", text, StringComparison.Ordinal);
        Assert.Contains("st.global.v4.f32", text, StringComparison.Ordinal);
    }

    [PtxasTheory]
    [InlineData(70)]
    [InlineData(80)]
    [InlineData(90)]
    public void TheInnerLoopIsMultiplyAdds(int target)
    {
        var ptxas = Ptxas.Found!;
        var assembled = ptxas.Assemble(KernelImageMaker.Ptx(Compile(), target).Text, target);
        Assert.True(assembled.Success, assembled.Log);
        Assert.Empty(assembled.Warnings);
        var resources = assembled.Kernels[0];
        Assert.Equal(0, resources.SpillStoreBytes + resources.SpillLoadBytes + resources.StackBytes);
        var (ffma, all, wide) = InnerLoop(ptxas.Disassemble(assembled.Cubin));
        output.WriteLine($"sm_{target}: {resources.Registers} registers, {ffma} FFMA of {all} instructions in the inner loop ({100.0 * ffma / all:F1} %), {wide} 128-bit shared loads");
        Assert.True(ffma >= 0.75 * all, $"sm_{target}: {ffma} FFMA of {all} instructions");
        Assert.True(wide > 0, "no 128-bit loads in the inner loop");
    }

    [Theory]
    [MemberData(nameof(CudaDrivers.Names), MemberType = typeof(CudaDrivers))]
    public void IsRightOnCuda(string driver)
    {
        using var device = CudaDrivers.Open(driver, out _);
        Check(device, KernelImageMaker.Ptx(Compile(), 80), 128, 128, 16);
    }

    [OpenClFact]
    public void IsRightOnOpenCl()
    {
        using var device = OpenClDevice.Open(0);
        Check(device, KernelImageMaker.OpenCl(Compile(forOpenCl: true)), 256, 128, 24);
    }

    internal static Function Compile(bool forOpenCl = false) => KernelCompiler.Compile(
        new KernelRequest(typeof(MatrixProduct).Assembly.Location, typeof(MatrixProduct).FullName!, nameof(MatrixProduct.SharedTile128x128)), forOpenCl: forOpenCl);

    private static void Check(Device device, KernelImage image, int m, int n, int k)
    {
        var random = new Random(1);
        var a = Enumerable.Range(0, m * k).Select(_ => random.NextSingle() - 0.5f).ToArray();
        var b = Enumerable.Range(0, k * n).Select(_ => random.NextSingle() - 0.5f).ToArray();
        using var kernel = device.Load(image);
        using var da = device.Allocate(a.Length * 4);
        using var db = device.Allocate(b.Length * 4);
        using var dc = device.Allocate(m * n * 4);
        device.Upload(MemoryMarshal.AsBytes<float>(a), da);
        device.Upload(MemoryMarshal.AsBytes<float>(b), db);
        device.Launch(
            kernel, new LaunchShape(new Extent(n / 128, m / 128), new Extent(256)),
            new KernelArguments().View<float>(da).View<float>(db).View<float>(dc).Add(m).Add(n).Add(k));
        var c = new float[m * n];
        device.Download(dc, MemoryMarshal.AsBytes(c.AsSpan()));
        for (var i = 0; i < m; i++)
            for (var j = 0; j < n; j++)
            {
                double sum = 0;
                for (var p = 0; p < k; p++) sum += (double)a[(i * k) + p] * b[(p * n) + j];
                Assert.True(Math.Abs(sum - c[(i * n) + j]) < 1e-5, $"C[{i},{j}]: expected {sum}, got {c[(i * n) + j]}");
            }
    }

    /// <summary>Between the target of the last backward branch and that branch.</summary>
    private static (int Ffma, int All, int Wide) InnerLoop(string sass)
    {
        var lines = sass.Split('\n');
        var labels = new Dictionary<string, int>(StringComparer.Ordinal);
        var best = (Ffma: 0, All: 1, Wide: 0);
        for (var i = 0; i < lines.Length; i++)
        {
            if (Regex.Match(lines[i], @"^\s*(\.L_\w+):") is { Success: true } label) labels[label.Groups[1].Value] = i;
            if (Regex.Match(lines[i], @"BRA\s+`?\(?(\.L_\w+)") is not { Success: true } branch || !labels.TryGetValue(branch.Groups[1].Value, out var start)) continue;
            var body = lines[start..(i + 1)].Where(l => Regex.IsMatch(l, @"/\*[0-9a-f]{4}\*/")).ToArray();
            var ffma = body.Count(l => l.Contains("FFMA", StringComparison.Ordinal));
            if (ffma > best.Ffma) best = (ffma, body.Length, body.Count(l => l.Contains("LDS.U.128", StringComparison.Ordinal) || l.Contains("LDS.128", StringComparison.Ordinal)));
        }

        return best;
    }
}
