using System.Runtime.InteropServices;
using SRKernels.Emulation;
using SRKernels.Kernels.Pixels;
using SRKernels.Models;
using SRKernels.Models.Imaging;
using SRKernels.Models.Sampling;
using SRKernels.Models.Tiling;
using SRKernels.Runtime;
using SRKernels.Runtime.Cuda;
using SRKernels.Runtime.OpenCl;
using SRKernels.Tests.Kernels;
using Xunit;

namespace SRKernels.Tests.Models;

/// <summary>Pictures in a device's memory, in an application's context and on its stream, on emulated CUDA and on OpenCL.</summary>
public sealed class PictureOnDeviceTests : IDisposable
{
    private static readonly UpscaleOptions s_tiles = new() { Tile = 16, Overlap = 8 };

    private readonly string _folder = Directory.CreateTempSubdirectory("srk-device-picture-").FullName;
    private readonly string _model;

    public PictureOnDeviceTests() => TinyModelFile.Write(_model = Path.Combine(_folder, "tiny.safetensors"));

    public void Dispose()
    {
        EmulatedCudaDriver.Current = 0;
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Every launch executed: one tile, then numbers that break down.</summary>
    [Fact]
    public async Task GivesTheProcessorsPicture_OnTheApplicationsStream()
    {
        var driver = new EmulatedCudaDriver(TestDevices.EmulatedTarget);
        var context = driver.CreateContext();
        EmulatedCudaDriver.Current = context;
        driver.StreamCreate(out var stream);
        EmulatedCudaDriver.Current = 0;
        var device = CudaDevice.Adopt(driver, 0, context, EmulatedCudaDriver.DefaultStream);
        var image = Scene(7, 5);
        using (var resolver = SuperResolver.Load(_model, device, threads: 1))
        using (var processor = SuperResolver.Load(_model, threads: 1))
        {
            using var on = device.Allocate(image.Samples8.Length * sizeof(float));
            using var larger = device.Allocate(4 * image.Samples8.Length);
            device.Upload(image.Samples8, on);
            driver.Queued.Clear();
            Queue(PixelValues.Bytes);
            // Queued, not waited for; outside the stream the driver was asked for nothing but to capture and to say where the upload ended.
            Assert.DoesNotContain(driver.Queued, q => q.Call is "cuStreamSynchronize" or "cuMemcpyDtoHAsync");
            Assert.Equal(
                ["cuEventRecord", "cuLaunchKernel", "cuStreamBeginCapture", "cuStreamEndCapture"],
                driver.Queued.Where(q => q.Stream != stream).Select(q => q.Call).Distinct().Order(StringComparer.Ordinal));
            resolver.CheckQueued();
            var bytes = new byte[larger.Bytes];
            device.Download(larger, bytes);
            ImageComparison.AssertSame("7x5", (await processor.UpscaleAsync(image)).Samples8, bytes, flips: 0);

            var broken = new float[image.Samples8.Length];
            broken[20] = float.NaN;
            device.Upload(MemoryMarshal.AsBytes<float>(broken), on);
            Queue(PixelValues.ZeroToOne);
            Assert.Equal("finite numbers", Assert.Throws<SrkException>(resolver.CheckQueued).Expected);
            resolver.CheckQueued();

            void Queue(PixelValues values) => resolver.Exclusively(() =>
            {
                device.MoveTo(stream);
                resolver.Queue(
                    new DevicePicture(on, 0, Form(7, 5) with { Values = values }), new DevicePicture(larger, 0, Form(14, 10)), new UpscaleOptions());
                device.MoveTo(null);
            });
        }

        Assert.True(driver.Findings.Count == 0, $"the emulator found: {string.Join("; ", driver.Findings.Take(5))}");
    }

    /// <summary>Tiles, feathers, noise, reflection, rows with a gap: what the same device makes of the same picture in the processor's memory, to the bit.</summary>
    [OpenClFact]
    public async Task GivesThePictureThatAnImageGives()
    {
        var image = Scene(28, 20);
        using var device = OpenClDevice.Open(0);
        using var resolver = SuperResolver.Load(_model, device, threads: 1);
        foreach (var (values, gap, noise) in new (PixelValues, int, INoiseSource?)[]
        {
            (PixelValues.Bytes, 5, null), (PixelValues.MinusOneToOne, 0, new TorchCudaNoise(7, new CudaNoiseMapping(2, 512))), (PixelValues.ZeroToOne, 3, null),
        })
        {
            var options = s_tiles with { Noise = noise };
            var expected = await resolver.UpscaleAsync(image, options);
            var actual = OnDevice(resolver, device, image, values, gap, options);
            Assert.Equal(expected.Samples8.ToArray(), actual);
            Assert.Equal(actual, OnDevice(resolver, device, image, values, gap, options));
        }
    }

    [Fact]
    public void TheSecondPictureIsOneGraphATile_AndWaitsForNothing()
    {
        var driver = new EmulatedCudaDriver(TestDevices.EmulatedTarget) { DryRun = true };
        using var device = new CudaDevice(driver, 0);
        using var resolver = SuperResolver.Load(_model, device, threads: 1);
        using var on = device.Allocate(56 * 40 * 3);
        using var larger = device.Allocate(4 * 56 * 40 * 3);
        Queue();
        driver.Calls.Clear();
        Queue();
        Assert.Equal(resolver.Plan(56, 40, s_tiles).Tiles, driver.Calls.Count(c => c == "cuGraphLaunch"));
        Assert.DoesNotContain(driver.Calls, c => c.Contains("Capture", StringComparison.Ordinal) || c.Contains("Alloc", StringComparison.Ordinal));
        Assert.DoesNotContain(driver.Calls, c => c is "cuStreamSynchronize" or "cuMemcpyDtoHAsync");
        resolver.CheckQueued();
        Assert.Contains("cuMemcpyDtoHAsync", driver.Calls);
        driver.Calls.Clear();
        resolver.CheckQueued();
        Assert.Empty(driver.Calls);

        void Queue() => resolver.Queue(new DevicePicture(on, 0, Form(56, 40)), new DevicePicture(larger, 0, Form(112, 80)), s_tiles);
    }

    [Fact]
    public async Task AnImageInBetweenChecksTheQueuedPicture()
    {
        var driver = new EmulatedCudaDriver(TestDevices.EmulatedTarget) { DryRun = true };
        using var device = new CudaDevice(driver, 0);
        using var resolver = SuperResolver.Load(_model, device, threads: 1);
        using var on = device.Allocate(16 * 16 * 3);
        using var larger = device.Allocate(32 * 32 * 3);
        resolver.Queue(new DevicePicture(on, 0, Form(16, 16)), new DevicePicture(larger, 0, Form(32, 32)), new UpscaleOptions());
        driver.Calls.Clear();
        await resolver.UpscaleAsync(Scene(16, 16));
        // What the checks of the queued picture found is read before its memory goes to the next.
        Assert.True(driver.Calls.IndexOf("cuMemcpyDtoHAsync") is >= 0 and var read && read < driver.Calls.IndexOf("cuMemFreeAsync"), string.Join(", ", driver.Calls.Distinct()));
    }

    [Fact]
    public void AMaskUpstreamsTilesAndOtherExtentsAreRefused()
    {
        using var device = new CudaDevice(new EmulatedCudaDriver(TestDevices.EmulatedTarget) { DryRun = true }, 0);
        using var resolver = SuperResolver.Load(_model, device, threads: 1);
        using var on = device.Allocate(16 * 16 * 3);
        using var larger = device.Allocate(32 * 32 * 3);
        Refused("our own tiling", Form(32, 32), new UpscaleOptions { Compatibility = Compatibility.Upstream });
        Refused("no mask", Form(32, 32), new UpscaleOptions { Mask = new Image(16, 16, PixelLayout.Grey) });
        Refused("32x32", Form(16, 32), new UpscaleOptions());

        void Refused(string expected, PixelForm to, UpscaleOptions options)
        {
            var error = Assert.Throws<SrkException>(() => resolver.Queue(new DevicePicture(on, 0, Form(16, 16)), new DevicePicture(larger, 0, to), options));
            Assert.Contains(expected, error.Expected, StringComparison.Ordinal);
        }
    }

    private static PixelForm Form(int width, int height) => new(PixelValues.Bytes, height, width, 3 * width);

    private static byte[] OnDevice(SuperResolver resolver, Device device, Image image, PixelValues values, int gap, UpscaleOptions options)
    {
        var s = resolver.Description.Scale;
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
        using var larger = device.Allocate(to.Elements + 4);
        device.Upload(bytes, on);
        resolver.Queue(new DevicePicture(on, 0, from), new DevicePicture(larger, 4, to), options);
        resolver.CheckQueued();
        var padded = new byte[to.Elements];
        device.Download(larger, padded, 4);
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
