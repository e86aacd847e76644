using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using SRKernels.Compilation;
using SRKernels.Compilation.Analysis;
using SRKernels.Compiler.Frontend;
using SRKernels.Compiler.IR;
using SRKernels.Compiler.Tests.Emulation;
using SRKernels.Compiler.Tests.Runtime;
using SRKernels.Conformance.Kernels;
using SRKernels.Intrinsics;
using SRKernels.Runtime;
using Xunit;
using Extent = SRKernels.Runtime.Extent;

namespace SRKernels.Compiler.Tests.Conformance;

/// <summary>The tensor-core matrix product: accumulators stay in registers from the first product to the last.</summary>
public sealed class TensorProductTests(ITestOutputHelper output)
{
    [Theory]
    [MemberData(nameof(CudaDrivers.Names), MemberType = typeof(CudaDrivers))]
    public void IsRightWithoutBankConflicts(string name)
    {
        const int m = 64, n = 128, k = 80;
        var random = new Random(3);
        var a = Enumerable.Range(0, m * k).Select(_ => (BFloat16)(random.NextSingle() - 0.5f)).ToArray();
        var b = Enumerable.Range(0, k * n).Select(_ => (BFloat16)(random.NextSingle() - 0.5f)).ToArray();
        using var device = CudaDrivers.Open(name, out var driver);
        using var kernel = device.Load(KernelImageMaker.Ptx(Compile(), 80));
        using var da = device.Allocate(a.Length * 2);
        using var db = device.Allocate(b.Length * 2);
        using var dc = device.Allocate(m * n * 4);
        device.Upload(MemoryMarshal.AsBytes<BFloat16>(a), da);
        device.Upload(MemoryMarshal.AsBytes<BFloat16>(b), db);
        device.Launch(
            kernel, new LaunchShape(new Extent(n / 64, m / 64), new Extent(128)),
            new KernelArguments().View<BFloat16>(da).View<BFloat16>(db).View<float>(dc).Add(m).Add(n).Add(k));
        var c = new float[m * n];
        device.Download(dc, MemoryMarshal.AsBytes(c.AsSpan()));
        if (driver is not null)
        {
            Assert.Empty(driver.Findings);
            Assert.Equal(0, driver.BankConflicts);
        }

        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++)
            {
                double sum = 0;
                for (var p = 0; p < k; p++) sum += (double)(float)a[(i * k) + p] * (float)b[(p * n) + j];
                Assert.True(Math.Abs(sum - c[(i * n) + j]) < 1e-5, $"C[{i},{j}]: expected {sum}, got {c[(i * n) + j]}");
            }
        }
    }

    [PtxasTheory]
    [InlineData(80)]
    [InlineData(86)]
    [InlineData(89)]
    [InlineData(90)]
    public void AccumulatorsNeverLeaveTheirRegisters(int target)
    {
        var assembled = Ptxas.Found!.Assemble(KernelImageMaker.Ptx(Compile(), target).Text, target);
        Assert.True(assembled.Success, assembled.Log);
        Assert.Empty(assembled.Warnings);
        var resources = assembled.Kernels[0];
        Assert.Equal(0, resources.SpillStoreBytes + resources.SpillLoadBytes + resources.StackBytes);
        var products = Regex.Matches(Ptxas.Found.Disassemble(assembled.Cubin), @"HMMA\.16816\.F32\.BF16\s+(R\d+),\s*R\d+(?:\.reuse)?,\s*R\d+(?:\.reuse)?,\s*(R\d+|RZ)");
        output.WriteLine($"sm_{target}: {resources.Registers} registers, {resources.SharedBytes} bytes shared, {products.Count} HMMA");
        Assert.True(products.Count >= 8, "expected at least the loop's eight products");
        foreach (Match product in products) Assert.Equal(product.Groups[1].Value, product.Groups[2].Value);
    }

    internal static Function Compile() => KernelCompiler.Compile(
        new KernelRequest(typeof(TensorProduct).Assembly.Location, typeof(TensorProduct).FullName!, nameof(TensorProduct.TwoStages64x64)));
}
