using System.Diagnostics;
using SRKernels.Models;
using SRKernels.Models.Imaging;

namespace SRKernels.Cli;

/// <summary>Estimates times from a small picture that really goes through the model: no table knows this machine as it is now.</summary>
internal sealed class SpeedProbe(SuperResolver resolver, UpscaleOptions options, CancellationToken cancellation)
{
    private const int Side = 64;
    private double _secondsPerFlop;

    public double Seconds(double flops)
    {
        if (_secondsPerFlop == 0) _secondsPerFlop = Measure();
        return flops * _secondsPerFlop;
    }

    private double Measure()
    {
        var sample = new Image(Side, Side, PixelLayout.Rgb);
        var probe = options with
        {
            Mask = resolver.Description.TakesMask ? new Image(Side, Side, PixelLayout.Grey) : null,
            Tile = null,
            Overlap = null,
        };
        var flops = resolver.Plan(Side, Side, probe).Flops;
        var seconds = Time(sample, probe);
        // A short first run is mostly start-up.
        if (seconds < 2) seconds = Math.Min(seconds, Time(sample, probe));
        return seconds / flops;
    }

    private double Time(Image sample, UpscaleOptions probe)
    {
        var start = Stopwatch.GetTimestamp();
        resolver.UpscaleAsync(sample, probe, null, cancellation).GetAwaiter().GetResult();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
