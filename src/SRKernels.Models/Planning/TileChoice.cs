using SRKernels.Models.Families;
using SRKernels.Models.Imaging;
using SRKernels.Models.Sampling;
using SRKernels.Models.Tiling;
using SRKernels.Runtime;

namespace SRKernels.Models.Planning;

/// <summary>
/// Cuts a picture into the largest tiles that were asked for and keep the memory that is allowed.
/// </summary>
/// <remarks>
/// The tiles follow from picture, options and limit, never from the number of threads: the same bytes for any of them. They are chosen for
/// <see cref="UsualWorkers"/>; where memory does not reach for all workers there are, fewer work.
/// </remarks>
/// <param name="model">What runs.</param>
/// <param name="weightBytes">Its weights.</param>
/// <param name="workers">Threads there are.</param>
/// <param name="device">The device that runs it, or null for the processor.</param>
internal sealed class TileChoice(ModelConfiguration model, long weightBytes, int workers, DeviceInfo? device)
{
    private const int UsualWorkers = 4;
    private const double DefaultShareOfMemory = 0.7;
    private readonly TileGeometry _geometry = model.Geometry;

    /// <summary>The cut, what it holds, and how many workers there is memory for.</summary>
    /// <param name="cost">The picture.</param>
    /// <param name="options">What was asked for.</param>
    /// <param name="run">What runs the tiles.</param>
    /// <param name="most">The longest side of a tile, where larger ones turned out too large; else null.</param>
    /// <param name="onDevice">What a cut takes on the device, for sure; null for the processor.</param>
    /// <exception cref="SrkException">No tile is small enough, or an option makes no sense.</exception>
    public (TilePlan Tiles, MemoryPlan Memory, int Workers) Of(
        PictureCost cost, UpscaleOptions options, ITileRun run, int? most, Func<TilePlan, MemoryPlan, MemoryPlan>? onDevice)
    {
        var (width, height) = (cost.Picture.Width, cost.Picture.Height);
        var limit = options.MaxMemoryBytes ?? (long)(Available() * DefaultShareOfMemory);
        var upstream = options.Compatibility == Compatibility.Upstream;
        if (_geometry.IsFixed && !upstream && options.Tile is { } asked && asked != _geometry.DefaultTile)
            throw new SrkException("tiles", $"a side of {_geometry.DefaultTile} pixels, which model '{model.Task}' was trained at", $"{asked}", "leave --tile out");
        var side = most ?? (upstream ? options.Tile : _geometry.IsFixed ? _geometry.DefaultTile : options.Tile ?? _geometry.DefaultTile);
        while (true)
        {
            var tiles = upstream
                ? TilePlan.Upstream(_geometry, height, width, side, options.Overlap)
                : TilePlan.Even(_geometry, height, width, side!.Value, options.Overlap ?? OverlapFor(side.Value));
            var memory = Plan(cost, tiles, run, UsualWorkers);
            if (memory.TotalBytes <= limit && onDevice is not null) memory = onDevice(tiles, memory);
            if (memory.TotalBytes <= limit) return WithWorkers(cost, tiles, run, memory, limit);
            // Smaller tiles change upstream's result, so there they are never chosen for the user.
            if (upstream || Smaller(tiles) is not { } smaller)
            {
                throw new SrkException(
                    "memory", $"at least {(memory.TotalBytes >> 20) + 1} MiB for a picture of {width}x{height}", $"{limit >> 20} MiB allowed",
                    "allow more with --max-memory, or set a smaller --tile");
            }

            side = smaller;
        }
    }

    /// <summary>The longest side of the next smaller tiles, or null at the smallest.</summary>
    public int? Smaller(TilePlan tiles)
    {
        if (_geometry.IsFixed) return null;
        var multiple = _geometry.Multiple;
        var longest = Math.Max(tiles.NetworkInput.Height, tiles.NetworkInput.Width);
        return longest > multiple ? longest - multiple : null;
    }

    private int OverlapFor(int side)
    {
        var multiple = _geometry.Multiple;
        return Math.Min(_geometry.DefaultOverlap, (int)(((long)side + multiple - 1) / multiple * multiple / 4));
    }

    private long Available() => device switch
    {
        null => AvailableMemory.Bytes,
        { IsProcessor: true } => Math.Min(device.MemoryBytes, AvailableMemory.Bytes),
        _ => device.MemoryBytes,
    };

    private (TilePlan Tiles, MemoryPlan Memory, int Workers) WithWorkers(PictureCost cost, TilePlan tiles, ITileRun run, MemoryPlan memory, long limit)
    {
        if (device is not null) return (tiles, memory, workers);
        var (count, plan) = (workers, Plan(cost, tiles, run, workers));
        while (plan.TotalBytes > limit && count > UsualWorkers) plan = Plan(cost, tiles, run, --count);
        return (tiles, plan, count);
    }

    private MemoryPlan Plan(PictureCost cost, TilePlan tiles, ITileRun run, int count)
    {
        var (height, width) = tiles.NetworkInput;
        var tile = model.CostOf(height, width);
        var shape = CanvasShape.Of(_geometry, tiles, cost.Picture.Width, cost.Picture.Height, run, cost.Mask, null);
        var canvas = device is null ? HostCanvas.HeldBytes(shape) : 0;
        var held = cost.HeldBytes(_geometry, tiles, run, canvas, drawsNoise: device is null || ICountedSource.In(cost.Source) is null);
        var activations = device is null ? tile.HeldBytes(count) : tile.PeakBytes;
        // A driver in this process keeps its memory from picture to picture.
        var resting = cost.RestingBytes - (device is { IsProcessor: true } ? 0 : activations);
        var plan = new MemoryPlan(
            weightBytes, activations, Math.Max(held, resting), height, width, tiles.Count, tiles.Count * tile.Flops(run.NetworkCalls));
        return device switch
        {
            null => plan,
            // The driver is in this process, and with it a second form of the weights.
            { IsProcessor: true } => plan with { WeightBytes = 2 * weightBytes, DriverBytes = MemoryPlan.CompilerBytes },
            _ => plan with { RuntimeBytes = 0 },
        };
    }
}
