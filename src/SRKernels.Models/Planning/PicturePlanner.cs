using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Pixels;
using SRKernels.Models.Families;
using SRKernels.Models.Imaging;
using SRKernels.Models.Sampling;
using SRKernels.Models.Tiling;
using SRKernels.Runtime;

namespace SRKernels.Models.Planning;

/// <summary>What a picture will take: how it is cut, what that holds, what a device is prepared for.</summary>
/// <param name="model">What runs.</param>
/// <param name="weightBytes">Its weights.</param>
/// <param name="workers">Threads there are.</param>
/// <param name="engine">The device, or null for the processor.</param>
/// <param name="canvases">Where a device's share is recorded.</param>
internal sealed class PicturePlanner(ModelConfiguration model, long weightBytes, int workers, GpuEngine? engine, Canvases canvases)
{
    private readonly TileGeometry _geometry = model.Geometry;
    private readonly TileChoice _choice = new(model, weightBytes, workers, engine?.Device.Info);

    /// <summary>All that a picture's memory depends on beside its tiles.</summary>
    public PictureCost CostOf(Image picture, UpscaleOptions options, ResultForm form) =>
        CostOf(ImageHeader.Of(picture), picture.WasTurned, picture.DecoderBytes, options, form);

    /// <inheritdoc cref="CostOf(Image, UpscaleOptions, ResultForm)"/>
    /// <exception cref="SrkException">A result in memory that is more than an array holds.</exception>
    public PictureCost CostOf(ImageHeader picture, bool wasTurned, long decoderBytes, UpscaleOptions options, ResultForm form)
    {
        var result = ResultOf(picture, options);
        if (form == ResultForm.Whole && result.Samples > Image.MostSamples)
        {
            throw new SrkException(
                "result", $"at most {Image.MostSamples} samples for a picture in memory", $"{result.Width}x{result.Height} of {(int)result.Layout} channels",
                "write it to a PNG file, which takes it row by row, without a comparison");
        }

        return new PictureCost(picture, result, form, options.Mask is not null, wasTurned, decoderBytes, options.Noise);
    }

    /// <summary>What a picture becomes.</summary>
    public ImageHeader ResultOf(ImageHeader picture, UpscaleOptions options) =>
        ResultRows.Header(picture, _geometry.Scale, options.Compatibility == Compatibility.Upstream);

    /// <inheritdoc cref="TileChoice.Of"/>
    /// <param name="cost">The picture.</param>
    /// <param name="options">What was asked for.</param>
    /// <param name="run">What runs the tiles.</param>
    /// <param name="most">The longest side of a tile, where larger ones turned out too large; else null.</param>
    /// <param name="onDevice">How picture and result lie on the device, if they do.</param>
    public (TilePlan Tiles, MemoryPlan Memory, int Workers) Cut(
        PictureCost cost, UpscaleOptions options, ITileRun run, int? most = null, (PixelForm Picture, PixelForm Result)? onDevice = null) => _choice.Of(
        cost, options, run, most,
        engine is null ? null : (tiles, plan) => canvases.Plan(
            plan, ShapeOf(tiles, cost.Picture.Width, cost.Picture.Height, options, run) with { OnDevice = onDevice }, run));

    /// <inheritdoc cref="CanvasShape.Of"/>
    public CanvasShape ShapeOf(TilePlan tiles, int width, int height, UpscaleOptions options, ITileRun run) => CanvasShape.Of(
        _geometry, tiles, width, height, run, options.Mask is not null, engine is null ? null : ICountedSource.In(options.Noise)) with { Eta = options.Eta };

    /// <summary>Where a device ran out of memory: the longest side of smaller tiles, which its old program makes room for; null if none are smaller.</summary>
    public int? AfterOutOfMemory(TilePlan tiles)
    {
        if (_choice.Smaller(tiles) is not { } smaller) return null;
        canvases.Forget();
        return smaller;
    }
}
