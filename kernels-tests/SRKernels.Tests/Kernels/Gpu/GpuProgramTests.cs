using SRKernels.Emulation;
using SRKernels.Kernels;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime.Cuda;
using Xunit;

namespace SRKernels.Tests.Kernels.Gpu;

/// <summary>What was recorded once runs often, on new inputs, in one graph and one round trip.</summary>
public sealed class GpuProgramTests
{
    private static readonly Shape s_shape = new(1, 2, 3, 5);

    [Fact]
    public void RunsAgainOnNewInputs()
    {
        var driver = new EmulatedCudaDriver();
        using var engine = new GpuEngine(new CudaDevice(driver, 0));
        var recorder = new GpuRecorder(engine.Device.Info, Precision.Fp32);
        using var cx = new KernelContext(recorder, engine);
        var x = recorder.Input(s_shape);
        float[] got = [];
        using (var once = Silu.Apply(cx, x))
        {
            using var twice = Silu.Apply(cx, once);
            recorder.Fetch<float>(GpuView.Of(twice), values => got = values.ToArray());
        }

        using var program = new GpuProgram(engine, recorder);
        for (var run = 0; run < 3; run++)
        {
            driver.Calls.Clear();
            var values = OpTest.Random((int)s_shape.Count, run);
            program.Upload(x, values);
            program.Run();
            TensorAssert.Close($"run {run}", Expected(values), got);
            Assert.Equal(1, driver.Calls.Count(c => c == "cuGraphLaunch"));
            Assert.DoesNotContain("cuLaunchKernel", driver.Calls);
            Assert.Equal(1, driver.Calls.Count(c => c.Contains("DtoH", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void MarksAreReachedInOrder()
    {
        TestDevices.Use(Devices.Interpreter, engine =>
        {
            var recorder = new GpuRecorder(engine.Device.Info, Precision.Fp32);
            using var cx = new KernelContext(recorder, engine);
            var seen = new List<int>();
            using var x = cx.Upload(OpTest.Random((int)s_shape.Count, 1), s_shape);
            recorder.Mark(() => seen.Add(0));
            using var y = Silu.Apply(cx, x);
            recorder.Mark(() => seen.Add(1));
            using var program = new GpuProgram(engine, recorder);
            program.Run();
            Assert.Equal([0, 1], seen);
            using var stopped = new CancellationTokenSource();
            stopped.Cancel();
            Assert.ThrowsAny<OperationCanceledException>(() => program.Run(stopped.Token));
        });
    }

    [Theory]
    [InlineData(Devices.Interpreter)]
    [InlineData(Devices.EmulatedCuda)]
    public void APartRunsAsOftenAsWantedBetweenItsNeighbours(object device) =>
        TestDevices.Use((Devices)device, engine =>
        {
            var recorder = new GpuRecorder(engine.Device.Info, Precision.Fp32);
            using var cx = new KernelContext(recorder, engine);
            var x = recorder.Input(s_shape);
            using var before = Silu.Apply(cx, x);
            recorder.BeginPart();
            using (var inside = Silu.Apply(cx, x)) Silu.Apply(cx, inside).Dispose();
            recorder.BeginPart();
            using var after = Silu.Apply(cx, before);
            float[] got = [];
            recorder.Fetch<float>(GpuView.Of(after), values => got = values.ToArray());
            using var program = new GpuProgram(engine, recorder);
            var values = OpTest.Random((int)s_shape.Count, 7);
            program.Upload(x, values);
            program.Start(0);
            for (var i = 0; i < 3; i++) program.Start(1);
            program.Start(2);
            program.Fetch();
            TensorAssert.Close("after the parts", Expected(values), got);
        });

    [Fact]
    public void EqualConstantsShareMemory()
    {
        var recorder = new GpuRecorder(new DeviceInfoBuilder().Info, Precision.Fp32);
        var a = recorder.Constant<float>([1, 2, 3]);
        Assert.Same(a.Place, recorder.Constant<float>([1, 2, 3]).Place);
        Assert.NotSame(a.Place, recorder.Constant<float>([1, 2, 4]).Place);
    }

    [Fact]
    public void ATensorOfTheDeviceIsNotInTheProcessorsMemory()
    {
        using var cx = new KernelContext(new GpuRecorder(new DeviceInfoBuilder().Info, Precision.Fp32), null);
        using var x = cx.Rent(s_shape);
        Assert.Contains("on a device", Assert.Throws<InvalidOperationException>(() => x.Span.Length).Message, StringComparison.Ordinal);
        Assert.Contains("only records", Assert.Throws<InvalidOperationException>(() => cx.Read(x)).Message, StringComparison.Ordinal);
    }

    private static float[] Expected(float[] values)
    {
        using var cx = new KernelContext(ExecutionKind.Reference, 1);
        using var x = cx.Upload(values, s_shape);
        using var once = Silu.Apply(cx, x);
        using var twice = Silu.Apply(cx, once);
        return cx.Read(twice);
    }

    private sealed class DeviceInfoBuilder
    {
        public SRKernels.Runtime.DeviceInfo Info { get; } = new(
            SRKernels.Runtime.DeviceKind.Cuda, "none", "", 1L << 36, 1L << 36, 166912, 1024, 108, 80, true, true);
    }
}
