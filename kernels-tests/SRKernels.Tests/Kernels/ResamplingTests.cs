using SRKernels.Kernels;
using SRKernels.Kernels.Arithmetic;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;
using Xunit;

namespace SRKernels.Tests.Kernels;

public class ConcatTests : OpTest
{
    [Theory]
    [InlineData(1, 1, 1, 1, 1)]
    [InlineData(2, 5, 7, 3, 6)]
    [InlineData(1, 9, 7, 160, 96)]
    [InlineData(1, 3, 5, 8, 6)]
    public void SameBytesAsReference(int n, int h, int w, int ca, int cb) => CheckBytes("Concat", cx =>
    {
        using var a = Random(cx, new Shape(n, h, w, ca), 1);
        using var b = Random(cx, new Shape(n, h, w, cb), 2);
        return Concat.Apply(cx, a, b);
    }, Devices.All);

    [Fact]
    public void RefusesOtherExtents() => Refuses("second input", cx => Concat.Apply(cx, cx.Rent(1, 2, 3, 4), cx.Rent(1, 3, 2, 4)));
}

public class NearestResizeTests : OpTest
{
    [Theory]
    [InlineData(1, 1, 1, 1, 2)]
    [InlineData(2, 5, 6, 3, 2)]
    [InlineData(1, 7, 3, 17, 3)]
    [InlineData(2, 3, 5, 8, 2)]
    [InlineData(1, 4, 4, 2, 1)]
    public void SameBytesAsReference(int n, int h, int w, int c, int factor) =>
        CheckBytes($"NearestResize x{factor}", cx => NearestResize.Apply(cx, Random(cx, new Shape(n, h, w, c), 3), factor), Devices.All);

    [Fact]
    public void RefusesToShrink() => Refuses("factor", cx => NearestResize.Apply(cx, cx.Rent(1, 1, 1, 1), 0));
}

public class BicubicResizeTests : OpTest
{
    [Theory]
    [InlineData(1, 1, 1, 1, 2)]
    [InlineData(1, 1, 5, 3, 4)]
    [InlineData(2, 7, 9, 3, 2)]
    [InlineData(1, 16, 16, 3, 4)]
    [InlineData(1, 6, 5, 7, 3)]
    [InlineData(1, 9, 4, 2, 1)]
    [InlineData(1, 3, 40, 1, 8)]
    public void MatchesReference(int n, int h, int w, int c, int scale) =>
        Check($"BicubicResize x{scale}", cx => BicubicResize.Apply(cx, Random(cx, new Shape(n, h, w, c), 4), scale), devices: Devices.All);

    [Fact]
    public void ConstantsStayConstant() => OnEveryDevice((device, cx) =>
    {
        using var x = cx.Upload(Enumerable.Repeat(0.7f, 75).ToArray(), new Shape(1, 5, 5, 3));
        using var y = BicubicResize.Apply(cx, x, 4);
        foreach (var value in cx.Read(y)) Assert.True(Math.Abs(value - 0.7f) < 1e-6, $"{device}: {value}");
    }, Devices.All);

    [Fact]
    public void RefusesToShrink() => Refuses("scale", cx => BicubicResize.Apply(cx, cx.Rent(1, 1, 1, 1), 0));
}

public class ReflectPadTests : OpTest
{
    [Theory]
    [InlineData(1, 6, 9, 2, 4, 5)]
    [InlineData(2, 3, 3, 3, 0, 0)]
    [InlineData(1, 1, 1, 3, 5, 7)]
    [InlineData(1, 2, 20, 3, 62, 44)]
    [InlineData(2, 5, 4, 12, 3, 6)]
    public void SameBytesAsReference(int n, int h, int w, int c, int bottom, int right) =>
        CheckBytes($"ReflectPad({bottom}, {right})", cx => ReflectPad.Apply(cx, Random(cx, new Shape(n, h, w, c), 5), bottom, right), Devices.All);

    [Fact]
    public void BouncesBetweenTheEdges()
    {
        Assert.Equal([0, 1, 2, 1, 0, 1, 2, 1], Enumerable.Range(0, 8).Select(i => ReflectPad.Bounce(i, 3)));
        Assert.Equal([0, 0, 0], Enumerable.Range(0, 3).Select(i => ReflectPad.Bounce(i, 1)));
        Assert.Equal([0, 1, 0, 1], Enumerable.Range(0, 4).Select(i => ReflectPad.Bounce(i, 2)));
    }

    [Fact]
    public void RefusesToCut() => Refuses("pads of 0 or more", cx => ReflectPad.Apply(cx, cx.Rent(1, 2, 2, 1), -1, 0));
}

public class CropTests : OpTest
{
    [Theory]
    [InlineData(2, 7, 9, 3, 2, 4, 5, 5)]
    [InlineData(1, 4, 4, 1, 0, 0, 4, 4)]
    [InlineData(1, 4, 4, 5, 3, 3, 1, 1)]
    [InlineData(2, 6, 7, 16, 1, 3, 4, 2)]
    public void SameBytesAsReference(int n, int h, int w, int c, int top, int left, int rows, int columns) =>
        CheckBytes("Crop", cx => Crop.Apply(cx, Random(cx, new Shape(n, h, w, c), 6), top, left, rows, columns), Devices.All);

    [Theory]
    [InlineData(-1, 0, 2, 2)]
    [InlineData(0, 3, 2, 2)]
    [InlineData(0, 0, 0, 2)]
    [InlineData(2, 0, int.MaxValue, 2)]
    public void RefusesToLeaveTheMap(int top, int left, int rows, int columns) =>
        Refuses("rectangle inside", cx => Crop.Apply(cx, cx.Rent(1, 4, 4, 1), top, left, rows, columns));
}

public class TileBlendTests : OpTest
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void SameBytesAsReference(bool rowWeights, bool columnWeights) => CheckBytes("TileBlend", cx =>
    {
        var (sum, weight) = TileBlend.Begin(cx, new Shape(2, 20, 23, 3));
        foreach (var (y, x) in new[] { (0, 0), (0, 7), (6, 0), (6, 7) })
        {
            using var tile = Random(cx, new Shape(2, 14, 16, 3), y + x);
            TileBlend.Accumulate(
                cx, sum, weight, tile, y, x, rowWeights ? Random(14, 7, 0.1f, 1) : [], columnWeights ? Random(16, 8, 0.1f, 1) : []);
        }

        TileBlend.Finish(cx, sum, weight);
        weight.Dispose();
        return sum;
    }, Devices.All);

    [Fact]
    public void PartsOfOnePictureGiveThePicture() => OnEveryDevice((device, cx) =>
    {
        using var picture = Random(cx, new Shape(1, 12, 15, 3), 9);
        var (sum, weight) = TileBlend.Begin(cx, picture.Shape);
        foreach (var (y, x) in new[] { (0, 0), (0, 5), (2, 0), (2, 5) })
        {
            using var tile = Crop.Apply(cx, picture, y, x, 10, 10);
            TileBlend.Accumulate(cx, sum, weight, tile, y, x);
        }

        TileBlend.Finish(cx, sum, weight);
        TensorAssert.Close($"TileBlend on {device}", cx.Read(picture), cx.Read(sum));
    }, Devices.All);

    // One recording, run for each tile with another place and other weights, then the quotient: what the ops give one after the other.
    [Fact]
    public void OneRecordingServesEveryTile()
    {
        var (whole, part) = (new Shape(1, 20, 23, 3), new Shape(1, 14, 16, 3));
        (int Y, int X)[] places = [(0, 0), (0, 7), (6, 0), (6, 7)];
        var picture = Random((int)whole.Count, 1);
        float[] expected;
        using (var cx = new KernelContext(ExecutionKind.Reference, 1))
        {
            var (sum, weight) = TileBlend.Begin(cx, whole);
            using var from = cx.Upload(picture, whole);
            foreach (var (y, x) in places)
            {
                using var tile = Crop.Apply(cx, from, y, x, part.H, part.W);
                TileBlend.Accumulate(cx, sum, weight, Scale.Multiply(cx, tile, 3), y, x, Random(14, y + 5, 0.1f, 1), Random(16, x + 5, 0.1f, 1));
            }

            TileBlend.Finish(cx, sum, weight);
            expected = cx.Read(sum);
        }

        foreach (var device in TestDevices.Present(Devices.All)) TestDevices.Use(device, engine =>
        {
            var recorder = new GpuRecorder(engine.Device.Info, Precision.Fp32);
            using var cx = new KernelContext(recorder, engine);
            using var sum = cx.Upload(new float[whole.Count], whole);
            using var weight = cx.Upload(new float[whole.Pixels], new Shape(1, whole.H, whole.W, 1));
            using var from = cx.Upload(picture, whole);
            var origin = recorder.Constant<int>([-1, -2]);
            var (rows, columns) = (recorder.Input(new Shape(1, 1, 1, part.H)), recorder.Input(new Shape(1, 1, 1, part.W)));
            using (var tile = Crop.ApplyAt(cx, from, origin, part.H, part.W))
            using (var result = Scale.Multiply(cx, tile, 3))
                TileBlend.AccumulateAt(cx, sum, weight, result, origin, GpuView.Of(rows), GpuView.Of(columns));
            float[] sums = [], weights = [];
            recorder.Fetch<float>(GpuView.Of(sum), values => sums = values.ToArray());
            recorder.Fetch<float>(GpuView.Of(weight), values => weights = values.ToArray());
            using var program = new GpuProgram(engine, recorder);
            foreach (var (y, x) in places)
            {
                program.Upload<int>(origin, [y, x]);
                program.Upload(rows, Random(14, y + 5, 0.1f, 1));
                program.Upload(columns, Random(16, x + 5, 0.1f, 1));
                program.Run();
            }

            TensorAssert.SameBytes($"tiles on {device}", expected, [.. sums.Select((s, i) => s / weights[i / 3])]);
        });
    }

    [Fact]
    public void RefusesWhatDoesNotFit()
    {
        Refuses("tile inside", cx => Add(cx, new Shape(1, 4, 4, 3), 1, 0));
        Refuses("a tile (its rows", cx => Add(cx, new Shape(1, 4, 4, 2), 0, 0));
        Refuses("row weights of 4", cx => Add(cx, new Shape(1, 4, 4, 3), 0, 0, new float[3]));
        Refuses("column weights of 4", cx => Add(cx, new Shape(1, 4, 4, 3), 0, 0, default, new float[5]));
    }

    private static void Add(KernelContext cx, Shape tile, int y, int x, ReadOnlySpan<float> rows = default, ReadOnlySpan<float> columns = default)
    {
        var (sum, weight) = TileBlend.Begin(cx, new Shape(1, 4, 4, 3));
        TileBlend.Accumulate(cx, sum, weight, cx.Rent(tile), y, x, rows, columns);
    }
}
