using System.Diagnostics;
using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Models.Families;
using SRKernels.Models.Recognition;
using SRKernels.Models.Sampling;
using SRKernels.Models.Weights;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;

namespace SRKernels.Models.Measuring;

/// <summary>A whole run on a device, one picture at once: the best of several, by the device's clock where nothing else is said.</summary>
/// <param name="Model">Which model.</param>
/// <param name="Side">Of the picture that is enlarged.</param>
/// <param name="Steps">Of the chain.</param>
/// <param name="Launches">Kernels that it launches.</param>
/// <param name="EncodeSeconds">Enlarging and the encoder.</param>
/// <param name="StepSeconds">One step of the chain, the mean of all.</param>
/// <param name="DecodeSeconds">The decoder.</param>
/// <param name="Seconds">All three in turn.</param>
/// <param name="WallSeconds">The same from the host's start to the end of its wait.</param>
/// <param name="GapSeconds">What so many launches of a kernel that does next to nothing take, one behind the other.</param>
/// <param name="ArenaBytes">Memory of the activations.</param>
/// <param name="WeightBytes">Memory of the weights.</param>
internal sealed record RunTiming(
    string Model, int Side, int Steps, int Launches, double EncodeSeconds, double StepSeconds, double DecodeSeconds, double Seconds, double WallSeconds, double GapSeconds,
    long ArenaBytes, long WeightBytes);

/// <summary>Times whole runs of a model: encode, walk the chain, decode, as <c>srk upscale</c> records them.</summary>
/// <param name="engine">The device.</param>
/// <param name="precision">What products are computed in.</param>
internal sealed class RunTimer(GpuEngine engine, Precision precision)
{
    /// <summary>The published full-size model, with drawn weights.</summary>
    public const string FullSize = "realsr";

    /// <summary>The model that comes along.</summary>
    public const string Shipped = "tiny";

    private const int Attempts = 5;
    private const double EnoughSeconds = 2;
    private const int EmptyLaunches = 256;

    private const string FullSizeTask = "realsr-v3";

    /// <summary>One of the two.</summary>
    public static SuperResolutionModel Load(string name)
    {
        if (name == FullSize) return ModelFamilies.Published(FullSizeTask).Build(new WeightScope(new DrawnWeights()));
        using var files = ModelFiles.Open(SuperResolver.ShippedWeightsPath);
        return files.Read().Model;
    }

    /// <summary>Times runs of so many steps.</summary>
    public RunTiming Time(string name, SuperResolutionModel model, int side, int steps)
    {
        var recorder = new GpuRecorder(engine.Device.Info, precision);
        using var cx = new KernelContext(recorder, engine);
        var shape = new Shape(1, side, side, 3);
        using var picture = cx.Upload(Drawn(shape), shape);
        using var image = model.PrepareUntrained(steps).Run(cx, picture, null, new DrawnNoise(new TorchCpuNoise(1)), (stage, step) =>
        {
            if (stage == UpscaleStage.Decode || (stage == UpscaleStage.Sample && step == 0)) recorder.BeginPart();
        });
        using var program = new GpuProgram(engine, recorder);
        All();
        engine.Device.Synchronize();
        var (encode, walk, decode) = (Best(() => program.Start(0)), Best(() => program.Start(1)), Best(() => program.Start(2)));
        return new RunTiming(
            name, side, steps, recorder.Launches.Count, encode, walk / steps, decode, Best(All), BestOfHost(All), recorder.Launches.Count * EmptyLaunchSeconds(),
            program.Plan.Bytes, engine.WeightBytes);

        void All()
        {
            for (var part = 0; part < program.Parts; part++) program.Start(part);
        }
    }

    /// <summary>Seconds of a launch that copies four numbers, among many: what a launch costs whatever it does.</summary>
    private double EmptyLaunchSeconds()
    {
        var recorder = new GpuRecorder(engine.Device.Info, precision);
        using var memory = recorder.Rent(new Shape(1, 1, 1, 8));
        var all = GpuView.Of(memory);
        for (var i = 0; i < EmptyLaunches; i++)
            recorder.Launch(
                new KernelKey(typeof(PeakKernels).FullName!, nameof(PeakKernels.Copy)), new LaunchShape(new Extent(1), new Extent(1)), all.Slice(0, 4), all.Slice(4, 4), 4);
        using var program = new GpuProgram(engine, recorder);
        program.Start(0);
        engine.Device.Synchronize();
        return Best(() => program.Start(0)) / EmptyLaunches;
    }

    private double Best(Action work) => Best(() => engine.Device.Time(work));

    private double BestOfHost(Action work) => Best(() =>
    {
        var start = Stopwatch.GetTimestamp();
        work();
        engine.Device.Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    });

    private static double Best(Func<double> measure)
    {
        var (best, spent) = (double.PositiveInfinity, 0.0);
        for (var attempt = 0; attempt < Attempts && spent < EnoughSeconds; attempt++)
        {
            var seconds = measure();
            best = Math.Min(best, seconds);
            spent += seconds;
        }

        return best;
    }

    private static float[] Drawn(Shape shape)
    {
        var random = new Random(1);
        var values = new float[shape.Count];
        for (var i = 0; i < values.Length; i++) values[i] = (2 * random.NextSingle()) - 1;
        return values;
    }
}
