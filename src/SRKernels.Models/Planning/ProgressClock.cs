using System.Diagnostics;

namespace SRKernels.Models.Planning;

/// <summary>Turns stages and steps into a share of the whole and a time that is left.</summary>
internal sealed class ProgressClock
{
    private readonly IProgress<UpscaleProgress>? _progress;
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly (double Encode, double Step, double Decode) _flops;
    private readonly int _tiles;
    private readonly int _steps;
    private int _tile;

    public ProgressClock(IProgress<UpscaleProgress>? progress, TileCost costs, int tiles, int steps)
    {
        (_progress, _flops, _tiles, _steps) = (progress, (costs.Encode.Flops, costs.Step.Flops, costs.Decode.Flops), tiles, steps);
    }

    public void StartTile() => _tile++;

    public void Report(UpscaleStage stage, int step)
    {
        if (_progress is null) return;
        var perTile = _flops.Encode + (_steps * _flops.Step) + _flops.Decode;
        var done = stage switch
        {
            UpscaleStage.Encode => 0,
            UpscaleStage.Done => perTile,
            _ => _flops.Encode + (step * _flops.Step),
        };
        var fraction = ((_tile - 1) + (done / perTile)) / _tiles;
        var elapsed = Stopwatch.GetElapsedTime(_start);
        TimeSpan? remaining = fraction > 0 ? elapsed * ((1 - fraction) / fraction) : null;
        _progress.Report(new UpscaleProgress(stage, _tile, _tiles, step, _steps, fraction, elapsed, remaining));
    }
}
