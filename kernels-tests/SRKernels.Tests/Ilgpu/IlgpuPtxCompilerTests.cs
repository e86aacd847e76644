using System.Runtime.InteropServices;
using ILGPU.IR.Intrinsics;
using SRKernels.Emulation;
using SRKernels.Ilgpu;
using SRKernels.Ilgpu.Ptx;
using SRKernels.Intrinsics;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;
using SRKernels.Runtime.Loading;
using Xunit;
using Extent = SRKernels.Runtime.Extent;

namespace SRKernels.Tests.Ilgpu;

/// <summary>ILGPU's compiler with our intrinsics: its text runs in the emulator, what it refuses is said.</summary>
public sealed class IlgpuPtxCompilerTests : IDisposable
{
    private static readonly string s_kernels = typeof(IntrinsicKernels).FullName!;

    private readonly IlgpuPtxCompiler _compiler = new();

    public void Dispose() => _compiler.Dispose();

    [Fact]
    public void EveryIntrinsicHasInstructions()
    {
        var marked = typeof(TensorCore).Assembly.GetTypes().SelectMany(type => type.GetMethods())
            .Where(method => method.IsStatic && method.IsDefined(typeof(IntrinsicImplementationAttribute), inherit: false)).ToArray();
        Assert.NotEmpty(marked);
        foreach (var method in marked)
        {
            Assert.Contains(method, IlgpuIntrinsics.Methods);
            Assert.True(PtxInstructions.Knows(method), $"{method.DeclaringType!.Name}.{method.Name} has no instructions in Ptx/PtxInstructions.cs");
        }
    }

    /// <summary>Ties, numbers that become subnormal, infinite or stay no number: the bits that the plain C# of the intrinsics gives.</summary>
    [Fact]
    public void ConversionsGiveTheBitsOfPlainCSharp()
    {
        float[] x = [1, -2.5f, 0.1f, 1.00048828f, 1.00390625f, 1.01171875f, 65519, 65520, 3e-7f, -1e-40f, float.PositiveInfinity, float.NaN, 0, -0f, 3.4e38f, 1.0009766f];
        var image = _compiler.Compile(GetType().Assembly, new KernelKey(s_kernels, nameof(IntrinsicKernels.Conversions)));
        var y = new uint[x.Length * IntrinsicKernels.Results];
        Run(image, x, y, x.Length);
        for (var i = 0; i < x.Length; i++)
        {
            var (value, other) = (x[i], x[x.Length - 1 - i]);
            var half = BitConverter.HalfToUInt16Bits((Half)value);
            uint[] expected =
            [
                TensorCore.PackHalf(value, other), TensorCore.PackBFloat16(value, other), Bits((float)(Half)value), Bits((float)(Half)other),
                Bits((float)(BFloat16)value), Bits((float)(BFloat16)other), Bits(TensorCore.RoundToTf32(value)), ((BFloat16)value).Bits, Bits((float)(BFloat16)value),
                TensorCore.PackBFloat16(value, other), half, Bits((float)(Half)value),
            ];
            for (var k = 0; k < expected.Length; k++)
            {
                var got = y[(i * IntrinsicKernels.Results) + k];
                // Which not-a-number it is differs between C# and the instructions.
                if (float.IsNaN(value) || float.IsNaN(other)) continue;
                Assert.True(expected[k] == got, $"result {k} of {value:R} and {other:R}: expected {expected[k]:X8}, got {got:X8}");
            }
        }

        static uint Bits(float value) => BitConverter.SingleToUInt32Bits(value);
    }

    [Theory]
    [InlineData(2f, false)]
    [InlineData(3f, true)]
    public void FrameworkMethodsAndSpecialisedValuesAreTaken(float factor, bool isClamped)
    {
        float[] x = [0.1f, -7.3f, 2, 1e-3f];
        var key = new KernelKey(s_kernels, nameof(IntrinsicKernels.Framework)) { Specialized = [BitConverter.SingleToInt32Bits(factor), isClamped ? 1 : 0] };
        var y = new uint[x.Length];
        Run(_compiler.Compile(GetType().Assembly, key), x, y, x.Length);
        for (var i = 0; i < x.Length; i++)
        {
            var expected = -MathF.FusedMultiplyAdd(x[i], factor, -1.5f);
            if (isClamped) expected = Math.Clamp(expected, -2, 2);
            Assert.Equal(expected, BitConverter.UInt32BitsToSingle(y[i]));
        }
    }

    [Fact]
    public void WhatIlgpuRefusesIsSaid_AndTheNextKernelCompiles()
    {
        var error = Assert.Throws<IlgpuCompilationException>(() => _compiler.Compile(GetType().Assembly, new KernelKey(s_kernels, nameof(IntrinsicKernels.Throws))));
        Assert.Contains(nameof(IntrinsicKernels.Throws), error.Kernel, StringComparison.Ordinal);
        Assert.NotEmpty(error.Said);
        Assert.Contains("our own compiler", error.Remedy, StringComparison.Ordinal);
        var image = _compiler.Compile(GetType().Assembly, new KernelKey(s_kernels, nameof(IntrinsicKernels.Fill)) { TypeArguments = ["float"] });
        Assert.Contains(".entry", image.Text, StringComparison.Ordinal);
        Assert.Equal([KernelParameter.Pointer, KernelParameter.Int64, KernelParameter.Float32], image.Parameters);
    }

    [Theory]
    [InlineData("type", "No.Such.Type", "Fill", "float")]
    [InlineData("static method", null, "NoSuchKernel", "float")]
    [InlineData("1 type arguments, got 0", null, "Fill", null)]
    [InlineData("type argument", null, "Fill", "No.Such.Type")]
    [InlineData("2 specialised values, got 0", null, "Framework", null)]
    [InlineData("sm_90, got sm_80", null, "ForNewerDevices", null)]
    public void KernelsThatAreNotThereAreNamed(string expected, string? type, string method, string? argument)
    {
        var key = new KernelKey(type ?? s_kernels, method) { TypeArguments = argument is null ? [] : [argument] };
        var error = Assert.Throws<SrkException>(() => _compiler.Compile(GetType().Assembly, key));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains(method, error.Message, StringComparison.Ordinal);
    }

    private static void Run(KernelImage image, float[] x, uint[] y, int threads)
    {
        var driver = new EmulatedCudaDriver(80);
        using var device = new CudaDevice(driver, 0);
        using var from = device.Allocate(x.Length * sizeof(float));
        using var to = device.Allocate(y.Length * sizeof(uint));
        using var kernel = device.Load(image);
        device.Upload(MemoryMarshal.AsBytes<float>(x), from);
        device.Launch(kernel, new LaunchShape(new Extent(1), new Extent(threads)), new KernelArguments().View<float>(from).View<uint>(to));
        device.Download(to, MemoryMarshal.AsBytes(y.AsSpan()));
        Assert.Empty(driver.Findings);
    }
}
