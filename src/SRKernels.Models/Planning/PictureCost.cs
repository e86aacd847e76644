using SRKernels.Models.Families;
using SRKernels.Models.Imaging;
using SRKernels.Models.Imaging.Png;
using SRKernels.Models.Sampling;
using SRKernels.Models.Tiling;

namespace SRKernels.Models.Planning;

/// <summary>What is to be upscaled and how its result leaves: all that its memory depends on beside the tiles.</summary>
/// <param name="Picture">The picture, turned upright.</param>
/// <param name="Result">What comes of it.</param>
/// <param name="Form">How that leaves.</param>
/// <param name="Mask">Whether there is a mask beside it.</param>
/// <param name="WasTurned">Whether the picture as it was stored is in memory too.</param>
/// <param name="DecoderBytes">What its decoder held beside it, before the work began.</param>
/// <param name="Source">Where the noise comes from; null for PyTorch's on a processor.</param>
internal sealed record PictureCost(ImageHeader Picture, ImageHeader Result, ResultForm Form, bool Mask, bool WasTurned, long DecoderBytes, INoiseSource? Source)
{
    /// <summary>What is held while the networks do not run.</summary>
    public BesideWork Beside { get; init; }

    /// <summary>
    /// The most that is held before and after the networks' work: more than in the work itself where a picture is large and its tiles are small.
    /// </summary>
    public long RestingBytes => PixelBytes + Math.Max(Math.Max(DecoderBytes, Beside.Before), Form == ResultForm.Whole ? Result.Bytes + Beside.After : 0);

    private long PixelBytes => Picture.Bytes * (WasTurned ? 2 : 1);

    /// <summary>Bytes that are held on the processor, the canvas and the noise left to a device if it has them.</summary>
    /// <param name="g">How the model's tiles lie.</param>
    /// <param name="tiles">The cut.</param>
    /// <param name="run">What runs them.</param>
    /// <param name="canvas">Bytes of the canvas in the processor's memory.</param>
    /// <param name="drawsNoise">Whether the processor draws the noise.</param>
    public long HeldBytes(TileGeometry g, TilePlan tiles, ITileRun run, long canvas, bool drawsNoise)
    {
        var (height, width) = tiles.NetworkInput;
        var scale = (long)g.Scale * g.Scale;
        // The tile as it goes in, its noise, and its result beside the canvas.
        var noisy = (long)g.NoiseOf(height) * g.NoiseOf(width) * g.NoiseChannels;
        var tile = (((long)height * width * (1 + (3L * g.InputScale * g.InputScale) + (3 * scale))) + (4 * noisy)) * sizeof(float);
        var noise = !drawsNoise || run.Draws == 0 ? 0 : tiles.PadsEachTile
            ? 2 * noisy * sizeof(float)
            : NoiseField.HeldBytes(Source, tiles.Noise(g), g.NoiseOf(tiles.Rows.Tile), run.Draws);
        var result = Form == ResultForm.Whole ? Result.Bytes : PngEncoder.WorkBytes + (PngEncoder.WorkRows * (Result.Bytes / Result.Height));
        return PixelBytes + (Mask ? Picture.Width * (long)Picture.Height : 0)
            + tile + noise + canvas + ResultRows.HeldBytes(Result, g.Scale) + result;
    }
}
