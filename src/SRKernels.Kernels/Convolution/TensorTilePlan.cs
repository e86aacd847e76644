using SRKernels.Runtime;

namespace SRKernels.Kernels.Convolution;

/// <summary>Which tile makes a convolution on tensor cores, and how many groups share each of its sums: a pure function of the shape and the device.</summary>
/// <remarks>
/// The predicted cycles of the busiest multiprocessor decide. A step (one tap of one slice of input channels) of a group costs what its products take on the
/// tensor cores, or what its fragments take to come out of shared memory; below a floor, the latency of a step, groups side by side cost nothing.
/// Each group has a beginning and an end besides; splits write their sums and a second kernel reads them.
/// </remarks>
/// <param name="Tile">A code of <see cref="TensorTile"/>.</param>
/// <param name="Splits">Groups that share a tile's sums.</param>
internal readonly record struct TensorTilePlan(int Tile, int Splits)
{
    private const double StepLatency = 220; // barrier, ldmatrix and a chain of dependent products
    private const double GroupCycles = 1500; // first patch from memory, last sums to it
    private const double SecondKernelCycles = 3500; // the launch and its own latencies
    private const double CacheBytesPerCycle = 2500; // of the whole device, for the sums of splits

    private static readonly int[] s_tiles3x3 = [TensorTile.Wide3x3, TensorTile.Half3x3, TensorTile.Small3x3];
    private static readonly int[] s_tiles1x1 = [TensorTile.Wide1x1, TensorTile.Half1x1, TensorTile.Small1x1];
    private static readonly int[] s_tilesStrided = [TensorTile.Strided3x3];

    /// <summary>The cheapest tile and number of splits.</summary>
    /// <param name="kernelSize">1 or 3.</param>
    /// <param name="stride">1 or 2.</param>
    /// <param name="images">Batch.</param>
    /// <param name="outHeight">Output rows.</param>
    /// <param name="outWidth">Output columns.</param>
    /// <param name="slices">Slices of input channels.</param>
    /// <param name="outChannels">Channels out.</param>
    /// <param name="info">The device.</param>
    internal static TensorTilePlan Choose(int kernelSize, int stride, int images, int outHeight, int outWidth, int slices, int outChannels, DeviceInfo info)
    {
        var candidates = stride == 2 ? s_tilesStrided : kernelSize == 3 ? s_tiles3x3 : s_tiles1x1;
        if (info.Kind != DeviceKind.Cuda) return new(candidates[^1], 1); // little shared memory, and nothing to fill
        var best = new TensorTilePlan(candidates[^1], 1);
        var least = double.MaxValue;
        foreach (var code in candidates)
        {
            var tile = TensorTile.Of(code);
            if ((outChannels + 63) / 64 * 64 % tile.Channels != 0 || tile.SharedBytes > info.SharedBytes) continue;
            var groups = images * ((outHeight + tile.Rows - 1) / tile.Rows) * ((outWidth + tile.Columns - 1) / tile.Columns) * ((outChannels + tile.Channels - 1) / tile.Channels);
            for (var splits = 1; splits <= slices; splits++)
            {
                var perSplit = (slices + splits - 1) / splits;
                if ((slices + perSplit - 1) / perSplit != splits) continue; // the last ones would have nothing to sum
                var cycles = Cycles(tile, groups * splits, perSplit * kernelSize * kernelSize, info);
                if (splits > 1)
                    cycles += SecondKernelCycles + ((double)images * outHeight * outWidth * outChannels * sizeof(float) * (2 * splits) / CacheBytesPerCycle);
                if (cycles >= least * 0.98) continue; // no more groups than what they bring
                (best, least) = (new(code, splits), cycles);
            }
        }

        return best;
    }

    private static double Cycles(TensorTile tile, int groups, int steps, DeviceInfo info)
    {
        var multiplyAdds = info.Target is 80 or >= 90 ? 1024 : 256; // a cycle and multiprocessor, fp32 sums
        var tensor = (double)tile.Pixels * tile.Channels * 32 / multiplyAdds;
        var fragments = (tile.Pixels * tile.WarpColumns) + (tile.Channels * tile.WarpRows) + tile.Channels; // rows of 64 bytes read, and weights written
        var work = Math.Max(tensor, fragments / 2.0);
        var resident = Math.Max(1, Math.Min(tile.Threads == 256 ? 2 : 3, info.SharedBytes / (tile.SharedBytes + 1024)));
        var most = (groups + info.Multiprocessors - 1) / info.Multiprocessors;
        double cycles = 0;
        for (var left = most; left > 0; left -= resident)
        {
            var together = Math.Min(left, resident);
            cycles += GroupCycles + (steps * Math.Max(together * work, StepLatency));
        }

        return cycles;
    }
}
