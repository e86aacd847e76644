using System.Runtime.InteropServices;
using SRKernels.Runtime;
using SRKernels.Runtime.OpenCl;
using Xunit;

namespace SRKernels.Compiler.Tests.Runtime;

public sealed class OpenClDeviceTests
{
    private const string Axpy = """
        __kernel void axpy(__global uchar* xBase, ulong xOffset, long xLength, __global uchar* yBase, ulong yOffset, long yLength, float a)
        {
            __global const float* x = (__global const float*)(xBase + xOffset);
            __global float* y = (__global float*)(yBase + yOffset);
            long i = get_global_id(0);
            if (i < yLength) y[i] = a * x[i] + y[i];
        }
        """;

    private static readonly KernelParameter[] s_parameters =
        [KernelParameter.Pointer, KernelParameter.Int64, KernelParameter.Pointer, KernelParameter.Int64, KernelParameter.Float32];

    [OpenClFact]
    public void LaunchReadsViewsThatStartInTheMiddleOfABuffer()
    {
        using var device = OpenClDevice.Open(0);
        using var kernel = device.Load(new KernelImage("axpy", KernelFormat.OpenClC, Axpy, s_parameters));
        var x = Enumerable.Range(0, 100).Select(i => (float)i).ToArray();
        var y = Enumerable.Repeat(1f, 100).ToArray();
        using var dx = device.Allocate(400);
        using var dy = device.Allocate(400);
        device.Upload(MemoryMarshal.AsBytes<float>(x), dx);
        device.Upload(MemoryMarshal.AsBytes<float>(y), dy);
        var arguments = new KernelArguments().View<float>(dx, 10, 50).View<float>(dy, 3, 50).Add(2f);
        device.Launch(kernel, new LaunchShape(new Extent(2), new Extent(32)), arguments);
        var result = new float[100];
        device.Download(dy, MemoryMarshal.AsBytes(result.AsSpan()));
        for (var i = 0; i < 100; i++)
            Assert.Equal(i is >= 3 and < 53 ? 1 + (2f * (i + 7)) : 1f, result[i]);
    }

    /// <summary>tools/check_oclgrind.sh runs this, too: a checker that sees no race here sees nothing.</summary>
    [OpenClFact]
    public void OfRacingWritesOneWins()
    {
        const string Text = "__kernel void race(__global uchar* base, ulong offset, long length) { *(__global int*)(base + offset) = 100 + (int)get_global_id(0); }";
        using var device = OpenClDevice.Open(0);
        using var kernel = device.Load(new KernelImage("race", KernelFormat.OpenClC, Text, [KernelParameter.Pointer, KernelParameter.Int64]));
        using var buffer = device.Allocate(64);
        device.Upload(new byte[64], buffer);
        device.Launch(kernel, new LaunchShape(new Extent(1), new Extent(32)), new KernelArguments().View<int>(buffer, 0, 1));
        var result = new byte[64];
        device.Download(buffer, result);
        Assert.InRange(BitConverter.ToInt32(result), 100, 131);
    }

    [OpenClFact]
    public void RefusedTextCarriesTheDriversLog()
    {
        using var device = OpenClDevice.Open(0);
        var broken = new KernelImage("axpy", KernelFormat.OpenClC, Axpy.Replace("float a)", "flot a)", StringComparison.Ordinal), s_parameters);
        var error = Assert.Throws<KernelBuildException>(() => device.Load(broken));
        Assert.Equal("clBuildProgram", error.Api);
        Assert.Equal("CL_BUILD_PROGRAM_FAILURE", error.Code);
        Assert.Equal("axpy", error.Kernel);
        Assert.Contains("flot", error.Log, StringComparison.Ordinal);
    }

    [OpenClFact]
    public void WrongArgumentsAreNamedBeforeTheDriverSeesThem()
    {
        using var device = OpenClDevice.Open(0);
        using var kernel = device.Load(new KernelImage("axpy", KernelFormat.OpenClC, Axpy, s_parameters));
        using var buffer = device.Allocate(64);
        var error = Assert.Throws<ArgumentException>(
            () => device.Launch(kernel, new LaunchShape(new Extent(1), new Extent(1)), new KernelArguments().View<float>(buffer).Add(1)));
        Assert.Contains("Pointer, Int64, Pointer, Int64, Float32", error.Message, StringComparison.Ordinal);
    }

    [OpenClFact]
    public void TooLargeABufferSaysHowManyBytes()
    {
        using var device = OpenClDevice.Open(0);
        var error = Assert.Throws<DeviceOutOfMemoryException>(() => device.Allocate(1L << 50));
        Assert.Equal(1L << 50, error.RequestedBytes);
    }

    [OpenClFact]
    public void DivideByZeroStaysAnExceptionWhileTheDriverIsLoaded()
    {
        using var device = OpenClDevice.Open(0);
        var zero = (int)(device.Info.MaxThreads - (long)device.Info.MaxThreads);
        Assert.Throws<DivideByZeroException>(() => 1 / zero);
    }

    [Fact]
    public void AnUnknownIndexIsAnErrorThatNamesTheDevice()
    {
        var error = Assert.ThrowsAny<SrkException>(() => OpenClDevice.Open(1000));
        Assert.Contains("OpenCL", error.Message, StringComparison.Ordinal);
    }
}
