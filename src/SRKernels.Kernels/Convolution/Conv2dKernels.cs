using ILGPU;
using ILGPU.Runtime;
using SRKernels.Kernels.Activations;
using SRKernels.Intrinsics;

namespace SRKernels.Kernels.Convolution;

/// <summary>
/// Convolution as an implicit product: C[pixel, out] = sum over k = (ky, kx, in) of A[pixel, k] B[k, out]. A is never in memory: its elements are read
/// from the map; B are the panels of <see cref="Conv2dWeights"/>, [32 outputs][k][32]. Sums are fp32 fused multiply-adds in the order of k.
/// </summary>
/// <remarks>
/// <see cref="EightWarps"/>, <see cref="FourWarps"/>: a group makes a tile of C; <see cref="SumSplits"/> adds up what groups that shared the sums of a tile left behind.
/// <see cref="FewRows"/>: linear layers of single rows. For processors behind OpenCL: <see cref="Conv2dHalfPanelKernels"/>.
/// ptxas 11.8, sm_70 to sm_90: 126 to 128 registers (<see cref="EightWarps"/>), no spills; 81 % of the inner loop's instructions are FFMA. No bank conflicts.
/// Deterministic: no atomics, one order for every sum. Limits: tensors of fewer than 2^31 elements.
/// </remarks>
internal static class Conv2dKernels
{
    /// <summary>What a tile's loads do to A on the way: nothing; x m + o and an activation; anything, element by element, for channels that are no multiple of 8.</summary>
    public const int Plain = 0, Affine = 1, Gather = 2;

    public const int StrideTwo = 1, Padded = 2, Upsampled = 4, ThreeByThree = 8, HasResidual = 16, IsPartial = 32, HasAffine = 64;

    /// <summary>Four channels of what is added and written are one access.</summary>
    public const int WholeQuads = 128;

    public const int ActivationShift = 8, InputActivationShift = 10, ActivationMask = 3;

    /// <summary>Elements of every sum that a step brings to shared memory.</summary>
    public const int Depth = 8;

    /// <summary>Rows that <see cref="FewRows"/> takes at most.</summary>
    public const int MostFewRows = 4;

    /// <summary>Output channels of a panel of weights.</summary>
    public const int PanelColumns = 32;

    /// <summary>
    /// rows x columns of C by rows/a x columns/b threads with a x b sums in registers each (<see cref="Conv2dTile"/>). Two stages of shared memory: while
    /// one is multiplied, the next is on its way in registers; one barrier a step. 128 registers, so that two groups share a multiprocessor.
    /// </summary>
    [Kernel(MaxThreads = 256, MinGroups = 2)]
    [Specialize(Values = [TilePlan.Tile128x128, Plain])]
    [Specialize(Values = [TilePlan.Tile128x128, Affine])]
    public static void EightWarps(
        ArrayView<float> x, ArrayView<float> weights, ArrayView<float> bias, ArrayView<float> residual, ArrayView<float> affine, ArrayView<float> y,
        long mapExtent, long outExtent, long channels, long pixelsAndSteps, int flags, long strides,
        SpecializedValue<int> tile, SpecializedValue<int> load) =>
        Tile(x, weights, bias, residual, affine, y, mapExtent, outExtent, channels, pixelsAndSteps, flags, strides, tile, load);

    /// <summary>The same with 128 threads or fewer, of which three groups or more fit.</summary>
    [Kernel(MaxThreads = 128, MinGroups = 3)]
    [Specialize(Values = [TilePlan.Tile128x64, Plain])]
    [Specialize(Values = [TilePlan.Tile128x32, Plain])]
    [Specialize(Values = [TilePlan.Tile64x64, Plain])]
    [Specialize(Values = [TilePlan.Tile32x32, Plain])]
    [Specialize(Values = [TilePlan.Tile256x4, Plain])]
    [Specialize(Values = [TilePlan.Tile128x64, Affine])]
    [Specialize(Values = [TilePlan.Tile128x32, Affine])]
    [Specialize(Values = [TilePlan.Tile64x64, Affine])]
    [Specialize(Values = [TilePlan.Tile32x32, Affine])]
    [Specialize(Values = [TilePlan.Tile256x4, Affine])]
    [Specialize(Values = [TilePlan.Tile128x64, Gather])]
    [Specialize(Values = [TilePlan.Tile64x64, Gather])]
    [Specialize(Values = [TilePlan.Tile256x4, Gather])]
    public static void FourWarps(
        ArrayView<float> x, ArrayView<float> weights, ArrayView<float> bias, ArrayView<float> residual, ArrayView<float> affine, ArrayView<float> y,
        long mapExtent, long outExtent, long channels, long pixelsAndSteps, int flags, long strides,
        SpecializedValue<int> tile, SpecializedValue<int> load) =>
        Tile(x, weights, bias, residual, affine, y, mapExtent, outExtent, channels, pixelsAndSteps, flags, strides, tile, load);

    /// <summary>
    /// A thread adds up four neighbouring channels of one pixel over all slices [split][pixel][out], in their order, then bias, activation and residual.
    /// </summary>
    [Kernel(MaxThreads = 256)]
    public static void SumSplits(
        ArrayView<float> partials, ArrayView<float> bias, ArrayView<float> residual, ArrayView<float> y, int pixels, int outChannels, int splits, int flags, long strides)
    {
        int quads = (outChannels + 3) / 4;
        int thread = (Grid.IdxX * Group.DimX) + Group.IdxX;
        int pixel = thread / quads;
        int at = thread % quads * 4;
        if (pixel >= pixels) return;
        int from = (pixel * outChannels) + at;
        bool isWhole = outChannels % 4 == 0;
        Float4 sum = Conv2dQuads.Read(partials, from, outChannels - at, isWhole);
        for (int split = 1; split < splits; split++) sum = Conv2dQuads.Sum(sum, Conv2dQuads.Read(partials, (split * pixels * outChannels) + from, outChannels - at, isWhole));
        sum = Conv2dQuads.Sum(sum, VectorAccess.Load4(ref bias[at]));
        sum = Conv2dQuads.Activated(sum, bias, SlopesAt(outChannels) + at, flags >> ActivationShift & ActivationMask);
        isWhole = (flags & WholeQuads) != 0;
        if ((flags & HasResidual) != 0) sum = Conv2dQuads.Sum(sum, Conv2dQuads.Read(residual, (pixel * ResidualStride(strides)) + at, outChannels - at, isWhole));
        Conv2dQuads.Write(y, (pixel * OutStride(strides)) + at, outChannels - at, isWhole, sum);
    }

    /// <summary>
    /// Linear layers of up to 4 rows, bound by reading the weights once: a group owns a panel of 32 outputs. A warp reads four of the panel's rows at a time,
    /// lane l the quad l % 8 of row l / 8; the 32 sums of each output that this leaves are added up in order.
    /// </summary>
    [Kernel(MaxThreads = 256)]
    public static void FewRows(
        ArrayView<float> x, ArrayView<float> weights, ArrayView<float> bias, ArrayView<float> residual, ArrayView<float> y, int rows, long channels, int flags)
    {
        const int parts = 32;
        ArrayView<float> partial = SharedMemory.Allocate<float>(MostFewRows * parts * PanelColumns).AsAligned(16);
        ArrayView<float> sums = LocalMemory.Allocate<float>(MostFewRows * 4);
        int inChannels = (int)(channels >> 32);
        int outChannels = (int)channels;
        int part = Group.IdxX / 8;
        int quad = Group.IdxX % 8 * 4;
        int panel = Grid.IdxX * inChannels * PanelColumns;
        for (int i = 0; i < MostFewRows * 4; i++) sums[i] = 0;
        for (int first = 0; first < inChannels; first += 4 * parts)
        {
            // Four loads on their way at once.
            for (int p = 0; p < 4; p++)
            {
                int k = first + (p * parts) + part;
                bool real = k < inChannels;
                Float4 b = VectorAccess.Load4(ref weights[panel + (real ? k * PanelColumns : 0) + quad]);
                for (int i = 0; i < MostFewRows; i++)
                {
                    float a = real && i < rows ? x[(i * inChannels) + k] : 0;
                    sums[i * 4] += a * b.X;
                    sums[(i * 4) + 1] += a * b.Y;
                    sums[(i * 4) + 2] += a * b.Z;
                    sums[(i * 4) + 3] += a * b.W;
                }
            }
        }

        for (int i = 0; i < MostFewRows; i++)
        {
            var quadSums = new Float4 { X = sums[i * 4], Y = sums[(i * 4) + 1], Z = sums[(i * 4) + 2], W = sums[(i * 4) + 3] };
            VectorAccess.Store4(ref partial[(((i * parts) + part) * PanelColumns) + quad], quadSums);
        }

        Group.Barrier();
        int row = Group.IdxX / PanelColumns;
        int column = Group.IdxX % PanelColumns;
        int at = (Grid.IdxX * PanelColumns) + column;
        if (row >= rows || at >= outChannels) return;
        float sum = bias[at];
        for (int i = 0; i < parts; i++) sum += partial[(((row * parts) + i) * PanelColumns) + column];
        sum = DeviceActivation.Apply(flags >> ActivationShift & ActivationMask, sum, bias[SlopesAt(outChannels) + at]);
        int to = (row * outChannels) + at;
        y[to] = (flags & HasResidual) != 0 ? sum + residual[to] : sum;
    }

    /// <summary>Elements between pixels of what is read.</summary>
    public static int InStride(long strides) => (int)(strides >> 40);

    /// <summary>Elements between pixels of what is added.</summary>
    public static int ResidualStride(long strides) => (int)(strides >> 20) & 0xfffff;

    /// <summary>Elements between pixels of what is written.</summary>
    public static int OutStride(long strides) => (int)strides & 0xfffff;

    /// <summary>Where the slopes begin behind the biases.</summary>
    public static int SlopesAt(int outChannels) => (outChannels + PanelColumns - 1) / PanelColumns * PanelColumns;

    private static void Tile(
        ArrayView<float> x, ArrayView<float> weights, ArrayView<float> bias, ArrayView<float> residual, ArrayView<float> affine, ArrayView<float> y,
        long mapExtent, long outExtent, long channels, long pixelsAndSteps, int flags, long strides, int tile, int load)
    {
        int rows = tile >> 20;
        int columns = (tile >> 8) & 0xfff;
        int threadRows = (tile >> 4) & 15;
        int threadColumns = tile & 15;
        int threads = rows / threadRows * (columns / threadColumns);
        int loadsA = rows * 2 / threads;
        int inChannels = (int)(channels >> 32);
        int depth = ((flags & ThreeByThree) != 0 ? 9 : 1) * inChannels;
        int splitSteps = (int)pixelsAndSteps;
        int step = Grid.IdxY * splitSteps;
        int allSteps = load == Gather ? (depth + Depth - 1) / Depth : depth / Depth;
        int lastStep = step + splitSteps < allSteps ? step + splitSteps : allSteps;
        var t = new Conv2dTile
        {
            Rows = rows,
            Columns = columns,
            ThreadRows = threadRows,
            ThreadColumns = threadColumns,
            LoadsA = loadsA,
            LoadsB = ((columns * 2) + threads - 1) / threads,
            Threads = threads,
            Load = load,
            X = x,
            Weights = weights,
            AffineOf = affine,
            TileA = SharedMemory.Allocate<float>(2 * Depth * (rows + 4)).AsAligned(16),
            TileB = SharedMemory.Allocate<float>(2 * Depth * columns).AsAligned(16),
            Origin = SharedMemory.Allocate<int>(rows),
            Inside = SharedMemory.Allocate<int>(rows),
            Multipliers = SharedMemory.Allocate<int>(rows),
            Sums = LocalMemory.Allocate<float>(threadRows * threadColumns),
            Column = LocalMemory.Allocate<float>(threadRows),
            Row = LocalMemory.Allocate<float>(threadColumns),
            PartA = LocalMemory.Allocate<Float4>(loadsA),
            PartB = LocalMemory.Allocate<Float4>(((columns * 2) + threads - 1) / threads),
            From = LocalMemory.Allocate<int>(loadsA),
            FromMultipliers = LocalMemory.Allocate<int>(loadsA),
            Width = (int)mapExtent,
            InChannels = inChannels,
            Strides = strides,
            OutChannels = (int)channels,
            Pixels = (int)(pixelsAndSteps >> 32),
            SumDepth = depth,
            Flags = flags,
        };
        t.Place();
        t.FindRows((int)(mapExtent >> 32), (int)(outExtent >> 32), (int)outExtent);
        for (int i = 0; i < threadRows * threadColumns; i++) t.Sums[i] = 0;
        Group.Barrier();
        t.Aim(step);
        t.Fetch(step);
        t.Keep(0);
        Group.Barrier();
        int stage = 0;
        for (bool more = true; more;)
        {
            step++;
            more = step < lastStep;
            if (more) t.Fetch(step);
            t.Multiply(stage);
            stage = 1 - stage;
            if (more) t.Keep(stage);
            Group.Barrier();
        }

        t.Finish(y, bias, residual);
    }
}
