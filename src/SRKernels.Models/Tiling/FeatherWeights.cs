namespace SRKernels.Models.Tiling;

/// <summary>How much each row (or column) of a tile counts where tiles overlap.</summary>
internal static class FeatherWeights
{
    // The outermost part of a tile saw zeros instead of its neighbours: an eighth of the overlap at each end does not count at all.
    private const double DiscardedShare = 0.125;

    // Keeps the sum of weights positive where a cut leaves no neighbour that counts fully.
    private const float Least = 1e-6f;

    /// <summary>Weights of one tile along one axis, in pixels of the result: 1 inside, a smooth slope towards each neighbour.</summary>
    /// <param name="axis">The cut.</param>
    /// <param name="index">Which tile.</param>
    /// <param name="scale">Pixels of the result for one of the axis.</param>
    public static float[] Of(TileAxis axis, int index, int scale)
    {
        var weights = new float[axis.Tile * scale];
        Array.Fill(weights, 1);
        if (index > 0)
        {
            var overlap = (axis.Starts[index - 1] + axis.Tile - axis.Starts[index]) * scale;
            for (var i = 0; i < overlap; i++) weights[i] *= Slope(i, overlap);
        }

        if (index < axis.Starts.Count - 1)
        {
            var overlap = (axis.Starts[index] + axis.Tile - axis.Starts[index + 1]) * scale;
            for (var i = 0; i < overlap; i++) weights[^(i + 1)] *= Slope(i, overlap);
        }

        return weights;
    }

    // 3 u^2 - 2 u^3, so that neighbours' weights sum to 1 and meet without a kink.
    private static float Slope(int i, int overlap)
    {
        var u = Math.Clamp((((i + 0.5) / overlap) - DiscardedShare) / (1 - (2 * DiscardedShare)), 0, 1);
        return Math.Max(Least, (float)(u * u * (3 - (2 * u))));
    }
}
