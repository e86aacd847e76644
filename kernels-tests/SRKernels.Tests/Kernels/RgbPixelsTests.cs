using System.Runtime.InteropServices;
using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Pixels;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Imaging;
using Xunit;

namespace SRKernels.Tests.Kernels;

/// <summary>Pictures in a device's memory: the definition's very bits on every device, which are those of the processor's pictures.</summary>
public sealed class RgbPixelsTests
{
    private const float Untouched = 77;

    // A pitch with a gap behind each row; reflection that turns more than once, and of a picture of one row and one column.
    public static TheoryData<PixelValues, int, int, int, int, int> Pictures => new()
    {
        { PixelValues.Bytes, 16, 17, 0, 16, 17 }, { PixelValues.Bytes, 3, 5, 4, 16, 9 }, { PixelValues.Bytes, 1, 1, 0, 2, 3 },
        { PixelValues.ZeroToOne, 3, 5, 4, 16, 9 }, { PixelValues.MinusOneToOne, 3, 5, 1, 4, 8 },
    };

    [Theory]
    [MemberData(nameof(Pictures))]
    public void LoadsOnEveryDevice(PixelValues values, int h, int w, int gap, int toH, int toW)
    {
        var form = new PixelForm(values, h, w, (w * 3) + gap);
        var picture = Values(form);
        var expected = RgbPixels.ReferenceLoad(picture, form, toH, toW);
        TestDevices.Run(Devices.All, Precision.Fp32, (device, cx) =>
        {
            var view = values == PixelValues.Bytes ? cx.Gpu.Constant<byte>(Array.ConvertAll(picture, v => (byte)v)) : cx.Gpu.Constant<float>(picture);
            using var x = RgbPixels.Load(cx, view, form, toH, toW);
            TensorAssert.SameBytes($"{form} on {device}", expected, cx.Read(x));
        });
    }

    [Theory]
    [MemberData(nameof(Pictures))]
    public void StoresOnEveryDevice(PixelValues values, int h, int w, int gap, int toH, int toW)
    {
        _ = (toH, toW);
        var form = new PixelForm(values, h, w, (w * 3) + gap);
        var x = Activation(h * w * 3);
        var before = new float[form.Elements];
        Array.Fill(before, Untouched);
        var expected = before.ToArray();
        RgbPixels.ReferenceStore(x, expected, form);
        foreach (var device in TestDevices.Present(Devices.All)) TestDevices.Use(device, engine =>
        {
            var recorder = new GpuRecorder(engine.Device.Info, Precision.Fp32);
            using var cx = new KernelContext(recorder, engine);
            using var tensor = recorder.Upload(x, new Shape(1, h, w, 3));
            var bytes = values == PixelValues.Bytes
                ? Array.ConvertAll(before, v => (byte)v) : MemoryMarshal.AsBytes<float>(before).ToArray();
            var view = GpuRecorder.Foreign(form.ElementBytes, form.Elements);
            RgbPixels.Store(cx, tensor, view, form);
            using var program = new GpuProgram(engine, recorder);
            // Where it lies is another place in each run.
            using var buffer = engine.Device.Allocate((2 * bytes.Length) + 16);
            foreach (var offset in new[] { 4, bytes.Length + 8 & ~3 })
            {
                engine.Device.Upload(bytes, buffer, offset);
                program.Place(view, buffer, offset);
                program.Run();
                var actual = new byte[bytes.Length];
                engine.Device.Download(buffer, actual, offset);
                var numbers = values == PixelValues.Bytes ? Array.ConvertAll(actual, b => (float)b) : MemoryMarshal.Cast<byte, float>(actual).ToArray();
                // Which of the NaNs it is, devices decide.
                for (var i = 0; i < numbers.Length; i++)
                    if (float.IsNaN(numbers[i]) && float.IsNaN(expected[i])) numbers[i] = expected[i];
                TensorAssert.SameBytes($"{form} on {device} at {offset}", expected, numbers);
            }
        });
    }

    [Theory]
    [InlineData(PixelRange.ZeroToOne, PixelValues.ZeroToOne)]
    [InlineData(PixelRange.MinusOneToOne, PixelValues.MinusOneToOne)]
    public void TheDefinitionIsThatOfTheProcessorsPictures(PixelRange range, PixelValues values)
    {
        var image = new Image(16, 16, PixelLayout.Rgb, 8);
        for (var i = 0; i < image.Samples8.Length; i++) image.Samples8[i] = (byte)(i % 256);
        var bytes = new float[image.Samples8.Length];
        for (var i = 0; i < bytes.Length; i++) bytes[i] = image.Samples8[i];
        var expected = new float[bytes.Length];
        PixelFloats.ToRgb(image, expected, PixelRange.MinusOneToOne);
        Assert.Equal(expected, RgbPixels.ReferenceLoad(bytes, new PixelForm(PixelValues.Bytes, 16, 16, 48), 16, 16));
        var ranged = new float[bytes.Length];
        PixelFloats.ToRgb(image, ranged, range);
        Assert.Equal(expected, RgbPixels.ReferenceLoad(ranged, new PixelForm(values, 16, 16, 48), 16, 16));

        var x = Activation(expected.Length).Where(float.IsFinite).ToArray()[..(15 * 16 * 3)];
        var stored = new float[x.Length];
        RgbPixels.ReferenceStore(x, stored, new PixelForm(PixelValues.Bytes, 15, 16, 48));
        Assert.Equal(PixelFloats.FromRgb(x, 16, 15, PixelRange.MinusOneToOne).Samples8.ToArray(), Array.ConvertAll(stored, v => (byte)v));
    }

    [Fact]
    public void APictureThatIsNowhereIsAnError() => TestDevices.Use(Devices.EmulatedCuda, engine =>
    {
        var recorder = new GpuRecorder(engine.Device.Info, Precision.Fp32);
        using var cx = new KernelContext(recorder, engine);
        var form = new PixelForm(PixelValues.Bytes, 2, 2, 6);
        using var x = RgbPixels.Load(cx, GpuRecorder.Foreign(form.ElementBytes, form.Elements), form, 2, 2);
        using var program = new GpuProgram(engine, recorder);
        Assert.Throws<ArgumentException>(() => program.Start(0));
    });

    private static float[] Values(PixelForm form)
    {
        var random = new Random(5);
        var values = new float[form.Elements];
        for (var i = 0; i < values.Length; i++)
            values[i] = form.Values == PixelValues.Bytes ? random.Next(256) : (random.NextSingle() * 2) - (form.Values == PixelValues.ZeroToOne ? 0 : 1);
        return values;
    }

    // Halves between two bytes, what lies outside, what is no number.
    private static float[] Activation(int count)
    {
        var random = new Random(6);
        var values = new float[count];
        for (var i = 0; i < count; i++) values[i] = i % 3 == 0 ? (((random.Next(255) + 0.5f) / 255f) - 0.5f) / 0.5f : (random.NextSingle() * 3) - 1.5f;
        foreach (var (i, v) in new[] { (1, float.NaN), (2, float.PositiveInfinity), (0, float.NegativeInfinity) })
            if (count > 3) values[i] = v;
        return values;
    }
}
