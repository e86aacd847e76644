using SRKernels.Runtime;

namespace SRKernels.Kernels.Convolution;

/// <summary>Which tile makes a convolution on tensor cores, and how many groups share each of its sums: a pure function of the shape and the device.</summary>
/// <remarks>
/// The predicted cycles of the busiest multiprocessor decide: the largest of what its groups ask of the tensor cores, of shared memory and of the second-level cache, and of what one
/// warp alone takes for each wave of resident groups. Splits write their sums and a second kernel reads them. The constants are those of the timing model
/// (src/SRKernels.Compilation/Analysis), read off its reports.
/// </remarks>
/// <param name="Tile">A code of <see cref="TensorTile"/>.</param>
/// <param name="Splits">Groups that share a tile's sums.</param>
internal readonly record struct TensorTilePlan(int Tile, int Splits)
{
    private const double OnceCycles = 2800; // first patch from memory, last sums to it
    private const double SecondKernelCycles = 3300; // the launch and its own latencies

    private const double MostPartBytes = 24 << 20; // what splits write should still be in the second-level cache when it is read
    private const double PortBytes = 64; // that a multiprocessor takes from the second-level cache in a cycle at most

    private static readonly int[] s_tiles3x3 = [TensorTile.Large3x3, TensorTile.Small3x3];
    private static readonly int[] s_tiles1x1 = [TensorTile.Wide1x1, TensorTile.Large1x1, TensorTile.Half1x1, TensorTile.Small1x1];
    private static readonly int[] s_tilesStrided = [TensorTile.Strided3x3];

    /// <summary>The cheapest tile and number of splits.</summary>
    /// <param name="kernelSize">1 or 3.</param>
    /// <param name="stride">1 or 2.</param>
    /// <param name="images">Batch.</param>
    /// <param name="outHeight">Output rows.</param>
    /// <param name="outWidth">Output columns.</param>
    /// <param name="slices">Slices of input channels.</param>
    /// <param name="outChannels">Channels out.</param>
    /// <param name="factors">Floats of input factors in shared memory.</param>
    /// <param name="info">The device.</param>
    internal static TensorTilePlan Choose(int kernelSize, int stride, int images, int outHeight, int outWidth, int slices, int outChannels, int factors, DeviceInfo info)
    {
        var candidates = stride == 2 ? s_tilesStrided : kernelSize == 3 ? s_tiles3x3 : s_tiles1x1;
        if (info.Kind != DeviceKind.Cuda) return new(candidates[^1], 1); // little shared memory, and nothing to fill
        var best = new TensorTilePlan(candidates[^1], 1);
        var least = double.MaxValue;
        foreach (var code in candidates)
        {
            var tile = TensorTile.Of(code);
            if ((outChannels + 63) / 64 * 64 % tile.Channels != 0 || tile.SharedBytes(factors) > info.SharedBytes) continue;
            var groups = images * ((outHeight + tile.Rows - 1) / tile.Rows) * ((outWidth + tile.Columns - 1) / tile.Columns) * ((outChannels + tile.Channels - 1) / tile.Channels);
            for (var splits = 1; splits <= slices; splits++)
            {
                var perSplit = (slices + splits - 1) / splits;
                if ((slices + perSplit - 1) / perSplit != splits) continue; // the last ones would have nothing to sum
                var partBytes = (double)images * outHeight * outWidth * outChannels * sizeof(float) * splits;
                if (splits > 1 && partBytes > MostPartBytes) break;
                var cycles = Cycles(tile, groups * splits, perSplit * kernelSize * kernelSize, factors, info);
                if (splits > 1)
                    cycles += SecondKernelCycles + (partBytes / CacheBytes(info) / info.Multiprocessors);
                if (cycles >= least * 0.98) continue; // no more groups than what they bring
                (best, least) = (new(code, splits), cycles);
            }
        }

        return best;
    }

    private static double Cycles(TensorTile tile, int groups, int steps, int factors, DeviceInfo info)
    {
        var taps = tile.KernelSize * tile.KernelSize;
        var multiplyAdds = info.Target is 80 or >= 90 ? 1024 : 256; // a cycle and multiprocessor, fp32 sums
        var tensor = (double)tile.Pixels * tile.Channels * 32 / multiplyAdds;
        // Rows of 64 bytes: fragments read (of pixels, half where they stay for three taps), weights written; of the patch, whole lines read and half written.
        var pixelsRead = tile.Pixels * tile.WarpColumns * (TensorTile.TapsTogether(tile.Code) == 3 ? 0.5 : 1);
        var shared = ((pixelsRead + (tile.Channels * tile.WarpRows) + tile.Channels) / 2.0) + (1.7 * tile.PatchPixels / taps);
        var bytes = (64.0 * tile.Channels) + (128.0 * tile.PatchPixels / taps);
        // Eight cycles a product, one after another; barrier, fragments, and some for each pixel carried.
        var products = tile.Pixels / 16 * tile.Channels / 8 * 2 / (tile.Threads / 32);
        var path = (8 * products) + 190 + (30.0 * tile.PatchPixels * 8 / tile.Threads / taps);
        var once = OnceCycles + (0.6 * tile.Pixels * tile.Channels * 32 / tile.Threads);
        var resident = Math.Max(1, Math.Min((tile.HasLargeWarps ? 256 : 384) / tile.Threads, info.SharedBytes / (tile.SharedBytes(factors) + 1024)));
        var most = (groups + info.Multiprocessors - 1) / info.Multiprocessors;
        var waves = (most + resident - 1) / resident;
        var cached = steps * bytes * Math.Max(groups / (CacheBytes(info) * info.Multiprocessors), most / PortBytes);
        return Math.Max(Math.Max(most * steps * Math.Max(tensor, shared), cached), waves * ((steps * path) + once));
    }

    /// <summary>Bytes that a multiprocessor gets from the second-level cache in a cycle while all others read too.</summary>
    private static double CacheBytes(DeviceInfo info) => info.Target is 80 or >= 90 ? 35 : 14;
}
