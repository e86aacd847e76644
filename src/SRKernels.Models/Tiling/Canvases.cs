using SRKernels.Kernels;
using SRKernels.Kernels.Gpu;
using SRKernels.Models.Families;
using SRKernels.Models.Planning;
using SRKernels.Runtime;

namespace SRKernels.Models.Tiling;

/// <summary>Makes canvases where the networks run, and keeps what a device was prepared for from picture to picture.</summary>
/// <param name="cx">The processor's context.</param>
/// <param name="engine">The device, or null for the processor.</param>
/// <param name="precision">What products are computed in there.</param>
internal sealed class Canvases(KernelContext cx, GpuEngine? engine, Precision precision) : IDisposable
{
    private readonly Lock _recording = new();
    private (CanvasShape Shape, CanvasRecording Recording)? _recorded;
    private CanvasProgram? _prepared;
    private bool _isQueued;

    /// <summary>An empty canvas.</summary>
    /// <param name="shape">Its extents and its tiles'.</param>
    /// <param name="run">What runs a tile.</param>
    /// <param name="report">Told of stages and steps.</param>
    public TileCanvas Empty(CanvasShape shape, ITileRun run, Action<UpscaleStage, int> report)
    {
        if (engine is null) return new HostCanvas(run, cx, shape, report);
        return new DeviceCanvas(Prepared(shape, run), cx, shape.Height, report);
    }

    /// <summary>What a device runs for a shape, made ready at the first call.</summary>
    public CanvasProgram Prepared(CanvasShape shape, ITileRun run)
    {
        var recording = Recorded(shape, run);
        if (_prepared?.Recording == recording) return _prepared;
        CheckQueued();
        Forget();
        return _prepared = new CanvasProgram(engine!, recording);
    }

    /// <summary>Remembers that a picture is queued whose checks nobody has asked for yet.</summary>
    /// <returns>Whether one was before.</returns>
    public bool Queue()
    {
        var before = _isQueued;
        _isQueued = true;
        return before;
    }

    /// <summary>Waits for the pictures that were queued, and throws if numbers broke down in one.</summary>
    /// <exception cref="SrkException">A NaN or infinity arose; names the layer.</exception>
    public void CheckQueued()
    {
        if (!_isQueued) return;
        _isQueued = false;
        _prepared?.Program.Fetch();
    }

    /// <summary>What a device will run, recorded at the first call for a shape.</summary>
    private CanvasRecording Recorded(CanvasShape shape, ITileRun run)
    {
        lock (_recording)
        {
            if (_recorded is { } last && last.Shape == shape) return last.Recording;
            var recording = new CanvasRecording(run, engine!.Device.Info, precision, shape);
            _recorded = (shape, recording);
            return recording;
        }
    }

    /// <summary>A plan with what the device really takes: its arena, which holds the tiles' sum, the noise that it draws, and a tile.</summary>
    /// <exception cref="SrkException">The canvas itself is more than the device can hold in one piece.</exception>
    public MemoryPlan Plan(MemoryPlan plan, CanvasShape shape, ITileRun run)
    {
        var info = engine!.Device.Info;
        var elements = (long)shape.Height * shape.Width * 3;
        if (elements > int.MaxValue || 4 * elements / 3 * sizeof(float) > info.MaxAllocationBytes)
        {
            throw new SrkException(
                $"{info.Name}", $"a result whose canvas fits in one piece of its memory ({info.MaxAllocationBytes >> 20} MiB)", $"{shape.ResultWidth}x{shape.ResultHeight}",
                "run it with --device cpu, which needs only a band of it, or cut the picture");
        }

        var recorder = Recorded(shape, run).Recorder;
        var arena = ArenaPlan.Of(recorder.Places);
        return plan with { ActivationBytes = arena.Bytes, Device = $"{recorder.Launches.Count} launches, {arena}" };
    }

    /// <summary>Gives back what was prepared.</summary>
    public void Forget()
    {
        _prepared?.Dispose();
        _prepared = null;
    }

    public void Dispose() => Forget();
}
