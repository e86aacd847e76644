namespace SRKernels.Kernels.Convolution;

/// <summary>Which tile of <see cref="Conv2dKernels"/> makes a product, and how many groups share each of its sums.</summary>
/// <param name="Tile">One of the constants below.</param>
/// <param name="Splits">Groups that share a tile's sums, each with a part of k.</param>
internal readonly record struct TilePlan(int Tile, int Splits)
{
    /// <summary>Rows, columns, and each thread's rows and columns: rows &lt;&lt; 20 | columns &lt;&lt; 8 | threadRows &lt;&lt; 4 | threadColumns.</summary>
    public const int Tile128x128 = (128 << 20) | (128 << 8) | 0x88;

    /// <summary>Half the columns.</summary>
    public const int Tile128x64 = (128 << 20) | (64 << 8) | 0x88;

    /// <summary>For outputs that are odd multiples of 32 channels.</summary>
    public const int Tile128x32 = (128 << 20) | (32 << 8) | 0x84;

    /// <summary>For small maps.</summary>
    public const int Tile64x64 = (64 << 20) | (64 << 8) | 0x84;

    /// <summary>For the smallest maps and short sums, where more groups count for more than what each costs.</summary>
    public const int Tile32x32 = (32 << 20) | (32 << 8) | 0x44;

    /// <summary>For three channels out: images and latents.</summary>
    public const int Tile256x4 = (256 << 20) | (4 << 8) | 0x44;

    /// <summary>No tile: <see cref="Conv2dHalfPanelKernels.PixelsByHalfPanel"/>, for processors.</summary>
    public const int NoTile = 0;

    private const int WarpsThatFill = 8; // with 32 to 64 independent sums a lane, two warps a scheduler keep the multiply-add pipes busy
    private const int ThreadsThatFit = 512; // by registers, about 128 a thread
    private const int LeastSteps = 8; // of a part of a sum, so that starting and ending stay a small part
    private const int MostParts = 1 << 21; // elements of all parts together, 8 MiB: they are to stay in the second-level cache
    private const double FixedCycles = 1500; // first loads and last stores of a group
    private const double SumCycles = 4000; // another launch
    private const double MultiplyAddsPerCycle = 64; // of a multiprocessor, sm_70 and sm_80; later ones have 128, which scales all plans alike
    private const double BytesPerCycle = 10; // of a multiprocessor, from and to the second-level cache

    /// <summary>Rows of the product that a group makes.</summary>
    public int Rows => Tile >> 20;

    /// <summary>Columns of the product that a group makes.</summary>
    public int Columns => (Tile >> 8) & 0xfff;

    /// <summary>Threads of a group.</summary>
    public int Threads => Rows / ((Tile >> 4) & 15) * (Columns / (Tile & 15));

    /// <summary>The plan that a simple model holds to be fastest: whole waves of groups, the tile's cost a multiply-add, the pass that adds up parts.</summary>
    /// <param name="pixels">Rows of the product.</param>
    /// <param name="outChannels">Columns of the product.</param>
    /// <param name="steps">Eighths of its depth.</param>
    /// <param name="multiprocessors">Of the device.</param>
    /// <param name="gathers">Whether the input's channels are no multiple of 8: fewer tiles are compiled for that.</param>
    public static TilePlan Choose(int pixels, int outChannels, int steps, int multiprocessors, bool gathers)
    {
        var best = default(TilePlan);
        var least = double.MaxValue;
        foreach (var tile in gathers ? (ReadOnlySpan<int>)[Tile128x64, Tile64x64, Tile256x4] : [Tile128x128, Tile128x64, Tile128x32, Tile64x64, Tile32x32, Tile256x4])
        {
            for (var splits = 1; splits == 1 || (steps / splits >= LeastSteps && (long)pixels * outChannels * splits <= MostParts); splits++)
            {
                var plan = new TilePlan(tile, splits);
                var cycles = plan.Cycles(pixels, outChannels, steps, Math.Max(multiprocessors, 1));
                if (cycles >= least) continue;
                (best, least) = (plan, cycles);
            }
        }

        return best.WithoutEmptySplits(steps);
    }

    /// <summary>As many parts as there are when each but the last takes the same whole number of steps: no group finds nothing left to do.</summary>
    public TilePlan WithoutEmptySplits(int steps)
    {
        var partSteps = (steps + Splits - 1) / Splits;
        return this with { Splits = (steps + partSteps - 1) / partSteps };
    }

    /// <summary>Issue slots of the inner loop for a multiply-add, from the assembled kernels: loads from shared memory weigh more in small register tiles.</summary>
    private double Cost => Tile switch
    {
        Tile128x128 => 1.18,
        Tile128x64 => 1.25,
        Tile64x64 => 1.35,
        Tile128x32 => 1.45,
        Tile32x32 => 1.9,
        _ => 3.5,
    };

    private double Cycles(int pixels, int outChannels, int steps, int multiprocessors)
    {
        long groups = (long)((pixels + Rows - 1) / Rows) * ((outChannels + Columns - 1) / Columns) * Splits;
        var each = (groups + multiprocessors - 1) / multiprocessors; // on the busiest multiprocessor
        var resident = Math.Min(each, Math.Max(ThreadsThatFit / Threads, 1)) * Threads / 32;
        var partSteps = (steps + Splits - 1) / Splits;
        var work = (double)Rows * Columns * Conv2dKernels.Depth * partSteps * Cost / MultiplyAddsPerCycle;
        var cycles = (each * work / Math.Min(1.0, (double)resident / WarpsThatFill)) + FixedCycles;
        if (Splits > 1) cycles += SumCycles + ((double)pixels * outChannels * sizeof(float) * 2 * Splits / (BytesPerCycle * multiprocessors));
        return cycles;
    }
}
