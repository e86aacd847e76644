using ILGPU;
using ILGPU.Runtime;
using SRKernels.Kernels.Activations;
using SRKernels.Language;

namespace SRKernels.Kernels.Convolution;

/// <summary>
/// Convolution as a product on tensor cores: [pixels, taps x input channels] x [taps x input channels, output channels], sums in float.
/// </summary>
/// <remarks>
/// A group owns the output tile that its <see cref="TensorTile"/> says. The input channels come in slices of 64 bytes of operands (32 of 16 bits, 16 of tf32). A slice's
/// patch (the tile's pixels and their halo) is read once from memory as float, normalised if asked, rounded and stored in shared memory; all taps
/// read it there, each at its own shift. While one slice is multiplied, each thread carries pixels of the next one through its registers, from one step to the next:
/// what a step stores came during the step before. Weight slices [output channel][64 bytes] of one tap come by cp.async, one barrier a tap.
/// Warp w multiplies the pixels of part w / WarpColumns with the channels of part w % WarpColumns; who carries which pixels: PixelOf.
/// All accesses to shared memory are free of bank conflicts: eight neighbouring rows of 80 bytes start in eight different groups of four banks.
/// The loop over taps is one straight piece: the assembler puts fetching, SiLU and rounding into the cycles between two products.
/// Limits: input channels in whole slices, output channels even, a tensor below 2^31 elements.
/// </remarks>
internal static class TensorConvolutionKernels
{
    // Operand types of products.
    internal const int BFloat16Operand = 0;
    internal const int HalfOperand = 1;
    internal const int Tf32Operand = 2;
    private const int OperandMask = 3;

    // What is done to the input, added to the operand type: it makes another kernel, in which no branch keeps that work from going beside the products.
    internal const int NormalizeInput = 4;
    internal const int SiluInput = 8;

    // Flags of a launch.
    internal const int Upsample = 1;
    internal const int BottomRight = 4;
    internal const int AddResidual = 8;
    internal const int Partial = 16;
    internal const int ActivationShift = 8;

    private const int RowWords = TensorTile.RowWords;
    private const int SplitsTogether = 10;

    /// <summary>Four warps of 64 x 64 each: half the reads of shared memory; two groups share a multiprocessor's registers.</summary>
    /// <param name="x">[n, height, width, inChannels].</param>
    /// <param name="weights">[slice][tap][output channel, a multiple of 64][64 bytes].</param>
    /// <param name="bias">[outChannels].</param>
    /// <param name="residual">The output's shape, or anything without the flag.</param>
    /// <param name="affine">[n, 2 inChannels]: multipliers, then offsets; or anything without the flag.</param>
    /// <param name="y">The output; of partial sums one after another.</param>
    /// <param name="height">Input rows; 1 for a 1x1 convolution.</param>
    /// <param name="width">Input columns; for a 1x1 convolution all pixels of an image, or of all images.</param>
    /// <param name="inChannels">Channels in.</param>
    /// <param name="outChannels">Channels out.</param>
    /// <param name="flags">See the constants.</param>
    /// <param name="slicesAndSplits">How many slices of input channels one group sums, times 65536, plus how many groups share a sum.</param>
    /// <param name="form">Operand type and what is done to the input.</param>
    /// <param name="tile">Code of the tile.</param>
    [Kernel(Sm = 80, MaxThreads = 128, MinGroups = 2)]
    [Specialize(Values = [BFloat16Operand, TensorTile.Large3x3])]
    [Specialize(Values = [BFloat16Operand | NormalizeInput | SiluInput, TensorTile.Large3x3])]
    [Specialize(Values = [HalfOperand, TensorTile.Large3x3])]
    [Specialize(Values = [HalfOperand | NormalizeInput | SiluInput, TensorTile.Large3x3])]
    [Specialize(Values = [Tf32Operand, TensorTile.Large3x3])]
    [Specialize(Values = [Tf32Operand | NormalizeInput | SiluInput, TensorTile.Large3x3])]
    [Specialize(Values = [BFloat16Operand, TensorTile.Large1x1])]
    [Specialize(Values = [BFloat16Operand | NormalizeInput, TensorTile.Large1x1])]
    [Specialize(Values = [HalfOperand, TensorTile.Large1x1])]
    [Specialize(Values = [HalfOperand | NormalizeInput, TensorTile.Large1x1])]
    [Specialize(Values = [Tf32Operand, TensorTile.Large1x1])]
    [Specialize(Values = [Tf32Operand | NormalizeInput, TensorTile.Large1x1])]
    internal static void LargeWarps(
        ArrayView<float> x, ArrayView<uint> weights, ArrayView<float> bias, ArrayView<float> residual, ArrayView<float> affine, ArrayView<float> y,
        int height, int width, int inChannels, int outChannels, int flags, int slicesAndSplits, SpecializedValue<int> form, SpecializedValue<int> tile) =>
        Convolve(x, weights, bias, residual, affine, y, height, width, inChannels, outChannels, flags, slicesAndSplits, form, tile);

    /// <summary>Four smaller warps; three groups share a multiprocessor's registers. Parameters as those of <see cref="LargeWarps"/>.</summary>
    [Kernel(Sm = 80, MaxThreads = 128, MinGroups = 3)]
    [Specialize(Values = [BFloat16Operand, TensorTile.Half3x3])]
    [Specialize(Values = [BFloat16Operand | NormalizeInput | SiluInput, TensorTile.Half3x3])]
    [Specialize(Values = [HalfOperand, TensorTile.Half3x3])]
    [Specialize(Values = [HalfOperand | NormalizeInput | SiluInput, TensorTile.Half3x3])]
    [Specialize(Values = [Tf32Operand, TensorTile.Half3x3])]
    [Specialize(Values = [Tf32Operand | NormalizeInput | SiluInput, TensorTile.Half3x3])]
    [Specialize(Values = [BFloat16Operand, TensorTile.Small3x3])]
    [Specialize(Values = [BFloat16Operand | NormalizeInput | SiluInput, TensorTile.Small3x3])]
    [Specialize(Values = [HalfOperand, TensorTile.Small3x3])]
    [Specialize(Values = [HalfOperand | NormalizeInput | SiluInput, TensorTile.Small3x3])]
    [Specialize(Values = [Tf32Operand, TensorTile.Small3x3])]
    [Specialize(Values = [Tf32Operand | NormalizeInput | SiluInput, TensorTile.Small3x3])]
    [Specialize(Values = [BFloat16Operand, TensorTile.Strided3x3])]
    [Specialize(Values = [BFloat16Operand | NormalizeInput | SiluInput, TensorTile.Strided3x3])]
    [Specialize(Values = [HalfOperand, TensorTile.Strided3x3])]
    [Specialize(Values = [HalfOperand | NormalizeInput | SiluInput, TensorTile.Strided3x3])]
    [Specialize(Values = [Tf32Operand, TensorTile.Strided3x3])]
    [Specialize(Values = [Tf32Operand | NormalizeInput | SiluInput, TensorTile.Strided3x3])]
    [Specialize(Values = [BFloat16Operand, TensorTile.Half1x1])]
    [Specialize(Values = [BFloat16Operand | NormalizeInput, TensorTile.Half1x1])]
    [Specialize(Values = [HalfOperand, TensorTile.Half1x1])]
    [Specialize(Values = [HalfOperand | NormalizeInput, TensorTile.Half1x1])]
    [Specialize(Values = [Tf32Operand, TensorTile.Half1x1])]
    [Specialize(Values = [Tf32Operand | NormalizeInput, TensorTile.Half1x1])]
    [Specialize(Values = [BFloat16Operand, TensorTile.Small1x1])]
    [Specialize(Values = [BFloat16Operand | NormalizeInput, TensorTile.Small1x1])]
    [Specialize(Values = [HalfOperand, TensorTile.Small1x1])]
    [Specialize(Values = [HalfOperand | NormalizeInput, TensorTile.Small1x1])]
    [Specialize(Values = [Tf32Operand, TensorTile.Small1x1])]
    [Specialize(Values = [Tf32Operand | NormalizeInput, TensorTile.Small1x1])]
    internal static void Warps(
        ArrayView<float> x, ArrayView<uint> weights, ArrayView<float> bias, ArrayView<float> residual, ArrayView<float> affine, ArrayView<float> y,
        int height, int width, int inChannels, int outChannels, int flags, int slicesAndSplits, SpecializedValue<int> form, SpecializedValue<int> tile) =>
        Convolve(x, weights, bias, residual, affine, y, height, width, inChannels, outChannels, flags, slicesAndSplits, form, tile);

    /// <summary>Sums the partial sums of the splits in order, ten on their way at once, and finishes them. One thread makes two neighbouring channels of one pixel.</summary>
    [Kernel(MaxThreads = 256)]
    internal static void SumSplits(
        ArrayView<float> parts, ArrayView<float> bias, ArrayView<float> residual, ArrayView<float> y, int outChannels, int elements, int splits, int flags)
    {
        int at = ((Grid.IdxX * Group.DimX) + Group.IdxX) * 2;
        if (at >= elements) return;
        Float2 start = VectorAccess.Load2(ref bias[at % outChannels]);
        Float2 sum = default;
        ArrayView<Float2> some = LocalMemory.Allocate<Float2>(SplitsTogether);
        for (int split = 0; split < splits; split += SplitsTogether)
        {
            for (int i = 0; i < SplitsTogether; i++) some[i] = VectorAccess.Load2(ref parts[(Math.Min(split + i, splits - 1) * elements) + at]);
            for (int i = 0; i < SplitsTogether; i++)
            {
                if (split + i >= splits) some[i] = default;
                sum.X += some[i].X;
                sum.Y += some[i].Y;
            }
        }

        int activation = (flags >> ActivationShift) & 3;
        sum.X = DeviceActivation.Apply(activation, sum.X + start.X);
        sum.Y = DeviceActivation.Apply(activation, sum.Y + start.Y);
        if ((flags & AddResidual) != 0)
        {
            Float2 rest = VectorAccess.Load2(ref residual[at]);
            sum.X += rest.X;
            sum.Y += rest.Y;
        }

        VectorAccess.Store2(ref y[at], sum);
    }

    private static void Convolve(
        ArrayView<float> x, ArrayView<uint> weights, ArrayView<float> bias, ArrayView<float> residual, ArrayView<float> affine, ArrayView<float> y,
        int height, int width, int inChannels, int outChannels, int flags, int slicesAndSplits, int form, int tile)
    {
        int taps = TensorTile.KernelSizeOf(tile) * TensorTile.KernelSizeOf(tile);
        int columns = TensorTile.ColumnsOf(tile);
        int channels = TensorTile.ChannelsOf(tile);
        int pitch = TensorTile.PatchPitchOf(tile);
        int patchPixels = TensorTile.PatchRowsOf(tile) * pitch;
        int stages = TensorTile.StagesOf(tile);
        int warpColumns = TensorTile.WarpColumnsOf(tile);
        int threads = TensorTile.WarpRowsOf(tile) * warpColumns * 32;
        int rowBlocks = TensorTile.RowsOf(tile) * columns / TensorTile.WarpRowsOf(tile) / 16;
        int columnBlocks = channels / warpColumns / 16;
        int sliceChannels = SliceChannels(form);
        int pixelsPerRound = threads * 4 / sliceChannels;
        int rounds = (patchPixels + pixelsPerRound - 1) / pixelsPerRound;
        int roundsPerTap = taps == 1 ? rounds : (rounds + taps - 2) / (taps - 1); // the last tap only stores

        ArrayView<uint> shared = SharedMemory.GetDynamic<uint>();
        ArrayView<float> factors = SharedMemory.GetDynamic<float>();
        ArrayView<Accumulator4> sums = LocalMemory.Allocate<Accumulator4>(rowBlocks * columnBlocks * 2);
        ArrayView<Registers4> left = LocalMemory.Allocate<Registers4>(rowBlocks * 2);
        ArrayView<Registers4> right = LocalMemory.Allocate<Registers4>(columnBlocks * 2);
        ArrayView<Float2> starts = LocalMemory.Allocate<Float2>(columnBlocks * 2);
        ArrayView<Float4> whole = LocalMemory.Allocate<Float4>(rounds);
        ArrayView<uint> wholeMasks = LocalMemory.Allocate<uint>(rounds);
        ArrayView<Float4> carried = LocalMemory.Allocate<Float4>(roundsPerTap);
        ArrayView<uint> masks = LocalMemory.Allocate<uint>(roundsPerTap);

        int slices = inChannels / sliceChannels;
        int splits = slicesAndSplits & 0xffff;
        int slicesPerSplit = slicesAndSplits >> 16;
        int image = Quotient(Grid.IdxZ, splits);
        int split = Grid.IdxZ - (image * splits);
        int firstSlice = split * slicesPerSplit;
        int endSlice = Math.Min(firstSlice + slicesPerSplit, slices);
        int outHeight = OutExtent(height, flags, tile);
        int outWidth = OutExtent(width, flags, tile);
        int tilesAcross = (outWidth + columns - 1) / columns;
        int tileRow = TensorTile.KernelSizeOf(tile) == 1 ? 0 : Quotient(Grid.IdxX, tilesAcross);
        int firstRow = tileRow * TensorTile.RowsOf(tile);
        int firstColumn = (Grid.IdxX - (tileRow * tilesAcross)) * columns;
        int firstChannel = Grid.IdxY * channels;
        int thread = Group.IdxX;
        int lane = thread % 32;
        int warp = thread / 32;

        // Weights: this thread copies unit myUnit of 16 bytes of the rows myRow, myRow + threads / 4, ...
        int myRow = (thread % 8) + (8 * (thread / 32));
        int myUnit = thread / 8 % 4;
        int stepWords = (outChannels + 63) / 64 * 64 * 16;
        int fromWeights = (firstSlice * taps * stepWords) + ((firstChannel + myRow) * 16) + (myUnit * 4);
        int toWeights = (2 * patchPixels * RowWords) + (myRow * RowWords) + (myUnit * 4);
        int steps = (endSlice - firstSlice) * taps;
        for (int s = 0; s < stages - 1; s++)
        {
            CopyWeights(weights, shared, fromWeights + (Math.Min(s, steps - 1) * stepWords), toWeights + (s * channels * RowWords), threads, channels);
            AsyncCopy.Commit();
        }

        // Pixels: a round takes pixelsPerRound of them; this thread has four channels of myPixel.
        int myPixel = PixelOf(thread, form);
        int myChannel = (form & OperandMask) == Tf32Operand ? thread / 8 % 4 * 4 : thread % 8 * 4;
        int toPatch = (myPixel * RowWords) + ((form & OperandMask) == Tf32Operand ? myChannel : myChannel / 2);
        int fromMap = (image * height * width * inChannels) + myChannel;
        int factorsAt = ((2 * patchPixels) + (stages * channels)) * RowWords;
        Fetch(x, whole, wholeMasks, rounds, firstRow, firstColumn, myPixel, fromMap + (firstSlice * sliceChannels), height, width, inChannels, flags, form, tile);
        int columnOfWarp = warp % warpColumns * columnBlocks * 16;
        int channel = firstChannel + columnOfWarp + (lane % 4 * 2);
        for (int j = 0; j < columnBlocks * 2; j++) starts[j] = VectorAccess.Load2(ref bias[Math.Min(channel + (8 * j), outChannels - 2)]);
        if ((form & NormalizeInput) != 0)
        {
            for (int i = thread * 4; i < 2 * inChannels; i += threads * 4)
            {
                Float4 four = VectorAccess.Load4(ref affine[(image * 2 * inChannels) + i]);
                four.X *= FactorScale(form);
                four.Y *= FactorScale(form);
                four.Z *= FactorScale(form);
                four.W *= FactorScale(form);
                VectorAccess.Store4(ref factors[factorsAt + i], four);
            }

            Group.Barrier();
        }

        factorsAt += myChannel;
        Store(shared, whole, wholeMasks, rounds, factors, myPixel, toPatch, factorsAt + (firstSlice * sliceChannels), inChannels, form, tile);
        int pendingPixel = patchPixels;
        int pendingChannel = Math.Min(firstSlice + 1, endSlice - 1) * sliceChannels;
        for (int i = 0; i < roundsPerTap; i++)
        {
            carried[i] = default;
            masks[i] = 0;
        }

        if (taps == 1)
        {
            pendingPixel = myPixel;
            Fetch(x, carried, masks, roundsPerTap, firstRow, firstColumn, myPixel, fromMap + pendingChannel, height, width, inChannels, flags, form, tile);
        }

        // Where this lane's rows of fragments begin.
        int rowOfWarp = warp / warpColumns * rowBlocks * 16;
        int leftAt = ((PatchPlace(rowOfWarp, tile) + PatchPlace(lane % 16, tile)) * RowWords) + (lane / 16 * 4);
        int rightAt = (2 * patchPixels * RowWords) + ((columnOfWarp + (lane / 16 * 8) + (lane % 8)) * RowWords) + (lane / 8 % 2 * 4);

        // Sums begin with the bias; those that a second kernel finishes, with 0.
        float begin = (flags & Partial) != 0 ? 0 : 1;
        for (int i = 0; i < rowBlocks * columnBlocks * 2; i++)
        {
            Float2 start = starts[i % (columnBlocks * 2)];
            sums[i] = new Accumulator4 { C0 = start.X * begin, C1 = start.Y * begin, C2 = start.X * begin, C3 = start.Y * begin };
        }

        int stage = 0;
        int free = (stages - 1) * channels * RowWords;
        int patch = 0;
        int nextWeights = fromWeights + (Math.Min(stages - 1, steps - 1) * stepWords);
        int lastWeights = fromWeights + ((steps - 1) * stepWords);
        for (int slice = firstSlice; slice < endSlice; slice++)
        {
            int otherPatch = (patchPixels * RowWords) - patch;
            for (int tap = 0; tap < taps; tap++)
            {
                AsyncCopy.Wait(stages - 2);
                Group.Barrier();
                CopyWeights(weights, shared, nextWeights, toWeights + free, threads, channels);
                AsyncCopy.Commit();
                nextWeights = Math.Min(nextWeights + stepWords, lastWeights);
                int ky = tap / TensorTile.KernelSizeOf(tile);
                int kx = tap - (ky * TensorTile.KernelSizeOf(tile));
                int shift = TensorTile.StrideOf(tile) == 1 ? (ky * pitch) + kx : (ky * pitch) + (kx % 2 * (columns + 1)) + (kx / 2);
                int a = patch + leftAt + (shift * RowWords);
                int b = rightAt + stage;
                for (int k = 0; k < 2; k++)
                {
                    for (int i = 0; i < rowBlocks; i++) left[(k * rowBlocks) + i] = TensorCore.LoadMatrix4(ref shared[a + (k * 8) + (PatchPlace(16 * i, tile) * RowWords)]);
                    for (int j = 0; j < columnBlocks; j++) right[(k * columnBlocks) + j] = TensorCore.LoadMatrix4(ref shared[b + (k * 8) + (j * 16 * RowWords)]);
                }

                // What came during the last step goes to shared memory, and more is asked for: no branch, so that the assembler puts it between the products.
                Store(shared, carried, masks, roundsPerTap, factors, pendingPixel, otherPatch + toPatch + ((pendingPixel - myPixel) * RowWords), factorsAt + pendingChannel, inChannels, form, tile);
                pendingPixel = myPixel + (tap * roundsPerTap * pixelsPerRound);
                pendingChannel = Math.Min(slice + (taps == 1 ? 2 : 1), endSlice - 1) * sliceChannels;
                Fetch(x, carried, masks, roundsPerTap, firstRow, firstColumn, pendingPixel, fromMap + pendingChannel, height, width, inChannels, flags, form, tile);
                for (int k = 0; k < 2; k++)
                {
                    for (int i = 0; i < rowBlocks; i++)
                    {
                        for (int j = 0; j < columnBlocks; j++)
                        {
                            Registers4 pair = right[(k * columnBlocks) + j];
                            int at = ((i * columnBlocks) + j) * 2;
                            sums[at] = Multiply(left[(k * rowBlocks) + i], new Registers2 { R0 = pair.R0, R1 = pair.R1 }, sums[at], form);
                            sums[at + 1] = Multiply(left[(k * rowBlocks) + i], new Registers2 { R0 = pair.R2, R1 = pair.R3 }, sums[at + 1], form);
                        }
                    }
                }

                free = stage;
                stage = stage + (channels * RowWords) == stages * channels * RowWords ? 0 : stage + (channels * RowWords);
            }

            patch = otherPatch;
        }

        AsyncCopy.Wait(0); // the last ones brought nothing new
        int firstImage = (flags & Partial) != 0 ? (split * Quotient(Grid.DimZ, splits)) + image : image;
        int toImage = (firstImage * outHeight * outWidth * outChannels) + channel;
        if ((flags & Partial) == 0) Activate(sums, flags, rowBlocks * columnBlocks * 2);

        // Half a block is eight pixels, of which a lane has one. Some at a time: the residual of all of them is asked for before the first is needed.
        int together = Math.Min(rowBlocks * 2, 16 / columnBlocks);
        ArrayView<Float2> rest = LocalMemory.Allocate<Float2>(together * columnBlocks * 2);
        ArrayView<int> places = LocalMemory.Allocate<int>(together);
        for (int first = 0; first < rowBlocks * 2; first += together)
        {
            for (int i = 0; i < together; i++)
            {
                int pixel = rowOfWarp + (8 * (first + i)) + (lane / 4);
                int row = firstRow + (pixel / columns);
                int column = firstColumn + (pixel % columns);
                places[i] = (row < outHeight) & (column < outWidth) ? ((row * outWidth) + column) * outChannels : -1;
            }

            for (int i = 0; i < together * columnBlocks * 2; i++) rest[i] = default;
            if ((flags & AddResidual) != 0 && (flags & Partial) == 0)
            {
                for (int i = 0; i < together; i++)
                    for (int j = 0; j < columnBlocks * 2; j++)
                        rest[(i * columnBlocks * 2) + j] = VectorAccess.Load2(ref residual[toImage + Math.Max(places[i], 0) + Math.Min(8 * j, outChannels - 2 - channel)]);
            }

            for (int i = 0; i < together; i++)
            {
                for (int j = 0; j < columnBlocks * 2; j++)
                {
                    Accumulator4 sum = sums[((first + i) / 2 * columnBlocks * 2) + j];
                    Float2 value = rest[(i * columnBlocks * 2) + j];
                    value.X += (first + i) % 2 == 0 ? sum.C0 : sum.C2;
                    value.Y += (first + i) % 2 == 0 ? sum.C1 : sum.C3;
                    if ((places[i] >= 0) & (channel + (8 * j) < outChannels)) VectorAccess.Store2(ref y[toImage + places[i] + (8 * j)], value);
                }
            }
        }
    }

    /// <summary>The activation, on all sums of a lane at once: one branch each.</summary>
    private static void Activate(ArrayView<Accumulator4> sums, int flags, int count)
    {
        int activation = (flags >> ActivationShift) & 3;
        if (activation == (int)Activation.Silu)
        {
            for (int i = 0; i < count; i++)
            {
                Accumulator4 sum = sums[i];
                sum.C0 = DeviceActivation.Silu(sum.C0);
                sum.C1 = DeviceActivation.Silu(sum.C1);
                sum.C2 = DeviceActivation.Silu(sum.C2);
                sum.C3 = DeviceActivation.Silu(sum.C3);
                sums[i] = sum;
            }
        }

        if (activation == (int)Activation.GeluErf)
        {
            for (int i = 0; i < count; i++)
            {
                Accumulator4 sum = sums[i];
                sum.C0 = DeviceActivation.GeluErf(sum.C0);
                sum.C1 = DeviceActivation.GeluErf(sum.C1);
                sum.C2 = DeviceActivation.GeluErf(sum.C2);
                sum.C3 = DeviceActivation.GeluErf(sum.C3);
                sums[i] = sum;
            }
        }
    }

    /// <summary>x / d of small numbers: grids have fewer than 2^20 groups, so the approximate reciprocal is near enough, at a fifth of a division's latency.</summary>
    private static int Quotient(int x, int d) => (int)((x + 0.5f) * FastMath.Rcp(d));

    private static int OutExtent(int extent, int flags, int tile)
    {
        int all = (flags & Upsample) != 0 ? extent * 2 : extent;
        if (TensorTile.StrideOf(tile) == 1) return all;
        return ((flags & BottomRight) != 0 ? all - 2 : all - 1) / 2 + 1;
    }

    /// <summary>Where in the patch an output pixel of the tile reads its first tap.</summary>
    private static int PatchPlace(int pixel, int tile)
    {
        int columns = TensorTile.ColumnsOf(tile);
        return (pixel / columns * TensorTile.PatchPitchOf(tile) * TensorTile.StrideOf(tile)) + (pixel % columns);
    }

    /// <summary>Input channels of a slice: 64 bytes of operands.</summary>
    private static int SliceChannels(int form) => (form & OperandMask) == Tf32Operand ? 16 : 32;

    /// <summary>
    /// Which pixel of a round a thread has. Eight lanes have the 32 channels of one, so that a warp reads whole lines of memory; half a warp writes pixels p and p + 4, 320 bytes
    /// apart: other banks. Of 16 channels in tf32, 16 bytes each, eight lanes write eight neighbouring pixels.
    /// </summary>
    private static int PixelOf(int thread, int form)
    {
        if ((form & OperandMask) == Tf32Operand) return (thread % 8) + (8 * (thread / 32));
        return (thread / 16 % 2) + (thread / 8 % 2 * 4) + (thread / 32 % 2 * 2) + (8 * (thread / 64));
    }

    private static Accumulator4 Multiply(Registers4 a, Registers2 b, Accumulator4 c, int form)
    {
        if ((form & OperandMask) == BFloat16Operand) return TensorCore.MultiplyAddBFloat16(a, b, c);
        if ((form & OperandMask) == HalfOperand) return TensorCore.MultiplyAddHalf(a, b, c);
        return TensorCore.MultiplyAddTf32(a, b, c);
    }

    private static void CopyWeights(ArrayView<uint> weights, ArrayView<uint> shared, int from, int to, int threads, int channels)
    {
        for (int i = 0; i < channels * 4 / threads; i++)
            AsyncCopy.Copy16(ref shared[to + (i * threads / 4 * RowWords)], ref weights[from + (i * threads / 4 * 16)]);
    }

    /// <summary>
    /// Brings this thread's four channels of some pixels of one slice into registers. Outside the map it reads another pixel, without a branch, and the mask is 0.
    /// (A 1x1 convolution needs no mask: what lies outside is multiplied into rows that nobody writes.)
    /// </summary>
    private static void Fetch(
        ArrayView<float> x, ArrayView<Float4> carried, ArrayView<uint> masks, int count, int firstRow, int firstColumn, int pixel, int start,
        int height, int width, int inChannels, int flags, int form, int tile)
    {
        int stride = TensorTile.StrideOf(tile);
        int columns = TensorTile.ColumnsOf(tile);
        int pitch = TensorTile.PatchPitchOf(tile);
        int patchPixels = TensorTile.PatchRowsOf(tile) * pitch;
        int pixelsPerRound = TensorTile.WarpRowsOf(tile) * TensorTile.WarpColumnsOf(tile) * 128 / SliceChannels(form);
        int up = flags & Upsample;
        int before = (flags & BottomRight) == 0 ? 1 : 0;
        for (int i = 0; i < count; i++)
        {
            int at = pixel + (i * pixelsPerRound);
            if (TensorTile.KernelSizeOf(tile) == 1)
            {
                carried[i] = VectorAccess.Load4(ref x[(Math.Min(firstColumn + at, width - 1) * inChannels) + start]);
                masks[i] = uint.MaxValue;
            }
            else
            {
                int row = (int)((uint)at / (uint)pitch);
                int column = at - (row * pitch);
                if (stride == 2) column = column <= columns ? 2 * column : (2 * (column - columns)) - 1;
                row += (firstRow * stride) - before;
                column += (firstColumn * stride) - before;
                bool inside = ((uint)row < (uint)(height << up)) & ((uint)column < (uint)(width << up)) & (at < patchPixels);
                carried[i] = VectorAccess.Load4(ref x[((inside ? ((row >> up) * width) + (column >> up) : 0) * inChannels) + start]);
                masks[i] = inside ? uint.MaxValue : 0;
            }
        }
    }

    /// <summary>Normalises, rounds and stores in shared memory what <see cref="Fetch"/> brought.</summary>
    private static void Store(
        ArrayView<uint> shared, ArrayView<Float4> carried, ArrayView<uint> masks, int count, ArrayView<float> factors, int pixel, int to, int factor, int inChannels, int form, int tile)
    {
        int pixelsPerRound = TensorTile.WarpRowsOf(tile) * TensorTile.WarpColumnsOf(tile) * 128 / SliceChannels(form);
        int patchPixels = TensorTile.PatchRowsOf(tile) * TensorTile.PatchPitchOf(tile);
        Float4 multiplier = default;
        Float4 offset = default;
        if ((form & NormalizeInput) != 0)
        {
            multiplier = VectorAccess.Load4(ref factors[factor]);
            offset = VectorAccess.Load4(ref factors[factor + inChannels]);
        }

        for (int i = 0; i < count; i++)
        {
            Float4 v = carried[i];
            if ((form & NormalizeInput) != 0)
            {
                v.X = Normalized(v.X, multiplier.X, offset.X, form);
                v.Y = Normalized(v.Y, multiplier.Y, offset.Y, form);
                v.Z = Normalized(v.Z, multiplier.Z, offset.Z, form);
                v.W = Normalized(v.W, multiplier.W, offset.W, form);
            }

            uint mask = masks[i];
            int at = to + (i * pixelsPerRound * RowWords);
            Registers4 words = default;
            if ((form & OperandMask) == Tf32Operand)
            {
                words.R0 = Interop.FloatAsInt(TensorCore.RoundToTf32(v.X)) & mask;
                words.R1 = Interop.FloatAsInt(TensorCore.RoundToTf32(v.Y)) & mask;
                words.R2 = Interop.FloatAsInt(TensorCore.RoundToTf32(v.Z)) & mask;
                words.R3 = Interop.FloatAsInt(TensorCore.RoundToTf32(v.W)) & mask;
                if (pixel + (i * pixelsPerRound) < patchPixels) VectorAccess.StoreBits4(ref shared[at], words);
            }
            else
            {
                words.R0 = Pack(v.X, v.Y, form) & mask;
                words.R1 = Pack(v.Z, v.W, form) & mask;
                if (pixel + (i * pixelsPerRound) < patchPixels) VectorAccess.StoreBits2(ref shared[at], new Registers2 { R0 = words.R0, R1 = words.R1 });
            }
        }
    }

    private static uint Pack(float low, float high, int form) =>
        (form & OperandMask) == BFloat16Operand ? TensorCore.PackBFloat16(low, high) : TensorCore.PackHalf(low, high);

    /// <summary>What the factors are multiplied by beforehand: half, where SiLU is h + h tanh h of h = u / 2.</summary>
    private static float FactorScale(int form) => (form & OperandMask) == BFloat16Operand && (form & SiluInput) != 0 ? 0.5f : 1;

    /// <summary>
    /// x m + o, and its SiLU if asked. In bfloat16 by the hyperbolic tangent, one instruction whose error of 2^-11 is a quarter of the operand's rounding.
    /// </summary>
    private static float Normalized(float x, float multiplier, float offset, int form)
    {
        float u = (x * multiplier) + offset;
        if ((form & SiluInput) == 0) return u;
        return (form & OperandMask) == BFloat16Operand ? (u * FastMath.Tanh(u)) + u : DeviceActivation.Silu(u);
    }
}
