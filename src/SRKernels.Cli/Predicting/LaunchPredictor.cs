using SRKernels.Compilation;
using SRKernels.Compilation.Analysis;
using SRKernels.Compiler.Codegen.Ptx;
using SRKernels.Compiler.IR;
using SRKernels.Kernels.Gpu;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;

namespace SRKernels.Cli.Predicting;

/// <summary>Predicts recorded launches on a GPU that nobody has: kernels are assembled once for all recordings.</summary>
internal sealed class LaunchPredictor(PublishedGpu gpu)
{
    private const long Memory = 40L << 30;
    private readonly Dictionary<KernelKey, AnalysedKernel> _kernels = [];
    private readonly Dictionary<WeightPlace, (object Identity, long Bytes)> _weights = [];
    private readonly Dictionary<(object Owner, string Layout), (object Identity, long Bytes)> _layouts = [];

    /// <summary>The GPU.</summary>
    public PublishedGpu Gpu { get; } = gpu;

    /// <summary>What a recorder takes for the device.</summary>
    public DeviceInfo Info { get; } = new(
        DeviceKind.Cuda, gpu.Name, $"sm_{gpu.Target}, by published figures", Memory, Memory, gpu.Limits.SharedBytesPerGroup, 1024, gpu.Multiprocessors, gpu.Target, HasHalf: true, HasDouble: true);

    /// <summary>Predicts a recording's launches in their order.</summary>
    /// <param name="recording">What was recorded.</param>
    /// <param name="cache">What the second-level cache holds before and after; null: nothing, each launch for itself.</param>
    public IReadOnlyList<PredictedLaunch> Predict(GpuRecorder recording, CacheContents? cache)
    {
        Assemble(recording.Launches.Select(l => l.Kernel));
        var deaths = recording.Places.Where(p => p.LastUse != ArenaPlace.End).ToLookup(p => p.LastUse);
        List<PredictedLaunch> predicted = [];
        for (var i = 0; i < recording.Launches.Count; i++)
        {
            var launch = recording.Launches[i];
            var kernel = _kernels[launch.Kernel];
            ModelArgument[] arguments = [.. launch.Arguments.Select(ToModel)];
            var work = kernel.Work(launch.Shape, arguments);
            var bytes = MemoryBytes(launch, kernel, arguments, work, cache ?? new CacheContents(Gpu.CacheBytes));
            if (cache is not null)
                foreach (var place in deaths[i]) cache.Forget(place);
            var occupancy = kernel.OccupancyOf(launch.Shape);
            if (occupancy.Groups == 0)
                throw new SrkException($"{kernel.Name} on {Gpu.Name}", "a group that fits a multiprocessor", $"{launch.Shape.DynamicSharedBytes} bytes of shared memory, {kernel.Resources.Registers} registers", "launch smaller tiles there");
            predicted.Add(new PredictedLaunch(launch, work, LaunchPrediction.Of(Gpu, launch.Shape, occupancy, work, bytes)));
        }

        return predicted;
    }

    /// <summary>Assembles kernels that are not known yet, all in one run.</summary>
    public void Assemble(IEnumerable<KernelKey> keys)
    {
        KernelKey[] missing = [.. keys.Distinct().Where(k => !_kernels.ContainsKey(k))];
        if (missing.Length == 0) return;
        var maker = new KernelMaker();
        Function[] functions = [.. missing.Select(k => maker.Compile(typeof(GpuRecorder).Assembly, k))];
        var made = MachineCode.Of(functions, Gpu.Target);
        for (var i = 0; i < missing.Length; i++)
        {
            if (!made.TryGetValue(PtxGenerator.EntryName(functions[i].Info.Name), out var code))
                throw new SrkException($"ptxas for {functions[i].Info.Name}", $"machine code for sm_{Gpu.Target}", "none", "see 'srk kernels NAME --sass --target ...' for its reason");
            _kernels.Add(missing[i], new AnalysedKernel(functions[i], code.Code, code.Resources, Gpu));
        }
    }

    private ModelArgument ToModel(GpuArgument argument)
    {
        if (argument.Kind != KernelParameter.Pointer) return new ModelArgument(null, argument.Bits, 0, 0);
        var view = argument.View;
        var (identity, all) = view.Place switch
        {
            ArenaPlace place => (place, place.Bytes),
            WeightPlace place => Weights(place),
            _ => throw new NotSupportedException($"memory of kind {view.Place.GetType().Name}"),
        };
        var offset = view.Offset * view.ElementBytes;
        var length = view.Length < 0 ? (all - offset) / view.ElementBytes : view.Length;
        return new ModelArgument(identity, offset, length, length * view.ElementBytes);
    }

    /// <summary>One identity for each form of the same weights, however often it is named.</summary>
    private (object Identity, long Bytes) Weights(WeightPlace place)
    {
        if (_weights.TryGetValue(place, out var known)) return known;
        if (!_layouts.TryGetValue((place.Owner, place.Layout), out known)) _layouts.Add((place.Owner, place.Layout), known = (place, place.Make().LongLength));
        _weights.Add(place, known);
        return known;
    }

    /// <summary>What moves between cache and memory: each memory that is read or written, at most as much as the launch touches.</summary>
    private static double MemoryBytes(GpuLaunch launch, AnalysedKernel kernel, ModelArgument[] arguments, GroupWork work, CacheContents cache)
    {
        var (written, read) = (new Dictionary<object, long>(ReferenceEqualityComparer.Instance), new Dictionary<object, long>(ReferenceEqualityComparer.Instance));
        var parameter = 0;
        var loads = launch.Shape.Grid.Count * work.LoadedBytes;
        foreach (var argument in arguments)
        {
            if (argument.Memory is { } memory)
            {
                if (kernel.Written.Contains(parameter)) written[memory] = written.GetValueOrDefault(memory) + argument.Bytes;
                else if (kernel.Read.Contains(parameter)) read[memory] = (long)Math.Min(argument.Bytes, loads);
            }

            parameter += argument.Memory is null ? 1 : 2;
        }

        // A view that a launch has no use for names some other memory, often its output: written counts, whatever else is named.
        double moved = 0;
        foreach (var (memory, bytes) in read)
            if (!written.ContainsKey(memory)) moved += cache.Touch(memory, bytes, write: false);
        foreach (var (memory, bytes) in written) moved += cache.Touch(memory, bytes, write: true);
        return moved;
    }
}
