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
    private readonly GpuEngine _engine;
    private readonly GpuRecorder _recording;
    private readonly DeviceBuffer _arena;
    private readonly (DeviceKernel Kernel, LaunchShape Shape, KernelArguments Arguments)[] _launches;
    private readonly DeviceGraph? _graph;

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
            if (engine.Device.Info.Kind == DeviceKind.Cuda && _launches.Length > 0) _graph = engine.Device.Capture(() => Launch(0, _launches.Length));
        }
        catch
        {
            _arena.Dispose();
            throw;
        }
    }

    /// <summary>How the arena is shared.</summary>
    public ArenaPlan Plan { get; }

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
        where T : unmanaged =>
        _engine.Device.Upload(MemoryMarshal.AsBytes(values), _arena, ((ArenaPlace)view.Place).Offset + (view.Offset * view.ElementBytes));

    /// <summary>Runs all launches and reads back what was asked for.</summary>
    /// <param name="cancellation">Heeded between marks, where the device runs launch by launch.</param>
    public void Run(CancellationToken cancellation = default)
    {
        Start(cancellation);
        Fetch();
    }

    /// <summary>Queues all launches.</summary>
    public void Start(CancellationToken cancellation = default)
    {
        if (_graph is not null)
        {
            _graph.Launch();
            return;
        }

        var from = 0;
        foreach (var mark in _recording.Marks)
        {
            cancellation.ThrowIfCancellationRequested();
            Launch(from, mark.Launch);
            _engine.Device.Synchronize();
            mark.Reached();
            from = mark.Launch;
        }

        cancellation.ThrowIfCancellationRequested();
        Launch(from, _launches.Length);
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

    /// <inheritdoc/>
    public void Dispose()
    {
        _graph?.Dispose();
        _arena.Dispose();
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
            if (argument.Kind != KernelParameter.Pointer) arguments.Add(argument.Kind, argument.Bits);
            else AddView(arguments, argument.View);
        }

        return (_engine.Kernel(launch.Kernel), launch.Shape, arguments);
    }

    private void AddView(KernelArguments arguments, GpuView view)
    {
        var (buffer, start, bytes) = view.Place is ArenaPlace arena
            ? (_arena, arena.Offset, arena.Bytes)
            : (_engine.Weights((WeightPlace)view.Place), 0, 0);
        if (view.Place is WeightPlace) bytes = buffer.Bytes;
        var length = view.Length < 0 ? (bytes / view.ElementBytes) - view.Offset : view.Length;
        arguments.ViewBytes(buffer, start + (view.Offset * view.ElementBytes), length);
    }
}
