using SRKernels.Models.Sampling;
using Xunit;

namespace SRKernels.Tests.Models.Sampling;

public sealed class TorchCudaNoiseTests
{
    [Fact]
    public void MappingDecidesWhereValuesLand_NotWhichValuesAreDrawn()
    {
        // One grid covers all 4096 values with 1024 threads of four, whatever the device, as long as it holds them.
        var wide = new float[4096];
        new TorchCudaNoise(1, new CudaNoiseMapping(108, 2048)).Fill(wide);
        var narrow = new float[4096];
        new TorchCudaNoise(1, new CudaNoiseMapping(1, 256)).Fill(narrow);
        Assert.NotEqual(wide, narrow);
        Assert.Equal(wide.Take(256), narrow.Take(256));
    }

    [Fact]
    public void DrawsAreStandardNormalAndGoOn()
    {
        var source = new TorchCudaNoise(12345, new CudaNoiseMapping(108, 2048));
        var first = new float[40_000];
        var second = new float[40_000];
        source.Fill(first);
        source.Fill(second);
        Assert.InRange(first.Average(), -0.02, 0.02);
        Assert.InRange(first.Select(v => (double)v * v).Average(), 0.97, 1.03);
        Assert.InRange(first.Zip(second, (a, b) => (double)a * b).Average(), -0.02, 0.02);
    }
}
