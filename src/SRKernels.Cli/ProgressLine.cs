using System.Diagnostics;
using SRKernels.Models;

namespace SRKernels.Cli;

/// <summary>Progress as a bar that moves, or where nobody watches as a plain line now and then.</summary>
internal sealed class ProgressLine(string name) : IProgress<UpscaleProgress>
{
    private const int BarWidth = 24;
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);
    private long _lastLine = Stopwatch.GetTimestamp();

    public void Report(UpscaleProgress value)
    {
        if (Terminal.IsInteractive)
        {
            if (value.Stage != UpscaleStage.Done) Terminal.Progress($"{name} {Bar(value.Fraction)} {Text(value)}");
            return;
        }

        if (value.Stage == UpscaleStage.Done || Stopwatch.GetElapsedTime(_lastLine) < LineInterval) return;
        _lastLine = Stopwatch.GetTimestamp();
        Terminal.Line($"{name}: {Text(value)}");
    }

    public static string Bar(double fraction)
    {
        var full = (int)(Math.Clamp(fraction, 0, 1) * BarWidth);
        return $"[{new string('#', full)}{new string('.', BarWidth - full)}]";
    }

    private static string Text(UpscaleProgress value)
    {
        var tile = value.Tiles > 1 ? $", tile {Math.Max(1, value.Tile)}/{value.Tiles}" : "";
        var stage = value.Stage switch
        {
            UpscaleStage.Encode => "encoding",
            UpscaleStage.Decode => "decoding",
            _ => $"step {Math.Min(value.Step + 1, value.Steps)}/{value.Steps}",
        };
        // Before a tenth is done the speed so far says little about the rest.
        var left = value.Fraction >= 0.1 && value.Remaining is { } remaining ? $", {Duration.Text(remaining)} left" : "";
        return $"{value.Fraction * 100,3:f0} %{tile}, {stage}{left}";
    }
}
