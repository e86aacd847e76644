using System.Runtime.InteropServices;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime;

namespace SRKernels.Kernels.Gpu;

/// <summary>
/// A recording made ready on a device: one arena for all its tensors, every launch's arguments in place, the whole captured as a graph where the
/// driver has graphs. Runs as often as wanted, with one round trip to the host each time.
/// </summary>
internal sealed class GpuProgram : IDisposable
{
    private const int LaunchesInFlight = 4;
    private readonly GpuEngine _engine;
    private readonly GpuRecorder _recording;
    private readonly DeviceBuffer _arena;
    private readonly (DeviceKernel Kernel, LaunchShape Shape, KernelArguments Arguments)[] _launches;
    private readonly DeviceGraph?[] _graphs;
    private readonly Dictionary<ForeignPlace, (DeviceBuffer Buffer, long OffsetBytes)> _foreign = [];

    /// <summary>Whether anything ran or was filled since all state was at its beginning.</summary>
    private bool _stateMoved;

    /// <summary>Lays out, loads kernels, uploads weights and constants, captures.</summary>
    /// <exception cref="DeviceOutOfMemoryException">The arena or the weights do not fit.</exception>
    public GpuProgram(GpuEngine engine, GpuRecorder recording)
    {
        (_engine, _recording) = (engine, recording);
        Plan = ArenaPlan.Of(recording.Places);
        _arena = engine.Device.Allocate(Math.Max(Plan.Bytes, 1));
        try
        {
            foreach (var place in recording.Places)
                if (place.Content is { } content) engine.Device.Upload(content, _arena, place.Offset);
            _launches = [.. recording.Launches.Select(Resolve)];
            _graphs = new DeviceGraph?[Parts];
            if (HasGraphs) Capture();
            engine.Remember(this);
        }
        catch
        {
            _arena.Dispose();
            throw;
        }
    }

    /// <summary>How the arena is shared.</summary>
    public ArenaPlan Plan { get; }

    /// <summary>How many parts the recording has.</summary>
    public int Parts => _recording.Parts.Count + 1;

    /// <summary>Fills an input for the runs that follow.</summary>
    /// <param name="input">From <see cref="GpuRecorder.Input"/>.</param>
    /// <param name="values">Its elements, NHWC.</param>
    public void Upload(Tensor input, ReadOnlySpan<float> values)
    {
        Expect.Length(nameof(GpuProgram), checked((int)input.Shape.Count), values.Length, "values");
        _engine.Device.Upload(MemoryMarshal.AsBytes(values), _arena, ((ArenaPlace)input.Place).Offset);
    }

    /// <summary>Fills other memory, such as a tile's place, for the runs that follow.</summary>
    public void Upload<T>(GpuView view, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        _stateMoved = true;
        _engine.Device.Upload(MemoryMarshal.AsBytes(values), _arena, ((ArenaPlace)view.Place).Offset + (view.Offset * view.ElementBytes));
    }

    /// <summary>Says where memory lies that is not the program's, for the runs that follow.</summary>
    /// <param name="view">From <see cref="GpuRecorder.Foreign"/>.</param>
    /// <param name="buffer">In which buffer; it must outlive those runs.</param>
    /// <param name="offsetBytes">Where in it the view begins.</param>
    public void Place(GpuView view, DeviceBuffer buffer, long offsetBytes)
    {
        _foreign[(ForeignPlace)view.Place] = (buffer, offsetBytes);
        for (var i = 0; i < _launches.Length; i++)
            if (Names(_recording.Launches[i], view.Place)) _launches[i] = Resolve(_recording.Launches[i]);
    }

    /// <summary>Runs all parts once and reads back what was asked for.</summary>
    /// <param name="cancellation">Heeded between parts, and between marks where the device runs launch by launch.</param>
    public void Run(CancellationToken cancellation = default)
    {
        Reset();
        for (var part = 0; part < Parts; part++) Start(part, cancellation);
        Fetch();
    }

    /// <summary>Brings all state back to its beginning.</summary>
    public void Reset()
    {
        if (!_stateMoved) return;
        foreach (var place in _recording.Places)
            if (place is { IsState: true, Content: { } content }) _engine.Device.Upload(content, _arena, place.Offset);
        _stateMoved = false;
    }

    /// <summary>Queues the launches of one part.</summary>
    public void Start(int part, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        _stateMoved = true;
        if (_graphs[part] is { } graph)
        {
            graph.Launch();
            return;
        }

        var (from, end) = Range(part);
        if (HasGraphs)
        {
            Launch(from, end);
            return;
        }

        foreach (var mark in _recording.Marks)
        {
            if (mark.Part != part) continue;
            LaunchAndWait(from, mark.Launch, cancellation);
            mark.Reached();
            from = mark.Launch;
        }

        LaunchAndWait(from, end, cancellation);
    }

    /// <summary>Waits, and hands out what was asked for.</summary>
    public void Fetch()
    {
        if (_recording.Fetches.Count == 0) _engine.Device.Synchronize();
        foreach (var fetch in _recording.Fetches)
        {
            var place = (ArenaPlace)fetch.View.Place;
            var offset = fetch.View.Offset * fetch.View.ElementBytes;
            var bytes = new byte[fetch.View.Length < 0 ? place.Bytes - offset : fetch.View.Length * fetch.View.ElementBytes];
            _engine.Device.Download(_arena, bytes, place.Offset + offset);
            fetch.Then(bytes);
        }
    }

    /// <summary>Waits, and reads some elements of a tensor that was kept to the end.</summary>
    /// <param name="tensor">From <see cref="GpuRecorder.Keep"/>.</param>
    /// <param name="first">Its first element to read.</param>
    /// <param name="values">Receives them.</param>
    public void Download(Tensor tensor, long first, Span<float> values) => _engine.Device.Download(
        _arena, MemoryMarshal.AsBytes(values), ((ArenaPlace)tensor.Place).Offset + ((tensor.First + first) * sizeof(float)));

    /// <inheritdoc/>
    public void Dispose()
    {
        _engine.Forget(this);
        foreach (var graph in _graphs) graph?.Dispose();
        _arena.Dispose();
    }

    private bool HasGraphs => _engine.Device.Info.Kind == DeviceKind.Cuda;

    private static bool Names(GpuLaunch launch, GpuPlace place) =>
        launch.Arguments.Any(a => a.Kind == KernelParameter.Pointer && ReferenceEquals(a.View.Place, place));

    private static bool IsForeign(GpuLaunch launch) => launch.Arguments.Any(a => a.Kind == KernelParameter.Pointer && a.View.Place is ForeignPlace);

    private (int From, int End) Range(int part) =>
        (part == 0 ? 0 : _recording.Parts[part - 1], part == Parts - 1 ? _launches.Length : _recording.Parts[part]);

    private void Capture()
    {
        for (var part = 0; part < Parts; part++)
        {
            var (from, end) = Range(part);
            if (end > from && !_recording.Launches.Skip(from).Take(end - from).Any(IsForeign)) _graphs[part] = _engine.Device.Capture(() => Launch(from, end));
        }
    }

    // Without graphs a device is a slow one, whose user may lose patience: it never has more than a few launches before it.
    private void LaunchAndWait(int from, int to, CancellationToken cancellation)
    {
        while (from < to)
        {
            var next = Math.Min(to, from + LaunchesInFlight);
            Launch(from, next);
            _engine.Device.Synchronize();
            cancellation.ThrowIfCancellationRequested();
            from = next;
        }
    }

    private void Launch(int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            ref readonly var launch = ref _launches[i];
            _engine.Device.Launch(launch.Kernel, launch.Shape, launch.Arguments);
        }
    }

    private (DeviceKernel Kernel, LaunchShape Shape, KernelArguments Arguments) Resolve(GpuLaunch launch)
    {
        var arguments = new KernelArguments();
        foreach (var argument in launch.Arguments)
        {
            // Until it is said where that lies, a launch fails for want of arguments.
            if (argument is { Kind: KernelParameter.Pointer, View.Place: ForeignPlace place } && !_foreign.ContainsKey(place)) break;
            if (argument.Kind != KernelParameter.Pointer) arguments.Add(argument.Kind, argument.Bits);
            else AddView(arguments, argument.View);
        }

        return (_engine.Kernel(launch.Kernel), launch.Shape, arguments);
    }

    private void AddView(KernelArguments arguments, GpuView view)
    {
        var (buffer, start, bytes) = view.Place switch
        {
            ArenaPlace arena => (_arena, arena.Offset, arena.Bytes),
            ForeignPlace foreign => (_foreign[foreign].Buffer, _foreign[foreign].OffsetBytes, 0),
            _ => (_engine.Weights((WeightPlace)view.Place), 0, 0),
        };
        if (view.Place is WeightPlace) bytes = buffer.Bytes;
        var length = view.Length < 0 ? (bytes / view.ElementBytes) - view.Offset : view.Length;
        arguments.ViewBytes(buffer, start + (view.Offset * view.ElementBytes), length);
    }
}
