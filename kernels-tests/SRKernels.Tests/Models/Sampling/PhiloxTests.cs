using SRKernels.Models.Sampling;
using Xunit;

namespace SRKernels.Tests.Models.Sampling;

public sealed class PhiloxTests
{
    // The known-answer vectors published with Random123 for philox4x32, 10 rounds: counter, key, result.
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627E8D5u, 0xE169C58Du, 0xBC57AC4Cu, 0x9B00DBD8u)]
    [InlineData(~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408F276Du, 0x41C83B0Eu, 0xA20BC7C6u, 0x6D5451FDu)]
    [InlineData(0x243F6A88u, 0x85A308D3u, 0x13198A2Eu, 0x03707344u, 0xA4093822u, 0x299F31D0u,
        0xD16CFE09u, 0x94FDCCEBu, 0x5001E420u, 0x24126EA1u)]
    public void EqualsPublishedVectors(
        uint x, uint y, uint z, uint w, uint keyA, uint keyB, uint a, uint b, uint c, uint d) =>
        Assert.Equal((a, b, c, d), Philox.Block(x, y, z, w, keyA, keyB));

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
