using SRKernels.Emulation;
using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Kernels;

/// <summary>
/// One body for every device: the op's reference, then its processor form with one, two and three threads, which must be close to the
/// reference and the same bytes among themselves, then its kernels on the devices of <see cref="TestDevices"/>.
/// </summary>
public abstract class OpTest
{
    private static readonly int[] ThreadCounts = [1, 2, 3];

    /// <summary>Runs the op everywhere.</summary>
    /// <param name="op">Its name, for messages.</param>
    /// <param name="run">Gets a context and returns the output.</param>
    /// <param name="nmse">The bound.</param>
    /// <param name="largest">The bound on the worst element.</param>
    /// <param name="devices">Which devices beside the processor: the simulated ones want small shapes.</param>
    /// <param name="largestUnfused">The bound on the worst element in ILGPU's PTX, whose products and sums round apart; null: the same.</param>
    internal static void Check(
        string op, Func<KernelContext, Tensor> run, double nmse = TensorAssert.OpNmse, double largest = TensorAssert.OpLargest,
        Devices devices = Devices.None, double? largestUnfused = null)
    {
        float[]? expected = null, first = null;
        OnEveryDevice((device, cx) =>
        {
            using var y = run(cx);
            var what = $"{op} on {device}, output {y.Shape}";
            var actual = cx.Read(y);
            if (expected is null)
            {
                expected = actual;
                return;
            }

            TensorAssert.Close(what, expected, actual, nmse, device is nameof(Devices.IlgpuPtx) or nameof(Devices.IlgpuCuda) ? largestUnfused ?? largest : largest);
            if (cx.Kind == ExecutionKind.Device)
            {
                TensorAssert.SameBytes($"{what}, run again", actual, cx.Read(y));
                return;
            }

            if (first is not null) TensorAssert.SameBytes($"{what} against one thread", first, actual);
            first ??= actual;
        }, devices);
    }

    /// <summary>Runs the op's reference, and its kernels with operands of a lower precision on the devices, which must be as near as DESIGN.md §3 says.</summary>
    internal static void CheckPrecision(string op, Precision precision, Func<KernelContext, Tensor> run, Devices devices = Devices.All)
    {
        float[] expected;
        using (var reference = new KernelContext(ExecutionKind.Reference, 1))
        using (var y = run(reference))
            expected = reference.Read(y);
        var (nmse, largest) = precision == Precision.Bf16 ? (1e-4, 2e-2) : (1e-5, 4e-3);
        TestDevices.Run(devices, precision, (device, cx) =>
        {
            using var y = run(cx);
            var actual = cx.Read(y);
            TensorAssert.Close($"{op} in {precision} on {device}, output {y.Shape}", expected, actual, nmse, largest);
            TensorAssert.SameBytes($"{op} in {precision} on {device}, run again", actual, cx.Read(y));
        });
    }

    /// <summary>Runs the op everywhere and asks for the reference's very bytes: for ops whose arithmetic order is part of the definition.</summary>
    internal static void CheckBytes(string op, Func<KernelContext, Tensor> run, Devices devices = Devices.None)
    {
        float[]? expected = null;
        OnEveryDevice((device, cx) =>
        {
            using var y = run(cx);
            var actual = cx.Read(y);
            if (expected is not null) TensorAssert.SameBytes($"{op} on {device}, output {y.Shape}", expected, actual);
            expected ??= actual;
        }, devices);
    }

    internal static void OnEveryDevice(Action<string, KernelContext> run, Devices devices = Devices.None)
    {
        using (var reference = new KernelContext(ExecutionKind.Reference, 1)) run("Reference", reference);
        foreach (var threads in AloneDevice.Name is null ? ThreadCounts : [])
        {
            using var cx = new KernelContext(ExecutionKind.Cpu, threads);
            run($"Cpu({threads} threads)", cx);
        }

        TestDevices.Run(devices, Precision.Fp32, run);
    }

    /// <summary>An activation of numbers drawn from one seed, about normal, times <paramref name="deviation"/>, plus <paramref name="mean"/>.</summary>
    internal static Tensor Random(KernelContext cx, Shape shape, int seed, float deviation = 1, float mean = 0)
    {
        var x = new float[shape.Count];
        Numbers(x, seed, deviation, mean);
        return cx.Upload(x, shape);
    }

    internal static float[] Random(int count, int seed, float deviation = 1, float mean = 0)
    {
        var x = new float[count];
        Numbers(x, seed, deviation, mean);
        return x;
    }

    internal static void Refuses(string noun, Action<KernelContext> run) =>
        OnEveryDevice((device, cx) =>
        {
            var error = Assert.Throws<SrkException>(() => run(cx));
            Assert.True(error.Message.Contains(noun, StringComparison.Ordinal), $"{device}: '{error.Message}' does not speak of '{noun}'");
        });

    private static void Numbers(Span<float> x, int seed, float deviation, float mean)
    {
        var random = new Random(seed);
        for (var i = 0; i < x.Length; i++)
        {
            double sum = -2;
            for (var k = 0; k < 4; k++) sum += random.NextDouble();
            x[i] = (float)(mean + (deviation * sum * Math.Sqrt(3)));
        }
    }
}
