using System.Runtime.InteropServices;
using SRKernels.Emulation;
using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Pixels;
using SRKernels.Models;
using SRKernels.Models.Imaging;
using SRKernels.Models.Sampling;
using SRKernels.Models.Tiling;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;
using SRKernels.Tests.Kernels;
using Xunit;

namespace SRKernels.Tests.Models;

/// <summary>Pictures in an application's device memory, in its context and on its stream, on emulated CUDA and on OpenCL.</summary>
public sealed class PictureOnDeviceTests
{
    private const string Chain = "rs_case_v3_4step_32x32.safetensors";

    private static readonly System.Text.Json.JsonElement s_golden = GoldenFolder.Case(Chain);

    private static readonly GoldenFile s_tensors = new(Chain);

    /// <summary>A small network, every launch executed.</summary>
    [Fact]
    public async Task GivesTheProcessorsPicture_WithoutLeavingTheDevice()
    {
        var driver = new EmulatedCudaDriver(TestDevices.EmulatedTarget);
        var picture = GoldenChainRun.Picture(s_tensors, "lq_u8_rgb", PixelLayout.Rgb);
        var context = driver.CreateContext();
        EmulatedCudaDriver.Current = context;
        driver.StreamCreate(out var stream);
        var device = CudaDevice.Adopt(driver, 0, context, EmulatedCudaDriver.DefaultStream);
        using (var resolver = Resolver(device))
        {
            using var on = device.Allocate(picture.Samples8.Length);
            using var larger = device.Allocate(16L * picture.Samples8.Length);
            device.Upload(picture.Samples8, on);
            driver.Queued.Clear();
            resolver.Exclusively(() =>
            {
                device.MoveTo(stream);
                resolver.Queue(
                    new DevicePicture(on, 0, Form(picture.Width, picture.Height)), new DevicePicture(larger, 0, Form(4 * picture.Width, 4 * picture.Height)), Options());
                device.MoveTo(null);
            });

            // Queued, not waited for; the driver was asked for nothing outside the stream but to capture.
            Assert.DoesNotContain(driver.Queued, q => q.Call is "cuStreamSynchronize" or "cuMemcpyDtoHAsync");
            Assert.All(
                driver.Queued.Where(q => q.Stream != stream && !(q.Call == "cuEventRecord" && q.Stream == 0)),
                q => Assert.Contains(q.Call, new[] { "cuStreamBeginCapture", "cuStreamEndCapture", "cuLaunchKernel" }));
            resolver.CheckQueued();
            var bytes = new byte[larger.Bytes];
            device.Download(larger, bytes);
            using var processor = Resolver(null);
            ImageComparison.AssertSame(Chain, (await processor.UpscaleAsync(picture, Options())).Samples8, bytes, flips: 0);
        }

        Assert.True(driver.Findings.Count == 0, $"the emulator found: {string.Join("; ", driver.Findings.Take(5))}");
        EmulatedCudaDriver.Current = 0;
    }

    /// <summary>Tiles, feathers, noise, reflection: what the same device makes of the same picture in the processor's memory, to the bit.</summary>
    [OpenClFact]
    public async Task GivesThePictureThatAnImageGives()
    {
        var image = Scene(36, 20);
        using var device = OpenClDevice();
        using var resolver = SuperResolver.Load(SuperResolver.ShippedWeightsPath, device, threads: 1);
        foreach (var (values, gap, noise) in new (PixelValues, int, INoiseSource?)[]
        {
            (PixelValues.Bytes, 5, null), (PixelValues.ZeroToOne, 0, new TorchCudaNoise(7, new CudaNoiseMapping(2, 512))),
        })
        {
            var options = new UpscaleOptions { Tile = 32, Overlap = 8, Steps = 2, Noise = noise };
            var expected = await resolver.UpscaleAsync(image, options);
            var actual = OnDevice(resolver, device, image, values, gap, options);
            Assert.Equal(expected.Samples8.ToArray(), actual);
        }

        // Numbers that break down: the picture is all of them, and the error comes when someone asks.
        var form = Form(8, 8) with { Values = PixelValues.ZeroToOne };
        var broken = new float[form.Elements];
        broken[20] = float.NaN;
        using var on = device.Allocate(broken.Length * sizeof(float));
        using var larger = device.Allocate(32 * 32 * 3);
        device.Upload(MemoryMarshal.AsBytes<float>(broken), on);
        resolver.Queue(new DevicePicture(on, 0, form), new DevicePicture(larger, 0, Form(32, 32)), new UpscaleOptions { Steps = 2 });
        Assert.Equal("finite numbers", Assert.Throws<SrkException>(resolver.CheckQueued).Expected);
        resolver.CheckQueued();
    }

    [Fact]
    public void TheSecondPictureIsOneGraphATile_AndAnImageInBetweenChecksTheFirst()
    {
        var driver = new EmulatedCudaDriver(TestDevices.EmulatedTarget) { DryRun = true };
        using var device = new CudaDevice(driver, 0);
        using var resolver = SuperResolver.Load(SuperResolver.ShippedWeightsPath, device, threads: 1);
        var options = new UpscaleOptions { Tile = 32, Overlap = 8 };
        using var on = device.Allocate(56 * 40 * 3);
        using var larger = device.Allocate(16 * 56 * 40 * 3);
        Queue();
        driver.Calls.Clear();
        Queue();
        Assert.Equal(resolver.Plan(56, 40, options).Tiles, driver.Calls.Count(c => c == "cuGraphLaunch"));
        Assert.DoesNotContain(driver.Calls, c => c.Contains("Capture", StringComparison.Ordinal) || c.Contains("Alloc", StringComparison.Ordinal));
        Assert.DoesNotContain("cuStreamSynchronize", driver.Calls);
        resolver.CheckQueued();
        Assert.Contains("cuMemcpyDtoHAsync", driver.Calls);
        driver.Calls.Clear();
        resolver.CheckQueued();
        Assert.Empty(driver.Calls);

        void Queue() => resolver.Queue(new DevicePicture(on, 0, Form(56, 40)), new DevicePicture(larger, 0, Form(224, 160)), options);
    }

    [Fact]
    public void AMaskUpstreamsTilesAndOtherExtentsAreRefused()
    {
        using var device = new CudaDevice(new EmulatedCudaDriver(TestDevices.EmulatedTarget) { DryRun = true }, 0);
        using var resolver = SuperResolver.Load(SuperResolver.ShippedWeightsPath, device, threads: 1);
        using var on = device.Allocate(16 * 16 * 3);
        using var larger = device.Allocate(64 * 64 * 3);
        Refused("our own tiling", Form(64, 64), new UpscaleOptions { Compatibility = Compatibility.Upstream });
        Refused("no mask", Form(64, 64), new UpscaleOptions { Mask = new Image(16, 16, PixelLayout.Grey) });
        Refused("64x64", Form(32, 64), new UpscaleOptions());

        void Refused(string expected, PixelForm to, UpscaleOptions options)
        {
            var error = Assert.Throws<SrkException>(() => resolver.Queue(new DevicePicture(on, 0, Form(16, 16)), new DevicePicture(larger, 0, to), options));
            Assert.Contains(expected, error.Expected, StringComparison.Ordinal);
        }
    }

    private static Device OpenClDevice() => SRKernels.Runtime.OpenCl.OpenClDevice.Open(0);

    private static SuperResolver Resolver(Device? device) =>
        new(
            GoldenChainRun.Model(s_golden), new KernelContext(ExecutionKind.Cpu, threads: 1), weightBytes: 0,
            device is null ? null : new GpuEngine(device));

    private static UpscaleOptions Options() => new() { Steps = 2, Seed = s_golden.GetProperty("seed").GetUInt64() };

    private static PixelForm Form(int width, int height) => new(PixelValues.Bytes, height, width, 3 * width);

    private static byte[] OnDevice(SuperResolver resolver, Device device, Image image, PixelValues values, int gap, UpscaleOptions options)
    {
        var s = resolver.Configuration.Scale;
        var from = new PixelForm(values, image.Height, image.Width, (3 * image.Width) + gap);
        var to = new PixelForm(PixelValues.Bytes, s * image.Height, s * image.Width, (3 * s * image.Width) + gap);
        var floats = new float[image.Width * image.Height * 3];
        if (values != PixelValues.Bytes)
            PixelFloats.ToRgb(image, floats, values == PixelValues.ZeroToOne ? PixelRange.ZeroToOne : PixelRange.MinusOneToOne);
        var row = 3 * image.Width * from.ElementBytes;
        var packed = values == PixelValues.Bytes ? image.Samples8 : MemoryMarshal.AsBytes<float>(floats);
        var bytes = new byte[from.Elements * from.ElementBytes];
        for (var y = 0; y < image.Height; y++) packed.Slice(y * row, row).CopyTo(bytes.AsSpan(y * from.Pitch * from.ElementBytes));
        using var on = device.Allocate(bytes.Length);
        using var larger = device.Allocate(to.Elements);
        device.Upload(bytes, on);
        resolver.Queue(new DevicePicture(on, 0, from), new DevicePicture(larger, 0, to), options);
        resolver.CheckQueued();
        var padded = new byte[to.Elements];
        device.Download(larger, padded);
        var result = new byte[to.H * to.W * 3];
        for (var y = 0; y < to.H; y++) padded.AsSpan(y * to.Pitch, 3 * to.W).CopyTo(result.AsSpan(y * 3 * to.W));
        return result;
    }

    private static Image Scene(int width, int height)
    {
        var image = new Image(width, height, PixelLayout.Rgb);
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width * 3; x++)
                image.Row8(y)[x] = (byte)(128 + (90 * Math.Sin((x * 0.11) + (y * 0.23))) + (((x / 9) + (y / 5)) % 2 * 30));
        return image;
    }
}
