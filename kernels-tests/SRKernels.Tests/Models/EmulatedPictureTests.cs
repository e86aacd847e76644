using SRKernels.Emulation;
using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Models;
using SRKernels.Models.Imaging;
using SRKernels.Models.Quality;
using SRKernels.Runtime.Cuda;
using SRKernels.Tests.Kernels;
using Xunit;

namespace SRKernels.Tests.Models;

/// <summary>Whole pictures with every launch executed in the emulator; minutes, so apart from <see cref="DevicePictureTests"/>, to run beside them.</summary>
public sealed class EmulatedPictureTests
{
    /// <summary>bfloat16; all three with <c>SRKERNELS_LONG=1</c>.</summary>
    public static TheoryData<string> EmulatedPrecisions =>
        string.Equals(Environment.GetEnvironmentVariable("SRKERNELS_LONG"), "1", StringComparison.Ordinal)
            ? [nameof(Precision.Bf16), nameof(Precision.Fp16), nameof(Precision.Tf32)] : [nameof(Precision.Bf16)];

    /// <summary>Upstream's picture by CUDA's host code: a small network, every launch executed.</summary>
    [Fact]
    public async Task GivesUpstreamsPictureOnEmulatedCuda()
    {
        const string Chain = "rs_case_v3_4step_32x32.safetensors";
        var golden = GoldenFolder.Case(Chain);
        var tensors = new GoldenFile(Chain);
        var driver = new EmulatedCudaDriver(TestDevices.EmulatedTarget);
        using var resolver = new SuperResolver(
            GoldenChainRun.Model(golden), new KernelContext(ExecutionKind.Cpu, threads: 1), weightBytes: 0, new GpuEngine(new CudaDevice(driver, 0)));
        var options = new UpscaleOptions { Compatibility = Compatibility.Upstream, Seed = golden.GetProperty("seed").GetUInt64() };
        var result = await resolver.UpscaleAsync(GoldenChainRun.Picture(tensors, "lq_u8_rgb", PixelLayout.Rgb), options);
        ImageComparison.AssertSame(Chain, tensors.U8("out_u8_rgb"), result.Samples8, flips: 0);
        Assert.True(driver.Findings.Count == 0, $"the emulator found: {string.Join("; ", driver.Findings.Take(5))}");
    }

    /// <summary>The shipped weights on tensor cores, convolutions and attention, every launch executed in the emulator.</summary>
    [Theory]
    [MemberData(nameof(EmulatedPrecisions))]
    public async Task GivesThePictureOnEmulatedTensorCores(string precision)
    {
        var driver = new EmulatedCudaDriver(TestDevices.EmulatedTarget);
        using var processor = SuperResolver.LoadShipped(threads: 2);
        using var device = SuperResolver.Load(SuperResolver.ShippedWeightsPath, new CudaDevice(driver, 0), Enum.Parse<Precision>(precision), threads: 1);
        var picture = DevicePictureTests.Scene(16, 16);
        var expected = await processor.UpscaleAsync(picture, new UpscaleOptions());
        var actual = await device.UpscaleAsync(picture, new UpscaleOptions());
        var psnr = ImageQuality.Psnr(expected, actual);
        Assert.True(psnr is >= DevicePictureTests.LeastPsnr and < 99, $"{precision}: {psnr:f1} dB of the processor's picture (at least {DevicePictureTests.LeastPsnr}; equal pictures would say that fp32 ran)");
        Assert.True(driver.Findings.Count == 0, $"the emulator found: {string.Join("; ", driver.Findings.Take(5))}");
    }
}
