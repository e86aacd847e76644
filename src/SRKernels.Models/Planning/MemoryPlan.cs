using SRKernels.Models.Configuration;
using SRKernels.Models.Tiling;

namespace SRKernels.Models.Planning;

/// <summary>What an upscaling will hold in memory, known before it starts.</summary>
/// <param name="WeightBytes">The packed weights.</param>
/// <param name="ActivationBytes">The most that the networks hold for one tile, memory kept between layers and the ops' own included.</param>
/// <param name="PictureBytes">The picture, its noise and the tiles' sum.</param>
/// <param name="TileHeight">Rows of one tile in low-quality pixels, padding included.</param>
/// <param name="TileWidth">Columns of one tile in low-quality pixels, padding included.</param>
/// <param name="Tiles">How many tiles.</param>
/// <param name="Flops">Arithmetic of the whole run, multiply and add counted apart.</param>
public sealed record MemoryPlan(
    long WeightBytes, long ActivationBytes, long PictureBytes, int TileHeight, int TileWidth, int Tiles, double Flops)
{
    // The pool keeps memory for the next layer of the same size: up to half of what is in use at the worst moment.
    private const double KeptMemory = 1.5;

    // What the ops themselves work in, patches and transformed tiles: bounded by their block sizes, not by the picture. Measured.
    private const long ScratchBytes = 64L << 20;

    /// <summary>What a device was prepared for: launches, and how tensors share the arena; null on the processor.</summary>
    public string? Device { get; init; }

    /// <summary>All together.</summary>
    public long TotalBytes => WeightBytes + ActivationBytes + PictureBytes;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Tiles} tile{(Tiles == 1 ? "" : "s")} of {TileWidth}x{TileHeight}; {Mebi(TotalBytes)} MiB: "
        + $"weights {Mebi(WeightBytes)}, activations {Mebi(ActivationBytes)}, picture {Mebi(PictureBytes)}; {Flops / 1e9:f0} GFLOP"
        + (Device is null ? "" : $"; {Device}");

    internal static MemoryPlan Of(ModelConfiguration m, TilePlan tiles, long weightBytes, int networkCalls, int draws)
    {
        var (h, w) = tiles.NetworkInput;
        var (encode, step, decode) = Costs(m, h, w);
        var activations = Math.Max(encode.PeakBytes, Math.Max(step.PeakBytes, decode.PeakBytes));
        var pixels = (double)tiles.Rows.Length * tiles.Columns.Length;
        var latent = pixels / Math.Pow(TilePlan.Alignment(m), 2) * m.Autoencoder.EmbedDim;
        // Picture; noise; sum and weights of the result with one tile's result beside them.
        var floats = (pixels * 4) + (latent * draws) + (pixels * m.Scale * m.Scale * 4) + ((double)h * w * m.Scale * m.Scale * 3);
        return new MemoryPlan(
            weightBytes, (long)(activations * KeptMemory) + ScratchBytes, (long)(floats * sizeof(float)), h, w, tiles.Count,
            tiles.Count * (encode.Flops + (networkCalls * step.Flops) + decode.Flops));
    }

    internal static (NetworkCost Encode, NetworkCost Step, NetworkCost Decode) Costs(ModelConfiguration m, int height, int width) =>
        (NetworkCost.Encoder(m, height, width), NetworkCost.Denoiser(m, height, width), NetworkCost.Decoder(m, height, width));

    private static long Mebi(long bytes) => (bytes + (1 << 20) - 1) >> 20;
}
