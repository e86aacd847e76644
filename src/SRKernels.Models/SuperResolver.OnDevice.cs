using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Pixels;
using SRKernels.Models.Families;
using SRKernels.Models.Imaging;
using SRKernels.Models.Planning;
using SRKernels.Models.Sampling;
using SRKernels.Models.Tiling;
using SRKernels.Runtime;

namespace SRKernels.Models;

/// <summary>Pictures that lie in the device's memory and stay there; for those who hold such memory, as an application's accelerator does.</summary>
public sealed partial class SuperResolver
{
    /// <summary>Runs work on the device while no picture is on its way through it.</summary>
    internal void Exclusively(Action work) => _use.Run(work);

    /// <summary>
    /// Queues all work of a picture that lies on the device: tiles are cut, blended and written there. Waits for nothing but what the first picture
    /// of its extents takes to prepare, and for numbers that broke down says so only at <see cref="CheckQueued"/>.
    /// </summary>
    /// <param name="picture">The picture; not changed.</param>
    /// <param name="result">Where the larger one goes.</param>
    /// <param name="options">How.</param>
    internal void Queue(DevicePicture picture, DevicePicture result, UpscaleOptions options)
    {
        options = UpscaleOptions.Checked(options, Description);
        CheckOnDevice(picture.Form, result.Form, options);
        var run = _model.Prepare(options.Steps, options.Eta);
        var source = options.Noise ?? new TorchCpuNoise(options.Seed);
        var header = new ImageHeader(picture.Form.W, picture.Form.H, PixelLayout.Rgb, 8, ImageMetadata.Empty);
        var cost = _planner.CostOf(header, wasTurned: false, decoderBytes: 0, options, ResultForm.Whole);
        int? most = null;
        try
        {
            while (true)
            {
                var (tiles, _, _) = _planner.Cut(cost, options, run, most, (picture.Form, result.Form));
                var shape = _planner.ShapeOf(tiles, picture.Form.W, picture.Form.H, options, run) with { OnDevice = (picture.Form, result.Form) };
                try
                {
                    Queue(_canvases.Prepared(shape, run), picture, result, tiles, run, source);
                    return;
                }
                catch (DeviceOutOfMemoryException) when (_planner.AfterOutOfMemory(tiles) is { } smaller)
                {
                    most = smaller;
                }
            }
        }
        finally
        {
            _cx.Pool.Reclaim();
            _cx.Pool.Trim();
        }
    }

    /// <inheritdoc cref="Canvases.CheckQueued"/>
    internal void CheckQueued() => _canvases.CheckQueued();

    private void Queue(CanvasProgram prepared, DevicePicture picture, DevicePicture result, TilePlan tiles, ITileRun run, INoiseSource source)
    {
        var (recording, program) = (prepared.Recording, prepared.Program);
        var geometry = _model.Configuration.Geometry;
        var s = geometry.Scale;
        program.Place(recording.Picture, picture.Memory, picture.OffsetBytes);
        program.Place(recording.Enlarged, result.Memory, result.OffsetBytes);
        // What the checks of an earlier picture found stays until someone asks.
        if (!_canvases.Queue()) program.Reset();
        source.Reset();
        program.Start(DeviceCanvas.Beginning);
        using var field = new NoiseField(_cx, source, tiles.Noise(geometry), run.Draws);
        for (var row = 0; row < tiles.Rows.Starts.Count; row++)
            for (var column = 0; column < tiles.Columns.Starts.Count; column++)
            {
                var (y, x) = (tiles.Rows.Starts[row], tiles.Columns.Starts[column]);
                recording.Noise.Fill(program, _cx, field.At(geometry.NoiseOf(y), geometry.NoiseOf(x)));
                program.Upload<int>(recording.Window, [y, x]);
                program.Upload<int>(recording.Origin, [y * s, x * s]);
                program.Upload(recording.RowWeights, FeatherWeights.Of(tiles.Rows, row, s));
                program.Upload(recording.ColumnWeights, FeatherWeights.Of(tiles.Columns, column, s));
                program.Start(DeviceCanvas.OneTile);
            }

        program.Start(DeviceCanvas.Result);
    }

    private void CheckOnDevice(PixelForm picture, PixelForm result, UpscaleOptions options)
    {
        if (options.Compatibility == Compatibility.Upstream)
            throw new SrkException("a picture on the device", "our own tiling", $"{options.Compatibility}", "leave Compatibility out, or upscale an Image");
        if (options.Mask is not null || Description.TakesMask)
            throw new SrkException("a picture on the device", "no mask", "a model or options with one", "upscale an Image with its mask");
        var s = Description.Scale;
        if (result.H != picture.H * s || result.W != picture.W * s)
            throw new SrkException(
                "the result of a picture on the device", $"{picture.W * s}x{picture.H * s} for {picture.W}x{picture.H} at x{s}", $"{result.W}x{result.H}",
                "give memory of that extent");
    }
}
