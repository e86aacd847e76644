using System.Diagnostics;
using SRKernels.Models.Published;

namespace SRKernels.Cli.Downloading;

/// <summary>A download as a bar that moves, or where nobody watches as a plain line now and then.</summary>
internal sealed class DownloadLine : IProgress<DownloadProgress>
{
    private static readonly TimeSpan s_lineInterval = TimeSpan.FromSeconds(5), s_barInterval = TimeSpan.FromMilliseconds(100);
    private long _lastLine = Stopwatch.GetTimestamp(), _start;
    private long? _startBytes;

    public static string Size(long bytes) => bytes < 1_000_000 ? $"{bytes / 1e3:n1} kB" : $"{bytes / 1e6:n1} MB";

    public void Report(DownloadProgress value)
    {
        switch (value.Stage)
        {
            case DownloadStage.Waiting:
                Terminal.Line($"{value.File.Name}: another process is downloading it; waiting for that");
                break;
            case DownloadStage.Broken:
                Terminal.Line($"{value.File.Name}: {value.Reason}; {(value.ReceivedBytes > 0 ? $"goes on at {Size(value.ReceivedBytes)}" : "tries again")}");
                break;
            case DownloadStage.Done:
                _startBytes = null;
                Terminal.Line($"{value.File.Name}: {Size(value.ReceivedBytes)}, downloaded and checked");
                break;
            case DownloadStage.Receiving:
                Receiving(value);
                break;
            default:
                var doing = value.Stage == DownloadStage.Checking ? "checking" : "connecting";
                if (Terminal.IsInteractive) Terminal.Progress($"{value.File.Name}: {doing}");
                break;
        }
    }

    private void Receiving(DownloadProgress value)
    {
        // Also where it begins anew: the speed is that of what arrives now.
        if (_startBytes is null || value.ReceivedBytes < _startBytes) (_start, _startBytes) = (Stopwatch.GetTimestamp(), value.ReceivedBytes);
        if (Stopwatch.GetElapsedTime(_lastLine) < (Terminal.IsInteractive ? s_barInterval : s_lineInterval)) return;
        _lastLine = Stopwatch.GetTimestamp();
        if (Terminal.IsInteractive) Terminal.Progress($"{value.File.Name} {Text(value)}");
        else Terminal.Line($"{value.File.Name}: {Text(value)}");
    }

    private string Text(DownloadProgress value)
    {
        var speed = (value.ReceivedBytes - _startBytes!.Value) / Math.Max(1e-3, Stopwatch.GetElapsedTime(_start).TotalSeconds);
        if (value.TotalBytes is not { } total) return $"{Size(value.ReceivedBytes)}, {speed / 1e6:n1} MB/s";
        var left = speed > 0 ? $", {Duration.Text(TimeSpan.FromSeconds(Math.Min(1e7, (total - value.ReceivedBytes) / speed)))} left" : "";
        var fraction = total == 0 ? 1 : (double)value.ReceivedBytes / total;
        return $"{(Terminal.IsInteractive ? ProgressLine.Bar(fraction) + " " : "")}{fraction * 100,3:f0} % of {Size(total)}, {speed / 1e6:n1} MB/s{left}";
    }
}
