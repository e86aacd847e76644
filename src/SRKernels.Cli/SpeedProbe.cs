using System.Diagnostics;
using SRKernels.Models;
using SRKernels.Models.Imaging;

namespace SRKernels.Cli;

/// <summary>Estimates times from a small picture that really goes through the model: no table knows this machine as it is now.</summary>
internal sealed class SpeedProbe(SuperResolver resolver, UpscaleOptions options, CancellationToken cancellation)
{
    private const int Side = 64;

    // Longer chains take two steps: each step takes what any other does, and there are models with thousands.
    private const int MostSteps = 15;
    private double _secondsPerFlop;

    public double Seconds(double flops)
    {
        if (_secondsPerFlop == 0) _secondsPerFlop = Measure();
        return flops * _secondsPerFlop;
    }

    private double Measure()
    {
        var probe = options with
        {
            Mask = null,
            Tile = null,
            Overlap = null,
            Steps = (options.Steps ?? resolver.Description.Steps) > MostSteps ? 2 : options.Steps,
        };
        // One tile, where they are smaller.
        var side = Math.Min(Side, resolver.Plan(Side, Side, probe).TileWidth);
        if (resolver.Description.TakesMask) probe = probe with { Mask = new Image(side, side, PixelLayout.Grey) };
        var sample = new Image(side, side, PixelLayout.Rgb);
        var flops = resolver.Plan(side, side, probe).Flops;
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
