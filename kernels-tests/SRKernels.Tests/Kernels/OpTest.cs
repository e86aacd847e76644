using SRKernels.Kernels;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime;
using Xunit;

namespace SRKernels.Tests.Kernels;

/// <summary>
/// One body for every device: the op's reference, then its processor form with one, two and three threads, which must be close to the
/// reference and the same bytes among themselves.
/// </summary>
public abstract class OpTest
{
    private static readonly int[] ThreadCounts = [1, 2, 3];

    /// <summary>Runs the op everywhere. <paramref name="run"/> gets a context and returns the output.</summary>
    internal static void Check(
        string op, Func<KernelContext, Tensor> run, double nmse = TensorAssert.OpNmse, double largest = TensorAssert.OpLargest)
    {
        float[]? expected = null, first = null;
        OnEveryDevice((device, cx) =>
        {
            using var y = run(cx);
            var what = $"{op} on {device}, output {y.Shape}";
            var actual = y.Span.ToArray();
            if (expected is null)
            {
                expected = actual;
                return;
            }

            TensorAssert.Close(what, expected, actual, nmse, largest);
            if (first is not null) TensorAssert.SameBytes($"{what} against one thread", first, actual);
            first ??= actual;
        });
    }

    /// <summary>Runs the op everywhere and asks for the reference's very bytes: for ops whose arithmetic order is part of the definition.</summary>
    internal static void CheckBytes(string op, Func<KernelContext, Tensor> run)
    {
        float[]? expected = null;
        OnEveryDevice((device, cx) =>
        {
            using var y = run(cx);
            var actual = y.Span.ToArray();
            if (expected is not null) TensorAssert.SameBytes($"{op} on {device}, output {y.Shape}", expected, actual);
            expected ??= actual;
        });
    }

    internal static void OnEveryDevice(Action<string, KernelContext> run)
    {
        using (var reference = new KernelContext(ExecutionKind.Reference, 1)) run("Reference", reference);
        foreach (var threads in ThreadCounts)
        {
            using var cx = new KernelContext(ExecutionKind.Cpu, threads);
            run($"Cpu({threads} threads)", cx);
        }
    }

    /// <summary>An activation of numbers drawn from one seed, about normal, times <paramref name="deviation"/>, plus <paramref name="mean"/>.</summary>
    internal static Tensor Random(KernelContext cx, Shape shape, int seed, float deviation = 1, float mean = 0)
    {
        var x = cx.Rent(shape);
        Numbers(x.Span, seed, deviation, mean);
        return x;
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
