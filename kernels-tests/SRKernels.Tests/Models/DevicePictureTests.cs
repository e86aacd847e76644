using SRKernels.Emulation;
using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Models;
using SRKernels.Models.Imaging;
using SRKernels.Models.Quality;
using SRKernels.Models.ResShift;
using SRKernels.Models.Sampling;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;
using SRKernels.Runtime.OpenCl;
using SRKernels.Tests.Kernels;
using Xunit;

namespace SRKernels.Tests.Models;

/// <summary>The shipped weights, picture to picture, on an OpenCL device; and what the host does on an emulated CUDA device.</summary>
public sealed class DevicePictureTests
{
    internal const double LeastPsnr = 40;

    private static readonly GoldenFile s_shipped = new("shipped_tiny_x4.safetensors");

    [OpenClFact]
    public async Task GivesTheProcessorsPicture()
    {
        var picture = Scene(44, 36);
        using var processor = SuperResolver.LoadShipped(threads: 2);
        using var device = SuperResolver.Load(SuperResolver.ShippedWeightsPath, OpenClDevice.Open(0), threads: 1);
        // Two pictures of one size and one of another: the recording is used again, then made anew. Four tiles on one canvas.
        foreach (var (sample, options) in new[]
        {
            (picture, new UpscaleOptions { Tile = 32, Overlap = 8 }),
            (picture, new UpscaleOptions { Tile = 32, Overlap = 8, Seed = 7 }),
            (Scene(20, 12), new UpscaleOptions()),
            (Scene(20, 12), new UpscaleOptions { Compatibility = Compatibility.Upstream }),
        })
        {
            var expected = await processor.UpscaleAsync(sample, options);
            var actual = await device.UpscaleAsync(sample, options);
            ImageComparison.AssertSame($"{sample.Width}x{sample.Height}", expected.Samples8, actual.Samples8, flips: 0);
            Assert.Equal(actual.Samples8.ToArray(), (await device.UpscaleAsync(sample, options)).Samples8.ToArray());
        }
    }

    /// <summary>Noise that the device draws itself: windows of one field, tile after tile, picture after picture.</summary>
    [OpenClFact]
    public async Task GivesTheProcessorsPicture_WithNoiseDrawnOnTheDevice()
    {
        // One with which no latent lies midway between two codes: such a code may differ, and the picture around it.
        const ulong Seed = 11;
        using var processor = SuperResolver.LoadShipped(threads: 2);
        using var device = SuperResolver.Load(SuperResolver.ShippedWeightsPath, OpenClDevice.Open(0), threads: 1);
        var (forProcessor, forDevice) = (Source(Seed), Source(Seed));
        var sample = Scene(40, 12);
        foreach (var compatibility in new[] { Compatibility.None, Compatibility.Upstream, Compatibility.Upstream })
        {
            // Upstream's tiles draw each after the last one, and the next picture goes on where this one ended.
            var upstream = compatibility == Compatibility.Upstream;
            var options = new UpscaleOptions { Tile = 32, Overlap = 8, Compatibility = compatibility };
            var expected = await processor.UpscaleAsync(sample, options with { Noise = upstream ? new ContinuedNoise(forProcessor) : forProcessor });
            var actual = await device.UpscaleAsync(sample, options with { Noise = upstream ? new ContinuedNoise(forDevice) : forDevice });
            ImageComparison.AssertSame($"{compatibility}", expected.Samples8, actual.Samples8, flips: 0);
            if (upstream) continue;
            Assert.Equal(actual.Samples8.ToArray(), (await device.UpscaleAsync(sample, options with { Noise = Source(Seed) })).Samples8.ToArray());
        }

        var (after, afterDevice) = (new float[100], new float[100]);
        forProcessor.Fill(after);
        forDevice.Fill(afterDevice);
        Assert.Equal(after, afterDevice);

        static TorchCudaNoise Source(ulong seed) => new(seed, new CudaNoiseMapping(2, 512));
    }

    [Theory]
    [InlineData(Compatibility.None)]
    [InlineData(Compatibility.Upstream)]
    public async Task NoiseDrawnOnTheDeviceIsNotUploaded(Compatibility compatibility)
    {
        const int StateBytes = 6 * sizeof(int);
        var driver = new EmulatedCudaDriver(TestDevices.EmulatedTarget) { DryRun = true };
        using var resolver = SuperResolver.Load(SuperResolver.ShippedWeightsPath, new CudaDevice(driver, 0), threads: 1);
        var picture = Scene(56, 40);
        var options = new UpscaleOptions { Tile = 32, Overlap = 8, Compatibility = compatibility };
        var drawn = await SecondPicture(options);
        var counted = await SecondPicture(options with { Noise = new TorchCudaNoise(3, new CudaNoiseMapping(108, 2048)) });
        var plan = resolver.Plan(picture.Width, picture.Height, options);
        var model = (ResShiftConfiguration)resolver.Model.Configuration;
        var latent = plan.TileHeight * plan.TileWidth * model.Scale * model.Scale / (model.Autoencoder.Downscale * model.Autoencoder.Downscale);
        var noise = (model.Diffusion.Steps + 1) * latent * model.Autoencoder.EmbedDim * sizeof(float);
        // The state comes once with each tile, and once more where all state is brought back to its beginning.
        Assert.Equal(plan.Tiles * (long)noise, drawn - counted + ((plan.Tiles + 1) * StateBytes));

        async Task<long> SecondPicture(UpscaleOptions o)
        {
            await resolver.UpscaleAsync(picture, o);
            driver.Calls.Clear();
            var before = driver.UploadedBytes;
            await resolver.UpscaleAsync(picture, o with { Noise = o.Noise is null ? null : new TorchCudaNoise(4, new CudaNoiseMapping(108, 2048)) });
            Assert.Equal(resolver.Plan(picture.Width, picture.Height, o).Tiles + 2, driver.Calls.Count(c => c == "cuGraphLaunch"));
            Assert.DoesNotContain("cuLaunchKernel", driver.Calls);
            Assert.DoesNotContain(driver.Calls, c => c.Contains("Capture", StringComparison.Ordinal));
            return driver.UploadedBytes - before;
        }
    }

    [OpenClFact]
    public async Task GivesPyTorchsPicture()
    {
        var crop = s_shipped.Keys.First(k => k.EndsWith(".lq_u8_rgb", StringComparison.Ordinal)).Split('.')[0];
        using var device = SuperResolver.Load(SuperResolver.ShippedWeightsPath, OpenClDevice.Open(0), threads: 1);
        var result = await device.UpscaleAsync(GoldenChainRun.Picture(s_shipped, $"{crop}.lq_u8_rgb", PixelLayout.Rgb));
        ImageComparison.AssertSame(crop, s_shipped.U8($"{crop}.out_u8_rgb"), result.Samples8, flips: 0);
    }

    [OpenClFact]
    public async Task LowerPrecisionsGiveNearlyTheSamePicture()
    {
        var picture = Scene(32, 32);
        using var processor = SuperResolver.LoadShipped(threads: 2);
        var expected = await processor.UpscaleAsync(picture);
        foreach (var precision in new[] { Precision.Bf16, Precision.Fp16, Precision.Tf32 })
        {
            using var device = SuperResolver.Load(SuperResolver.ShippedWeightsPath, OpenClDevice.Open(0), precision, threads: 1);
            var psnr = ImageQuality.Psnr(expected, await device.UpscaleAsync(picture));
            Assert.True(psnr is >= LeastPsnr and < 99, $"{precision}: {psnr:f1} dB of fp32's picture (at least {LeastPsnr}; equal pictures would say that fp32 ran)");
        }
    }

    [Fact]
    public async Task TheWholePictureIsOneGraphATileAndOneRoundTrip()
    {
        var driver = new EmulatedCudaDriver(TestDevices.EmulatedTarget) { DryRun = true };
        using var resolver = SuperResolver.Load(SuperResolver.ShippedWeightsPath, new CudaDevice(driver, 0), threads: 1);
        var options = new UpscaleOptions { Tile = 32, Overlap = 8 };
        var picture = Scene(56, 40);
        var plan = resolver.Plan(picture.Width, picture.Height, options);
        Assert.Contains("launches", plan.ToString(), StringComparison.Ordinal);
        await resolver.UpscaleAsync(picture, options);
        driver.Calls.Clear();
        await resolver.UpscaleAsync(picture, options);
        // The empty canvas, each tile, the result; nothing is launched singly, and the host waits once.
        Assert.Equal(plan.Tiles + 2, driver.Calls.Count(c => c == "cuGraphLaunch"));
        Assert.DoesNotContain("cuLaunchKernel", driver.Calls);
        Assert.DoesNotContain("cuStreamSynchronize", driver.Calls.TakeWhile(c => !c.Contains("DtoH", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task ADeviceWithLittleMemoryGetsSmallerTiles()
    {
        const long Bytes = 160L << 20;
        var driver = new EmulatedCudaDriver(TestDevices.EmulatedTarget, Bytes) { DryRun = true };
        using var resolver = SuperResolver.Load(SuperResolver.ShippedWeightsPath, new CudaDevice(driver, 0), threads: 1);
        var plan = resolver.Plan(128, 128, new UpscaleOptions());
        Assert.True(plan.TileWidth < 128 && plan.TotalBytes < Bytes, plan.ToString());

        // Who says that there is more than there is, sees the driver refuse, and smaller tiles after that.
        var asked = new UpscaleOptions { MaxMemoryBytes = 1L << 34 };
        var whole = resolver.Plan(128, 128, asked);
        Assert.True(whole is { TileWidth: 128, ActivationBytes: > Bytes }, whole.ToString());
        Assert.Equal(512, (await resolver.UpscaleAsync(Scene(128, 128), asked)).Width);
    }

    [Fact]
    public void PrecisionsOfTensorCoresWantADeviceThatHasThem()
    {
        using var device = new CudaDevice(new EmulatedCudaDriver(70), 0);
        var error = Assert.Throws<SrkException>(() => SuperResolver.Load(SuperResolver.ShippedWeightsPath, device, Precision.Bf16));
        Assert.Contains("sm_80", error.Message, StringComparison.Ordinal);
    }

    internal static Image Scene(int width, int height)
    {
        var image = new Image(width, height, PixelLayout.Rgb);
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width * 3; x++)
                image.Row8(y)[x] = (byte)(128 + (90 * Math.Sin((x * 0.11) + (y * 0.23))) + (((x / 9) + (y / 5)) % 2 * 30));
        return image;
    }
}
