using ILGPU;
using ILGPU.Runtime;
using SRKernels.Kernels.Activations;
using SRKernels.Language;

namespace SRKernels.Kernels.Convolution;

/// <summary>
/// Convolution as an implicit product: C[pixel, out] = sum over k = (ky, kx, in) of A[pixel, k] B[k, out]. A is never in memory: its elements are read
/// from the map; B are the panels of <see cref="Conv2dWeights"/>, [32 outputs][k][32]. Sums are fp32 fused multiply-adds in the order of k.
/// </summary>
/// <remarks>
/// <see cref="SharedTile"/>: a group makes a tile of C; <see cref="SumSplits"/> adds up what groups that shared the sums of a tile left behind.
/// <see cref="PixelsByHalfPanel"/>: for OpenCL on a processor (70 GFLOP/s on two Zen 4 cores under PoCL 3.1, where the tiles make 4 to 8).
/// Deterministic: no atomics, one order for every sum. Limits: tensors of fewer than 2^31 elements.
/// </remarks>
internal static class Conv2dKernels
{
    /// <summary>What <see cref="SharedTile"/> does to A on the way: nothing; x m + o and an activation; anything, element by element, for channels that are no multiple of 8.</summary>
    public const int Plain = 0, Affine = 1, Gather = 2;

    public const int StrideTwo = 1, Padded = 2, Upsampled = 4, ThreeByThree = 8, HasResidual = 16, IsPartial = 32, HasAffine = 64;
    public const int ActivationShift = 8, InputActivationShift = 10, ActivationMask = 3;

    /// <summary>Elements of every sum that a step brings to shared memory.</summary>
    public const int Depth = 8;

    public const int ThreadPixels = 4, HalfPanel = 16, ThreadDepth = 4;

    private const int PanelColumns = 32;
    private const int RowParity = 9, ColumnParity = 10;

    /// <summary>
    /// rows x columns of C by rows/a x columns/b threads with a x b sums in registers each: rows 4 y .. 4 y + 3, for a = 8 the same half a tile further down
    /// too, and columns 4 x .. likewise; a warp's lanes are 8 (x) by 4 (y). Two stages of shared memory: while one is multiplied, the next is on its way
    /// in registers. A lies transposed with rows + 4 between its columns, so that the two quads of a pixel's channels go to different banks.
    /// </summary>
    [Kernel(MaxThreads = 256)]
    [Specialize(Values = [TilePlan.Tile128x128, Plain])]
    [Specialize(Values = [TilePlan.Tile128x64, Plain])]
    [Specialize(Values = [TilePlan.Tile128x32, Plain])]
    [Specialize(Values = [TilePlan.Tile64x64, Plain])]
    [Specialize(Values = [TilePlan.Tile256x4, Plain])]
    [Specialize(Values = [TilePlan.Tile128x128, Affine])]
    [Specialize(Values = [TilePlan.Tile128x64, Affine])]
    [Specialize(Values = [TilePlan.Tile128x32, Affine])]
    [Specialize(Values = [TilePlan.Tile64x64, Affine])]
    [Specialize(Values = [TilePlan.Tile256x4, Affine])]
    [Specialize(Values = [TilePlan.Tile128x64, Gather])]
    [Specialize(Values = [TilePlan.Tile64x64, Gather])]
    [Specialize(Values = [TilePlan.Tile256x4, Gather])]
    public static void SharedTile(
        ArrayView<float> x, ArrayView<float> weights, ArrayView<float> bias, ArrayView<float> residual, ArrayView<float> affine, ArrayView<float> y,
        long mapExtent, long outExtent, long channels, long pixelsAndSteps, int flags, SpecializedValue<int> tile, SpecializedValue<int> load)
    {
        int rows = tile >> 20;
        int columns = (tile >> 8) & 0xfff;
        int threadRows = (tile >> 4) & 15;
        int threadColumns = tile & 15;
        int threadsX = columns / threadColumns;
        int threads = rows / threadRows * threadsX;
        int loadsA = rows * 2 / threads;
        int loadsB = ((columns * 2) + threads - 1) / threads;
        int strideA = rows + 4;
        int stageA = Depth * strideA;
        int stageB = Depth * columns;
        ArrayView<float> tileA = SharedMemory.Allocate<float>(2 * stageA);
        ArrayView<float> tileB = SharedMemory.Allocate<float>(2 * stageB);
        ArrayView<float> sums = LocalMemory.Allocate<float>(threadRows * threadColumns);
        ArrayView<float> column = LocalMemory.Allocate<float>(threadRows);
        ArrayView<float> row = LocalMemory.Allocate<float>(threadColumns);
        ArrayView<Float4> partA = LocalMemory.Allocate<Float4>(loadsA);
        ArrayView<Float4> partB = LocalMemory.Allocate<Float4>(loadsB);

        // Of every quad of channels that this thread loads: the pixel under the first tap, which taps are inside the map (bit by bit), where its next
        // elements are, and where its image's multipliers start.
        ArrayView<int> origin = LocalMemory.Allocate<int>(loadsA);
        ArrayView<int> mask = LocalMemory.Allocate<int>(loadsA);
        ArrayView<int> from = LocalMemory.Allocate<int>(loadsA);
        ArrayView<int> multipliers = LocalMemory.Allocate<int>(loadsA);

        int height = (int)(mapExtent >> 32);
        int width = (int)mapExtent;
        int outWidth = (int)outExtent;
        int outPixels = (int)(outExtent >> 32) * outWidth;
        int inChannels = (int)(channels >> 32);
        int outChannels = (int)channels;
        int pixels = (int)(pixelsAndSteps >> 32);
        int splitSteps = (int)pixelsAndSteps;
        int taps = (flags & ThreeByThree) != 0 ? 9 : 1;
        int depth = taps * inChannels;
        int columnTiles = (outChannels + columns - 1) / columns;
        int firstRow = Grid.IdxX / columnTiles * rows;
        int firstColumn = Grid.IdxX % columnTiles * columns;

        int thread = Group.IdxX;
        int lanesX = threadsX < 8 ? threadsX : 8;
        int threadX = (thread / 32 % (threadsX / lanesX) * lanesX) + (thread % lanesX);
        int threadY = (thread / 32 / (threadsX / lanesX) * (32 / lanesX)) + (thread % 32 / lanesX);

        for (int l = 0; l < loadsA; l++)
        {
            int pixel = firstRow + ((thread + (l * threads)) / 2);
            int n = pixel / outPixels;
            int rest = pixel - (n * outPixels);
            int shift = (flags & StrideTwo) != 0 ? 1 : 0;
            int pad = (flags & Padded) != 0 ? 1 : 0;
            int top = (rest / outWidth << shift) - pad;
            int left = (rest % outWidth << shift) - pad;
            origin[l] = OriginOf(n, top, left, height, width, flags);
            mask[l] = pixel < pixels ? TapsInside(top, left, height, width, flags) : 0;
            multipliers[l] = pixel < pixels ? n * 2 * inChannels : 0;
        }

        int allSteps = load == Gather ? (depth + Depth - 1) / Depth : depth / Depth;
        int step = Grid.IdxY * splitSteps;
        int lastStep = step + splitSteps < allSteps ? step + splitSteps : allSteps;

        // The quads of B that a thread loads lie in one column of quads, or (a narrow tile) only some threads load one. What columns beyond the last
        // one hold is never written.
        int columnB = firstColumn + (thread % (columns / 4) * 4);
        int rowB = thread / (columns / 4);
        int fromB = (((columnB < outChannels ? columnB / PanelColumns : 0) * depth) + (step * Depth) + (rowB % Depth)) * PanelColumns;
        fromB += columnB % PanelColumns;
        for (int i = 0; i < threadRows * threadColumns; i++) sums[i] = 0;

        int channel = step * Depth % inChannels;
        int tap = step * Depth / inChannels;
        int firstStep = step;
        int stage = 0;
        for (; step <= lastStep; step++)
        {
            bool more = step < lastStep;
            if (more)
            {
                if (load == Gather)
                {
                    int k = (step * Depth) + (thread % 2 * 4);
                    for (int l = 0; l < loadsA; l++)
                    {
                        partA[l] = new Float4
                        {
                            X = Element(x, affine, k, depth, origin[l], mask[l], multipliers[l], width, inChannels, flags),
                            Y = Element(x, affine, k + 1, depth, origin[l], mask[l], multipliers[l], width, inChannels, flags),
                            Z = Element(x, affine, k + 2, depth, origin[l], mask[l], multipliers[l], width, inChannels, flags),
                            W = Element(x, affine, k + 3, depth, origin[l], mask[l], multipliers[l], width, inChannels, flags),
                        };
                    }
                }
                else
                {
                    if (channel == 0 || step == firstStep)
                    {
                        for (int l = 0; l < loadsA; l++)
                        {
                            int at = (mask[l] >> tap & 1) != 0 ? UnderTap(tap, origin[l], mask[l], width, flags) : 0;
                            from[l] = (at * inChannels) + channel + (thread % 2 * 4);
                        }
                    }

                    for (int l = 0; l < loadsA; l++)
                    {
                        partA[l] = VectorAccess.Load4(ref x[from[l]]);
                        from[l] += Depth;
                    }
                }

                for (int l = 0; l < loadsB; l++)
                {
                    bool real = load != Gather || (step * Depth) + (rowB % Depth) + (l * threads * 4 / columns) < depth;
                    Float4 b = VectorAccess.Load4(ref weights[real ? fromB + (l * threads * 4 / columns * PanelColumns) : 0]);
                    if (load == Gather) b = real ? b : default;
                    partB[l] = b;
                }

                fromB += Depth * PanelColumns;
            }

            if (step > firstStep)
            {
                for (int p = 0; p < Depth; p++)
                {
                    for (int i = 0; i < threadRows; i += 4)
                    {
                        Float4 a = VectorAccess.Load4(ref tileA[(stage * stageA) + (p * strideA) + (i / 4 * (rows / 2)) + (threadY * 4)]);
                        column[i] = a.X;
                        column[i + 1] = a.Y;
                        column[i + 2] = a.Z;
                        column[i + 3] = a.W;
                    }

                    for (int j = 0; j < threadColumns; j += 4)
                    {
                        Float4 b = VectorAccess.Load4(ref tileB[(stage * stageB) + (p * columns) + (j / 4 * (columns / 2)) + (threadX * 4)]);
                        row[j] = b.X;
                        row[j + 1] = b.Y;
                        row[j + 2] = b.Z;
                        row[j + 3] = b.W;
                    }

                    for (int i = 0; i < threadRows; i++)
                        for (int j = 0; j < threadColumns; j++) sums[(i * threadColumns) + j] += column[i] * row[j];
                }
            }

            if (more)
            {
                int next = 1 - stage;
                for (int l = 0; l < loadsA; l++)
                {
                    Float4 a = partA[l];
                    int to = (next * stageA) + (thread % 2 * 4 * strideA) + ((thread + (l * threads)) / 2);
                    if (load == Affine) a = Affined(a, affine, multipliers[l] + channel + (thread % 2 * 4), inChannels, flags);
                    bool real = load == Gather || (mask[l] >> tap & 1) != 0;
                    tileA[to] = real ? a.X : 0;
                    tileA[to + strideA] = real ? a.Y : 0;
                    tileA[to + (2 * strideA)] = real ? a.Z : 0;
                    tileA[to + (3 * strideA)] = real ? a.W : 0;
                }

                for (int l = 0; l < loadsB; l++)
                {
                    int quad = thread + (l * threads);
                    if (quad < columns * 2) VectorAccess.Store4(ref tileB[(next * stageB) + (quad * 4)], partB[l]);
                }

                channel += Depth;
                if (load != Gather && channel == inChannels)
                {
                    channel = 0;
                    tap++;
                }
            }

            Group.Barrier();
            stage = 1 - stage;
        }

        bool partial = (flags & IsPartial) != 0;
        int activation = partial ? 0 : flags >> ActivationShift & ActivationMask;
        bool adds = (flags & HasResidual) != 0 && !partial;
        int slice = partial ? Grid.IdxY * pixels * outChannels : 0;
        for (int i = 0; i < threadRows; i++)
        {
            int pixel = firstRow + (i / 4 * (rows / 2)) + (threadY * 4) + (i % 4);
            for (int j = 0; j < threadColumns; j += 4)
            {
                int at = firstColumn + (j / 4 * (columns / 2)) + (threadX * 4);
                if (pixel < pixels && at < outChannels)
                {
                    int sum = (i * threadColumns) + j;
                    var value = new Float4 { X = sums[sum], Y = sums[sum + 1], Z = sums[sum + 2], W = sums[sum + 3] };
                    if (!partial) value = Sum(value, VectorAccess.Load4(ref bias[at]));
                    Write(y, residual, slice + (pixel * outChannels) + at, outChannels - at, outChannels, adds && activation == 0, value);
                }
            }
        }

        if (activation == 0) return;

        // Each thread takes its own results up again, for two values in flight instead of all sums: 16 copies of the functions would be most of the code.
        // The number of rounds is spelled so that it is none that the compiler knows.
        int quads = rows * columns / 4 / Group.DimX;
        for (int q = 0; q < quads; q++)
        {
            int i = q / (threadColumns / 4);
            int pixel = firstRow + (i / 4 * (rows / 2)) + (threadY * 4) + (i % 4);
            int at = firstColumn + (q % (threadColumns / 4) * (columns / 2)) + (threadX * 4);
            if (pixel < pixels && at < outChannels)
            {
                int to = (pixel * outChannels) + at;
                Write(y, residual, to, outChannels - at, outChannels, adds, Activated(Read(y, to, outChannels - at, outChannels), activation));
            }
        }
    }

    /// <summary>
    /// A thread adds up four neighbouring channels of one pixel over all slices [split][pixel][out], in their order, then bias, activation and residual.
    /// </summary>
    [Kernel(MaxThreads = 256)]
    public static void SumSplits(
        ArrayView<float> partials, ArrayView<float> bias, ArrayView<float> residual, ArrayView<float> y, int pixels, int outChannels, int splits, int flags)
    {
        int quads = (outChannels + 3) / 4;
        int thread = (Grid.IdxX * Group.DimX) + Group.IdxX;
        int pixel = thread / quads;
        int at = thread % quads * 4;
        if (pixel >= pixels) return;
        int to = (pixel * outChannels) + at;
        Float4 sum = Read(partials, to, outChannels - at, outChannels);
        for (int split = 1; split < splits; split++) sum = Sum(sum, Read(partials, (split * pixels * outChannels) + to, outChannels - at, outChannels));
        sum = Sum(sum, VectorAccess.Load4(ref bias[at]));
        sum = Activated(sum, flags >> ActivationShift & ActivationMask);
        Write(y, residual, to, outChannels - at, outChannels, (flags & HasResidual) != 0, sum);
    }

    /// <summary>What is left of a GroupNorm, as a pass of its own before <see cref="PixelsByHalfPanel"/>: a thread owns one channel of one pixel.</summary>
    [Kernel(MaxThreads = 256)]
    public static void AffineMap(ArrayView<float> x, ArrayView<float> affine, ArrayView<float> u, int imageElements, int inChannels, int flags)
    {
        int i = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (i >= u.Length) return;
        int at = (i / imageElements * 2 * inChannels) + (i % inChannels);
        u[i] = DeviceActivation.Apply(flags >> InputActivationShift & ActivationMask, (x[i] * affine[at]) + affine[at + inChannels]);
    }

    /// <summary>
    /// For processors: a thread alone makes 4 neighbouring pixels by half a panel of 16 channels, without shared memory or barriers; threads that follow one
    /// another take neighbouring pixels of the same half panel. Four elements of every sum at a time, between memory and memory: straight
    /// code of loads, products and stores side by side is what the compilers of processors turn into vectors. The input is affine already.
    /// The memory for sums is [pixels, filled up to 4][channels, filled up to 16], y itself where both are whole.
    /// </summary>
    [Kernel]
    public static void PixelsByHalfPanel(
        ArrayView<float> x, ArrayView<float> weights, ArrayView<float> bias, ArrayView<float> residual, ArrayView<float> sums, ArrayView<float> y,
        long mapExtent, long outExtent, long channels, int pixels, int flags)
    {
        ArrayView<float> tile = LocalMemory.Allocate<float>(ThreadPixels * HalfPanel);
        ArrayView<float> row = LocalMemory.Allocate<float>(HalfPanel);
        ArrayView<int> origin = LocalMemory.Allocate<int>(ThreadPixels);
        ArrayView<int> mask = LocalMemory.Allocate<int>(ThreadPixels);
        ArrayView<int> from = LocalMemory.Allocate<int>(ThreadPixels);
        int height = (int)(mapExtent >> 32);
        int width = (int)mapExtent;
        int outWidth = (int)outExtent;
        int outPixels = (int)(outExtent >> 32) * outWidth;
        int inChannels = (int)(channels >> 32);
        int outChannels = (int)channels;
        int taps = (flags & ThreeByThree) != 0 ? 9 : 1;
        int shift = (flags & StrideTwo) != 0 ? 1 : 0;
        int pad = (flags & Padded) != 0 ? 1 : 0;
        int blocks = (pixels + ThreadPixels - 1) / ThreadPixels;
        int thread = (Grid.IdxX * Group.DimX) + Group.IdxX;
        int first = thread % blocks * ThreadPixels;
        int column = thread / blocks * HalfPanel;
        if (column >= outChannels) return;
        for (int i = 0; i < ThreadPixels; i++)
        {
            int pixel = first + i;
            int n = pixel / outPixels;
            int rest = pixel - (n * outPixels);
            int top = (rest / outWidth << shift) - pad;
            int left = (rest % outWidth << shift) - pad;
            origin[i] = OriginOf(n, top, left, height, width, flags);
            mask[i] = pixel < pixels ? TapsInside(top, left, height, width, flags) : 0;
        }

        int sumsChannels = (outChannels + HalfPanel - 1) / HalfPanel * HalfPanel;
        int to = (first * sumsChannels) + column;
        for (int i = 0; i < ThreadPixels; i++)
            for (int j = 0; j < HalfPanel; j++) sums[to + (i * sumsChannels) + j] = 0;

        int fromB = (column / PanelColumns * taps * inChannels * PanelColumns) + (column % PanelColumns);
        int whole = inChannels - (inChannels % ThreadDepth);
        for (int tap = 0; tap < taps; tap++)
        {
            for (int i = 0; i < ThreadPixels; i++) from[i] = (mask[i] >> tap & 1) != 0 ? UnderTap(tap, origin[i], mask[i], width, flags) * inChannels : 0;
            for (int k = 0; k < inChannels;)
            {
                for (int i = 0; i < ThreadPixels; i++)
                    for (int j = 0; j < HalfPanel; j++) tile[(i * HalfPanel) + j] = sums[to + (i * sumsChannels) + j];
                if (k < whole)
                {
                    for (int p = 0; p < ThreadDepth; p++)
                    {
                        for (int j = 0; j < HalfPanel; j++) row[j] = weights[fromB + (p * PanelColumns) + j];
                        for (int i = 0; i < ThreadPixels; i++)
                        {
                            float a = (mask[i] >> tap & 1) != 0 ? x[from[i] + k + p] : 0;
                            for (int j = 0; j < HalfPanel; j++) tile[(i * HalfPanel) + j] += a * row[j];
                        }
                    }

                    k += ThreadDepth;
                    fromB += ThreadDepth * PanelColumns;
                }
                else
                {
                    for (int j = 0; j < HalfPanel; j++) row[j] = weights[fromB + j];
                    for (int i = 0; i < ThreadPixels; i++)
                    {
                        float a = (mask[i] >> tap & 1) != 0 ? x[from[i] + k] : 0;
                        for (int j = 0; j < HalfPanel; j++) tile[(i * HalfPanel) + j] += a * row[j];
                    }

                    k++;
                    fromB += PanelColumns;
                }

                for (int i = 0; i < ThreadPixels; i++)
                    for (int j = 0; j < HalfPanel; j++) sums[to + (i * sumsChannels) + j] = tile[(i * HalfPanel) + j];
            }
        }

        int activation = flags >> ActivationShift & ActivationMask;
        bool adds = (flags & HasResidual) != 0;
        int rows = pixels - first < ThreadPixels ? pixels - first : ThreadPixels;
        int columns = outChannels - column < HalfPanel ? outChannels - column : HalfPanel;
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                float value = DeviceActivation.Apply(activation, sums[to + (i * sumsChannels) + j] + bias[column + j]);
                int at = ((first + i) * outChannels) + column + j;
                y[at] = adds ? value + residual[at] : value;
            }
        }
    }

    /// <summary>The pixel (counted over all images) under the first tap; where that is outside the map, the number it would have.</summary>
    private static int OriginOf(int n, int top, int left, int height, int width, int flags)
    {
        int zoom = (flags & Upsampled) != 0 ? 1 : 0;
        return (((n * height) + (top >> zoom)) * width) + (left >> zoom);
    }

    /// <summary>A bit for each tap that is inside the map; of an upsampled map, then whether its first row and column are the second of their pixel.</summary>
    private static int TapsInside(int top, int left, int height, int width, int flags)
    {
        int zoom = (flags & Upsampled) != 0 ? 1 : 0;
        int columns = 0;
        for (int i = 0; i < 3; i++) columns |= left + i >= 0 && left + i < width << zoom ? 1 << i : 0;
        int taps = 0;
        for (int i = 0; i < 3; i++) taps |= top + i >= 0 && top + i < height << zoom ? columns << (3 * i) : 0;
        return zoom == 0 ? taps : taps | ((top & 1) << RowParity) | ((left & 1) << ColumnParity);
    }

    /// <summary>The pixel under a tap.</summary>
    private static int UnderTap(int tap, int origin, int mask, int width, int flags)
    {
        int row = tap / 3; // of a 1x1 kernel, tap is 0
        int column = tap - (row * 3);
        if ((flags & Upsampled) != 0)
        {
            row = (row + ((mask >> RowParity) & 1)) >> 1;
            column = (column + ((mask >> ColumnParity) & 1)) >> 1;
        }

        return origin + (row * width) + column;
    }

    /// <summary>A[pixel, k], for any number of channels.</summary>
    private static float Element(
        ArrayView<float> x, ArrayView<float> affine, int k, int depth, int origin, int mask, int multipliers, int width, int inChannels, int flags)
    {
        int tap = k / inChannels;
        int channel = k - (tap * inChannels);
        if (k >= depth || (mask >> tap & 1) == 0) return 0;
        float value = x[(UnderTap(tap, origin, mask, width, flags) * inChannels) + channel];
        if ((flags & HasAffine) == 0) return value;
        value = (value * affine[multipliers + channel]) + affine[multipliers + channel + inChannels];
        return (flags >> InputActivationShift & ActivationMask) == (int)Activation.Silu ? DeviceActivation.Silu(value) : value;
    }

    private static Float4 Affined(Float4 a, ArrayView<float> affine, int at, int inChannels, int flags)
    {
        Float4 m = VectorAccess.Load4(ref affine[at]);
        Float4 o = VectorAccess.Load4(ref affine[at + inChannels]);
        a.X = (a.X * m.X) + o.X;
        a.Y = (a.Y * m.Y) + o.Y;
        a.Z = (a.Z * m.Z) + o.Z;
        a.W = (a.W * m.W) + o.W;
        if ((flags >> InputActivationShift & ActivationMask) == (int)Activation.Silu)
        {
            a.X = DeviceActivation.Silu(a.X);
            a.Y = DeviceActivation.Silu(a.Y);
            a.Z = DeviceActivation.Silu(a.Z);
            a.W = DeviceActivation.Silu(a.W);
        }

        return a;
    }

    private static Float4 Activated(Float4 a, int activation)
    {
        if (activation == (int)Activation.Silu)
        {
            a.X = DeviceActivation.Silu(a.X);
            a.Y = DeviceActivation.Silu(a.Y);
            a.Z = DeviceActivation.Silu(a.Z);
            a.W = DeviceActivation.Silu(a.W);
        }
        else if (activation == (int)Activation.GeluErf)
        {
            a.X = DeviceActivation.GeluErf(a.X);
            a.Y = DeviceActivation.GeluErf(a.Y);
            a.Z = DeviceActivation.GeluErf(a.Z);
            a.W = DeviceActivation.GeluErf(a.W);
        }

        return a;
    }

    private static Float4 Sum(Float4 a, Float4 b) => new() { X = a.X + b.X, Y = a.Y + b.Y, Z = a.Z + b.Z, W = a.W + b.W };

    /// <summary>Up to four elements of a row of <paramref name="length"/>, as one access where rows are whole quads.</summary>
    private static Float4 Read(ArrayView<float> y, int at, int left, int length)
    {
        if (length % 4 == 0) return VectorAccess.Load4(ref y[at]);
        return new Float4 { X = y[at], Y = left > 1 ? y[at + 1] : 0, Z = left > 2 ? y[at + 2] : 0, W = left > 3 ? y[at + 3] : 0 };
    }

    /// <summary>Writes up to four elements of a row of <paramref name="length"/>, the residual added.</summary>
    private static void Write(ArrayView<float> y, ArrayView<float> residual, int at, int left, int length, bool adds, Float4 value)
    {
        if (adds) value = Sum(value, Read(residual, at, left, length));
        if (length % 4 == 0)
        {
            VectorAccess.Store4(ref y[at], value);
            return;
        }

        y[at] = value.X;
        if (left > 1) y[at + 1] = value.Y;
        if (left > 2) y[at + 2] = value.Z;
        if (left > 3) y[at + 3] = value.W;
    }
}
