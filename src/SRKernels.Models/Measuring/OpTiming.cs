using System.Diagnostics;
using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime;

namespace SRKernels.Models.Measuring;

/// <summary>One op, verified and timed.</summary>
/// <param name="Case">The op.</param>
/// <param name="Seconds">One run: the best of several.</param>
/// <param name="Nmse">Against <c>Reference</c>, at the reduced shape.</param>
/// <param name="Bytes">Activations and weights, each once.</param>
/// <param name="PeakFlops">The peak that its arithmetic could reach; 0: it has none.</param>
internal sealed record OpTiming(OpCase Case, double Seconds, double Nmse, double Bytes, double PeakFlops)
{
    /// <summary>Operations a byte.</summary>
    public double Intensity => Case.Flops / Bytes;

    /// <summary>Operations a second.</summary>
    public double FlopsPerSecond => Case.Flops / Seconds;

    /// <summary>Bytes a second, each counted once.</summary>
    public double BytesPerSecond => Bytes / Seconds;

    /// <summary>How near it is to the nearer roof: the greater of its shares of arithmetic and of memory bandwidth.</summary>
    public double ShareOf(Peaks peaks) => Math.Max(PeakFlops == 0 ? 0 : FlopsPerSecond / PeakFlops, BytesPerSecond / peaks.BytesPerSecond);
}

/// <summary>Times ops on the processor or on a device, each verified against <c>Reference</c> first.</summary>
/// <param name="engine">The device; null: the processor.</param>
/// <param name="precision">What products are computed in on a device.</param>
/// <param name="threads">Of the processor, 0 for one each.</param>
/// <param name="references">What is right; null: computed here.</param>
internal sealed class OpTimer(GpuEngine? engine, Precision precision, int threads, OpReferences? references = null)
{
    private const double LeastSeconds = 0.02;
    private const double EnoughSeconds = 0.5;
    private const int Attempts = 3;
    private readonly OpReferences _references = references ?? new OpReferences();

    /// <summary>Verifies and times one op.</summary>
    /// <exception cref="SrkException">Its result is not near enough to the reference: there is nothing to time.</exception>
    public OpTiming Time(OpCase op, Peaks peaks)
    {
        var nmse = Verify(op);
        var seconds = engine is null ? OnProcessor(op) : OnDevice(op, engine);
        var onTensorCores = op.IsProduct && engine is not null && precision != Precision.Fp32 && peaks.TensorFlops > 0;
        var peak = onTensorCores ? peaks.TensorFlops / (precision == Precision.Tf32 ? 2 : 1) : peaks.Flops;
        return new OpTiming(op, seconds, nmse, op.Bytes(engine is null ? sizeof(float) : WeightBytes(op, precision)), op.Flops == 0 ? 0 : peak);
    }

    /// <summary>Bytes of each weight on a device.</summary>
    public static int WeightBytes(OpCase op, Precision precision) => op.IsProduct && precision is Precision.Bf16 or Precision.Fp16 ? 2 : sizeof(float);

    /// <summary>The NMSE against <c>Reference</c>, at the reduced shape.</summary>
    /// <exception cref="SrkException">It is too large.</exception>
    public double Verify(OpCase op)
    {
        using var cx = Context();
        using var actual = op.Prepare(cx, true)();
        var (want, got) = (_references.Of(op), cx.Read(actual));
        double error = 0, power = 0;
        for (var i = 0; i < want.Length; i++)
        {
            var difference = (double)got[i] - want[i];
            error += difference * difference;
            power += (double)want[i] * want[i];
        }

        var nmse = error / power;
        // DESIGN.md section 3.
        var bound = engine is null || !op.IsProduct ? 1e-9 : precision switch { Precision.Fp32 => 1e-9, Precision.Bf16 => 1e-4, _ => 1e-5 };
        return nmse <= bound
            ? nmse
            : throw new SrkException($"{op.Name} on {engine?.Device.Info.Name ?? "the processor"}", $"an NMSE of at most {bound:e0} against the reference", $"{nmse:e2}", "nothing to time: report it with the device's name and driver");
    }

    private KernelContext Context() =>
        engine is null ? new KernelContext(ExecutionKind.Cpu, threads) : new KernelContext(new GpuRecorder(engine.Device.Info, precision), engine);

    private double OnProcessor(OpCase op)
    {
        using var cx = Context();
        var run = op.Prepare(cx, false);
        run().Dispose();
        // Each run for itself: of many short ones some are undisturbed.
        var (best, spent) = (double.PositiveInfinity, 0.0);
        for (var attempt = 0; attempt < Attempts || spent < EnoughSeconds; attempt++)
        {
            var start = Stopwatch.GetTimestamp();
            run().Dispose();
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            best = Math.Min(best, seconds);
            spent += seconds;
        }

        return best;
    }

    /// <summary>The device's own clock around a program that runs the op as often as takes long enough.</summary>
    private double OnDevice(OpCase op, GpuEngine device)
    {
        var repeats = 1;
        while (true)
        {
            var recorder = new GpuRecorder(device.Device.Info, precision);
            using var cx = new KernelContext(recorder, device);
            var run = op.Prepare(cx, false);
            for (var i = 0; i < repeats; i++) run().Dispose();
            using var program = new GpuProgram(device, recorder);
            program.Start(0);
            device.Device.Synchronize();
            var first = device.Device.Time(() => program.Start(0));
            if (first < LeastSeconds && repeats < 256)
            {
                repeats = Math.Min(256, Math.Max(2 * repeats, (int)(1.2 * LeastSeconds * repeats / Math.Max(first, 1e-6))));
                continue;
            }

            var (best, spent) = (first, first);
            for (var attempt = 1; attempt < Attempts && spent < EnoughSeconds; attempt++)
            {
                var seconds = device.Device.Time(() => program.Start(0));
                best = Math.Min(best, seconds);
                spent += seconds;
            }

            return best / repeats;
        }
    }
}
