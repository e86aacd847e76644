using ILGPU;
using ILGPU.Runtime;
using SRKernels.Kernels.Activations;
using SRKernels.Intrinsics;
using static SRKernels.Kernels.Convolution.TensorPatch;

namespace SRKernels.Kernels.Convolution;

/// <summary>
/// Convolution as a product on tensor cores: [pixels, taps x input channels] x [taps x input channels, output channels], sums in float.
/// </summary>
/// <remarks>
/// A group owns the output tile that its <see cref="TensorTile"/> says. The input channels come in slices of 64 bytes of operands (32 of 16 bits, 16 of tf32). A slice's
/// patch (the tile's pixels and their halo) is read once from memory as float, normalised if asked, rounded and stored in shared memory; all taps
/// read it there, each at its own shift; where a fragment is a row of the tile, it stays in registers for the three taps of a column. While one slice is multiplied, each thread carries pixels of the next one through its registers, from one step to the next:
/// what a step stores came during the step before. Weight slices [output channel][64 bytes] of one tap come by cp.async, one barrier a tap.
/// Warp w multiplies the pixels of part w / WarpColumns with the channels of part w % WarpColumns; who carries which pixels: <see cref="TensorPatch"/>.
/// Of 16 channels a lane has the sums of four neighbours (<see cref="TensorConvolution"/> packs the weights' rows so), which it stores at once.
/// All accesses to shared memory are free of bank conflicts: eight neighbouring rows of 80 bytes start in eight different groups of four banks.
/// The loop over taps is one straight piece: the assembler puts fetching, SiLU and rounding into the cycles between two products.
/// Limits: input channels in whole slices, output channels a multiple of 4, a tensor below 2^31 elements.
/// </remarks>
internal static class TensorConvolutionKernels
{
    // Operand types of products.
    internal const int BFloat16Operand = 0;
    internal const int HalfOperand = 1;
    internal const int Tf32Operand = 2;
    internal const int OperandMask = 3;

    // What is done to the input, added to the operand type: it makes another kernel, in which no branch keeps that work from going beside the products.
    internal const int NormalizeInput = 4;
    internal const int SiluInput = 8;

    // What is done to the output, likewise: the one activation that networks have behind a normalised 1x1 convolution. Others, and those behind splits, are the second kernel's.
    internal const int GeluOutput = 16;

    // Flags of a launch.
    internal const int Upsample = 1;
    internal const int BottomRight = 4;
    internal const int AddResidual = 8;
    internal const int Partial = 16;
    internal const int ActivationShift = 8;
    internal const int ResidualStrideShift = 16;

    internal const int RowWords = TensorTile.RowWords;
    private const int SplitsTogether = 10;

    /// <summary>Four warps of 64 x 64 each: half the reads of shared memory; two groups share a multiprocessor's registers.</summary>
    /// <param name="x">[n, height, width, inChannels].</param>
    /// <param name="weights">[slice][tap][output channel, a multiple of 64][64 bytes].</param>
    /// <param name="bias">[2 outChannels]: biases, then slopes.</param>
    /// <param name="residual">The output's shape, or anything without the flag.</param>
    /// <param name="affine">[n, 2 inChannels]: multipliers, then offsets; or anything without the flag.</param>
    /// <param name="y">The output; of partial sums one after another.</param>
    /// <param name="height">Input rows; 1 for a 1x1 convolution.</param>
    /// <param name="width">Input columns; for a 1x1 convolution all pixels of an image, or of all images.</param>
    /// <param name="inPair">Channels in, plus 65536 times the elements between pixels.</param>
    /// <param name="outPair">Channels out, plus 65536 times the elements between pixels.</param>
    /// <param name="flags">See the constants; plus 65536 times the elements between the residual's pixels.</param>
    /// <param name="slicesAndSplits">How many slices of input channels one group sums, times 65536, plus how many groups share a sum.</param>
    /// <param name="form">Operand type and what is done to the input.</param>
    /// <param name="tile">Code of the tile.</param>
    [Kernel(Sm = 80, MaxThreads = 128, MinGroups = 2)]
    [Specialize(Values = [BFloat16Operand, TensorTile.Large1x1])]
    [Specialize(Values = [BFloat16Operand | NormalizeInput, TensorTile.Large1x1])]
    [Specialize(Values = [BFloat16Operand | NormalizeInput | GeluOutput, TensorTile.Large1x1])]
    [Specialize(Values = [HalfOperand, TensorTile.Large1x1])]
    [Specialize(Values = [HalfOperand | NormalizeInput, TensorTile.Large1x1])]
    [Specialize(Values = [HalfOperand | NormalizeInput | GeluOutput, TensorTile.Large1x1])]
    [Specialize(Values = [Tf32Operand, TensorTile.Large1x1])]
    [Specialize(Values = [Tf32Operand | NormalizeInput, TensorTile.Large1x1])]
    [Specialize(Values = [Tf32Operand | NormalizeInput | GeluOutput, TensorTile.Large1x1])]
    internal static void LargeWarps(
        ArrayView<float> x, ArrayView<uint> weights, ArrayView<float> bias, ArrayView<float> residual, ArrayView<float> affine, ArrayView<float> y,
        int height, int width, int inPair, int outPair, int flags, int slicesAndSplits, SpecializedValue<int> form, SpecializedValue<int> tile) =>
        Convolve(x, weights, bias, residual, affine, y, height, width, inPair, outPair, flags, slicesAndSplits, form, tile);

    /// <summary>Eight warps of 64 x 64: the pixels of a tile are read once for twice as many channels. Parameters as those of <see cref="LargeWarps"/>.</summary>
    [Kernel(Sm = 80, MaxThreads = 256, MinGroups = 1)]
    [Specialize(Values = [BFloat16Operand, TensorTile.Wide1x1])]
    [Specialize(Values = [BFloat16Operand | NormalizeInput, TensorTile.Wide1x1])]
    [Specialize(Values = [BFloat16Operand | NormalizeInput | GeluOutput, TensorTile.Wide1x1])]
    [Specialize(Values = [HalfOperand, TensorTile.Wide1x1])]
    [Specialize(Values = [HalfOperand | NormalizeInput, TensorTile.Wide1x1])]
    [Specialize(Values = [HalfOperand | NormalizeInput | GeluOutput, TensorTile.Wide1x1])]
    [Specialize(Values = [Tf32Operand, TensorTile.Wide1x1])]
    [Specialize(Values = [Tf32Operand | NormalizeInput, TensorTile.Wide1x1])]
    [Specialize(Values = [Tf32Operand | NormalizeInput | GeluOutput, TensorTile.Wide1x1])]
    internal static void EightWarps(
        ArrayView<float> x, ArrayView<uint> weights, ArrayView<float> bias, ArrayView<float> residual, ArrayView<float> affine, ArrayView<float> y,
        int height, int width, int inPair, int outPair, int flags, int slicesAndSplits, SpecializedValue<int> form, SpecializedValue<int> tile) =>
        Convolve(x, weights, bias, residual, affine, y, height, width, inPair, outPair, flags, slicesAndSplits, form, tile);

    /// <summary>Four smaller warps; three groups share a multiprocessor's registers. Parameters as those of <see cref="LargeWarps"/>.</summary>
    [Kernel(Sm = 80, MaxThreads = 128, MinGroups = 3)]
    [Specialize(Values = [BFloat16Operand, TensorTile.Large3x3])]
    [Specialize(Values = [BFloat16Operand | NormalizeInput | SiluInput, TensorTile.Large3x3])]
    [Specialize(Values = [HalfOperand, TensorTile.Large3x3])]
    [Specialize(Values = [HalfOperand | NormalizeInput | SiluInput, TensorTile.Large3x3])]
    [Specialize(Values = [Tf32Operand, TensorTile.Large3x3])]
    [Specialize(Values = [Tf32Operand | NormalizeInput | SiluInput, TensorTile.Large3x3])]
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
    [Specialize(Values = [BFloat16Operand | NormalizeInput | GeluOutput, TensorTile.Half1x1])]
    [Specialize(Values = [HalfOperand, TensorTile.Half1x1])]
    [Specialize(Values = [HalfOperand | NormalizeInput, TensorTile.Half1x1])]
    [Specialize(Values = [HalfOperand | NormalizeInput | GeluOutput, TensorTile.Half1x1])]
    [Specialize(Values = [Tf32Operand, TensorTile.Half1x1])]
    [Specialize(Values = [Tf32Operand | NormalizeInput, TensorTile.Half1x1])]
    [Specialize(Values = [Tf32Operand | NormalizeInput | GeluOutput, TensorTile.Half1x1])]
    [Specialize(Values = [BFloat16Operand, TensorTile.Small1x1])]
    [Specialize(Values = [BFloat16Operand | NormalizeInput, TensorTile.Small1x1])]
    [Specialize(Values = [BFloat16Operand | NormalizeInput | GeluOutput, TensorTile.Small1x1])]
    [Specialize(Values = [HalfOperand, TensorTile.Small1x1])]
    [Specialize(Values = [HalfOperand | NormalizeInput, TensorTile.Small1x1])]
    [Specialize(Values = [HalfOperand | NormalizeInput | GeluOutput, TensorTile.Small1x1])]
    [Specialize(Values = [Tf32Operand, TensorTile.Small1x1])]
    [Specialize(Values = [Tf32Operand | NormalizeInput, TensorTile.Small1x1])]
    [Specialize(Values = [Tf32Operand | NormalizeInput | GeluOutput, TensorTile.Small1x1])]
    internal static void Warps(
        ArrayView<float> x, ArrayView<uint> weights, ArrayView<float> bias, ArrayView<float> residual, ArrayView<float> affine, ArrayView<float> y,
        int height, int width, int inPair, int outPair, int flags, int slicesAndSplits, SpecializedValue<int> form, SpecializedValue<int> tile) =>
        Convolve(x, weights, bias, residual, affine, y, height, width, inPair, outPair, flags, slicesAndSplits, form, tile);

    /// <summary>Sums the partial sums of the splits in order, ten on their way at once, and finishes them. One thread makes two neighbouring channels of one pixel.</summary>
    [Kernel(MaxThreads = 256)]
    internal static void SumSplits(
        ArrayView<float> parts, ArrayView<float> bias, ArrayView<float> residual, ArrayView<float> y, int outPair, int elements, int splits, int flags)
    {
        int outChannels = outPair & 0xffff;
        int at = ((Grid.IdxX * Group.DimX) + Group.IdxX) * 2;
        if (at >= elements) return;
        int pixel = at / outChannels;
        int channel = at - (pixel * outChannels);
        Float2 start = VectorAccess.Load2(ref bias[channel]);
        Float2 slopes = VectorAccess.Load2(ref bias[outChannels + channel]);
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
        sum.X = DeviceActivation.Apply(activation, sum.X + start.X, slopes.X);
        sum.Y = DeviceActivation.Apply(activation, sum.Y + start.Y, slopes.Y);
        if ((flags & AddResidual) != 0)
        {
            Float2 rest = VectorAccess.Load2(ref residual[(pixel * High(flags)) + channel]);
            sum.X += rest.X;
            sum.Y += rest.Y;
        }

        VectorAccess.Store2(ref y[(pixel * High(outPair)) + channel], sum);
    }

    private static void Convolve(
        ArrayView<float> x, ArrayView<uint> weights, ArrayView<float> bias, ArrayView<float> residual, ArrayView<float> affine, ArrayView<float> y,
        int height, int width, int inPair, int outPair, int flags, int slicesAndSplits, int form, int tile)
    {
        int inChannels = inPair & 0xffff;
        int inStride = High(inPair);
        int outChannels = outPair & 0xffff;
        int kernelSize = TensorTile.KernelSizeOf(tile);
        int taps = TensorTile.TapsOf(tile);
        int columns = TensorTile.ColumnsOf(tile);
        int channels = TensorTile.ChannelsOf(tile);
        int patchPixels = TensorTile.PatchPixelsOf(tile);
        int stages = TensorTile.StagesOf(tile);
        int warpColumns = TensorTile.WarpColumnsOf(tile);
        int threads = TensorTile.ThreadsOf(tile);
        int rowBlocks = TensorTile.RowBlocksOf(tile);
        int columnBlocks = TensorTile.ColumnBlocksOf(tile);
        int sliceChannels = SliceChannels(form);
        int rounds = Rounds(form, tile);
        int roundsPerTap = RoundsPerTap(form, tile);
        int tapsTogether = TensorTile.TapsTogether(tile);

        ArrayView<uint> shared = SharedMemory.GetDynamic<uint>().AsAligned(16);
        ArrayView<float> factors = SharedMemory.GetDynamic<float>();
        ArrayView<int> places = SharedMemory.GetDynamic<int>();
        ArrayView<Accumulator4> sums = LocalMemory.Allocate<Accumulator4>(rowBlocks * columnBlocks * 2);
        ArrayView<Registers4> left = LocalMemory.Allocate<Registers4>((rowBlocks + tapsTogether - 1) * 2);
        ArrayView<Registers4> right = LocalMemory.Allocate<Registers4>(columnBlocks * 2);
        ArrayView<Float4> starts = LocalMemory.Allocate<Float4>(columnBlocks);
        ArrayView<Float4> whole = LocalMemory.Allocate<Float4>(rounds);
        ArrayView<int> wholePlaces = LocalMemory.Allocate<int>(rounds);
        ArrayView<Float4> carried = LocalMemory.Allocate<Float4>(roundsPerTap);
        ArrayView<int> carriedPlaces = LocalMemory.Allocate<int>(roundsPerTap);

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
        int tileRow = kernelSize == 1 ? 0 : Quotient(Grid.IdxX, tilesAcross);
        int firstRow = tileRow * TensorTile.RowsOf(tile);
        int firstColumn = (Grid.IdxX - (tileRow * tilesAcross)) * columns;
        int firstChannel = Grid.IdxY * channels;
        int thread = Group.IdxX;
        int lane = thread & 31;
        int warp = thread >> 5;

        // Weights: this thread copies unit myUnit of 16 bytes of the rows myRow, myRow + threads / 4, ...
        int myRow = (thread & 7) + (8 * warp);
        int myUnit = (thread >> 3) & 3;
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
        int myChannel = (form & OperandMask) == Tf32Operand ? ((thread >> 3) & 3) * 4 : (thread & 7) * 4;
        int toPatch = (myPixel * RowWords) + ((form & OperandMask) == Tf32Operand ? myChannel : myChannel / 2);
        int fromMap = (image * height * width * inStride) + myChannel;
        int factorsAt = ((2 * patchPixels) + (stages * channels)) * RowWords;
        int placesAt = factorsAt + ((form & NormalizeInput) != 0 ? 2 * inChannels : 0);
        if (taps > 1)
        {
            for (int i = 0; i < (TensorTile.PlacesOf(tile) + threads - 1) / threads; i++)
            {
                int at = thread + (i * threads);
                if (at < TensorTile.PlacesOf(tile)) places[placesAt + at] = PlaceOf(at, firstRow, firstColumn, height, width, inStride, flags, tile);
            }

            Group.Barrier();
        }

        // What is needed at the end only waits in shared memory: registers are short in between.
        int keptAt = placesAt + TensorTile.PlacesOf(tile);
        if (thread == 0)
        {
            int firstImage = (flags & Partial) != 0 ? (split * Quotient(Grid.DimZ, splits)) + image : image;
            places[keptAt] = firstRow;
            places[keptAt + 1] = firstColumn;
            places[keptAt + 2] = firstImage * outHeight * outWidth;
            places[keptAt + 3] = firstChannel;
        }

        placesAt += myPixel;
        Fetch(x, whole, wholePlaces, rounds, places, placesAt, firstColumn + myPixel, fromMap + (firstSlice * sliceChannels), width, inStride, form, tile);
        int columnOfWarp = (int)((uint)warp % (uint)warpColumns) * columnBlocks * 16;
        int channel = firstChannel + columnOfWarp + ((lane & 3) * 4);
        for (int j = 0; j < columnBlocks; j++) starts[j] = VectorAccess.Load4(ref bias[Math.Min(channel + (16 * j), outChannels - 4)]);
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
        Store(shared, whole, wholePlaces, rounds, factors, myPixel, toPatch, factorsAt + (firstSlice * sliceChannels), inChannels, form, tile);
        for (int i = 0; i < roundsPerTap; i++)
        {
            carried[i] = default;
            carriedPlaces[i] = -1;
        }

        if (taps == 1)
        {
            int next = Math.Min(firstSlice + 1, endSlice - 1) * sliceChannels;
            Fetch(x, carried, carriedPlaces, roundsPerTap, places, placesAt, firstColumn + myPixel, fromMap + next, width, inStride, form, tile);
        }

        // Where this lane's rows of fragments begin.
        int rowOfWarp = (int)((uint)warp / (uint)warpColumns) * rowBlocks * 16;
        int leftAt = ((PatchPlace(rowOfWarp, tile) + PatchPlace(lane & 15, tile)) * RowWords) + ((lane >> 4) * 4);
        int rightAt = (2 * patchPixels * RowWords) + ((columnOfWarp + ((lane >> 4) * 8) + (lane & 7)) * RowWords) + (((lane >> 3) & 1) * 4);

        // Sums begin with the bias; those that a second kernel finishes, with 0.
        float begin = (flags & Partial) != 0 ? 0f : 1f;
        for (int i = 0; i < rowBlocks * columnBlocks; i++)
        {
            Float4 start = starts[i % columnBlocks];
            sums[2 * i] = new Accumulator4 { C0 = start.X * begin, C1 = start.Y * begin, C2 = start.X * begin, C3 = start.Y * begin };
            sums[(2 * i) + 1] = new Accumulator4 { C0 = start.Z * begin, C1 = start.W * begin, C2 = start.Z * begin, C3 = start.W * begin };
        }

        int stage = 0;
        int free = (stages - 1) * channels * RowWords;
        int patch = 0;
        int nextWeights = fromWeights + (Math.Min(stages - 1, steps - 1) * stepWords);
        int lastWeights = fromWeights + ((steps - 1) * stepWords);
        for (int slice = firstSlice; slice < endSlice; slice++)
        {
            int otherPatch = (patchPixels * RowWords) - patch;
            for (int group = 0; group < taps / tapsTogether; group++)
            {
                int kx = tapsTogether == 1 ? group / kernelSize : group;
                Tap(
                    shared, x, weights, factors, places, left, right, sums, carried, carriedPlaces, 0, kx, tapsTogether == 1 ? group - (kx * kernelSize) : 0, slice, endSlice, nextWeights, toWeights + free, patch + leftAt,
                    rightAt + stage, otherPatch + toPatch, myPixel, factorsAt, placesAt, firstColumn, fromMap, width, inPair, form, tile);
                free = stage;
                stage = StageAfter(stage, tile);
                nextWeights = Math.Min(nextWeights + stepWords, lastWeights);
                if (tapsTogether == 1) continue;

                Tap(
                    shared, x, weights, factors, places, left, right, sums, carried, carriedPlaces, 1, kx, 1, slice, endSlice, nextWeights, toWeights + free, patch + leftAt,
                    rightAt + stage, otherPatch + toPatch, myPixel, factorsAt, placesAt, firstColumn, fromMap, width, inPair, form, tile);
                free = stage;
                stage = StageAfter(stage, tile);
                nextWeights = Math.Min(nextWeights + stepWords, lastWeights);
                Tap(
                    shared, x, weights, factors, places, left, right, sums, carried, carriedPlaces, 2, kx, 2, slice, endSlice, nextWeights, toWeights + free, patch + leftAt,
                    rightAt + stage, otherPatch + toPatch, myPixel, factorsAt, placesAt, firstColumn, fromMap, width, inPair, form, tile);
                free = stage;
                stage = StageAfter(stage, tile);
                nextWeights = Math.Min(nextWeights + stepWords, lastWeights);
            }

            patch = otherPatch;
        }

        AsyncCopy.Wait(0); // the last ones brought nothing new
        firstRow = places[keptAt];
        firstColumn = places[keptAt + 1];
        channel = places[keptAt + 3] + columnOfWarp + ((lane & 3) * 4);
        int firstPixel = places[keptAt + 2];
        // Behind a branch on what the launch says too: as one piece with what follows it, the assembler would work on all sums at once and run out of registers.
        if ((form & GeluOutput) != 0 && ((flags >> ActivationShift) & 3) == (int)Activation.GeluErf) Activate(sums, rowBlocks * columnBlocks * 2);

        // Half a block is eight pixels, of which a lane has one. Some at a time: the residual of all of them is asked for before the first is needed.
        bool leaks = ((flags >> ActivationShift) & 3) == (int)Activation.LeakyRelu && (flags & Partial) == 0;
        int together = Math.Min(rowBlocks * 2, 16 / columnBlocks);
        ArrayView<Float4> rest = LocalMemory.Allocate<Float4>(together * columnBlocks);
        ArrayView<int> outPlaces = LocalMemory.Allocate<int>(together);
        for (int first = 0; first < rowBlocks * 2; first += together)
        {
            for (int i = 0; i < together; i++)
            {
                int pixel = rowOfWarp + (8 * (first + i)) + (lane >> 2);
                int row = firstRow + (int)((uint)pixel / (uint)columns);
                int column = firstColumn + (int)((uint)pixel % (uint)columns);
                outPlaces[i] = (row < outHeight) & (column < outWidth) ? firstPixel + (row * outWidth) + column : -1;
            }

            for (int i = 0; i < together * columnBlocks; i++) rest[i] = default;
            if ((flags & AddResidual) != 0 && (flags & Partial) == 0)
            {
                for (int i = 0; i < together; i++)
                    for (int j = 0; j < columnBlocks; j++)
                        rest[(i * columnBlocks) + j] = VectorAccess.Load4(ref residual[(Math.Max(outPlaces[i], 0) * High(flags)) + Math.Min(channel + (16 * j), outChannels - 4)]);
            }

            for (int i = 0; i < together; i++)
            {
                for (int j = 0; j < columnBlocks; j++)
                {
                    int at = ((first + i) / 2 * columnBlocks * 2) + (2 * j);
                    Accumulator4 low = sums[at];
                    Accumulator4 high = sums[at + 1];
                    Float4 value = default;
                    value.X = (first + i) % 2 == 0 ? low.C0 : low.C2;
                    value.Y = (first + i) % 2 == 0 ? low.C1 : low.C3;
                    value.Z = (first + i) % 2 == 0 ? high.C0 : high.C2;
                    value.W = (first + i) % 2 == 0 ? high.C1 : high.C3;
                    if (leaks) value = Conv2dQuads.LeakyRelu(value, VectorAccess.Load4(ref bias[outChannels + Math.Min(channel + (16 * j), outChannels - 4)]));
                    value = Conv2dQuads.Sum(value, rest[(i * columnBlocks) + j]);
                    if ((outPlaces[i] >= 0) & (channel + (16 * j) < outChannels)) VectorAccess.Store4(ref y[(outPlaces[i] * High(outPair)) + channel + (16 * j)], value);
                }
            }
        }
    }

    /// <summary>
    /// One tap of one slice. Where three taps of a column of the kernel stand together, the fragments of pixels stay in registers from one to the next: the rows that tap ky + 1 reads are those
    /// of tap ky but for one.
    /// </summary>
    private static void Tap(
        ArrayView<uint> shared, ArrayView<float> x, ArrayView<uint> weights, ArrayView<float> factors, ArrayView<int> places, ArrayView<Registers4> left, ArrayView<Registers4> right,
        ArrayView<Accumulator4> sums, ArrayView<Float4> carried, ArrayView<int> carriedPlaces, int kept, int kx, int ky, int slice, int endSlice, int nextWeights, int toWeights, int pixelsAt,
        int channelsAt, int toPatch, int myPixel, int factorsAt, int placesAt, int firstColumn, int fromMap, int width, int inPair, int form, int tile)
    {
        int kernelSize = TensorTile.KernelSizeOf(tile);
        int taps = TensorTile.TapsOf(tile);
        int columns = TensorTile.ColumnsOf(tile);
        int pitch = TensorTile.PatchPitchOf(tile);
        int channels = TensorTile.ChannelsOf(tile);
        int roundsPerTap = RoundsPerTap(form, tile);
        AsyncCopy.Wait(TensorTile.StagesOf(tile) - 2);
        Group.Barrier();
        CopyWeights(weights, shared, nextWeights, toWeights, TensorTile.ThreadsOf(tile), channels);
        AsyncCopy.Commit();
        int tap = (kx * kernelSize) + ky;
        int shift = TensorTile.StrideOf(tile) == 1 ? (ky * pitch) + kx : (ky * pitch) + (kx % 2 * (columns + 1)) + (kx / 2);
        int a = pixelsAt + (shift * RowWords);
        LoadFragments(shared, left, right, kept, 0, a, channelsAt, tile);
        MultiplyFragments(left, right, sums, kept, 0, form, tile);
        LoadFragments(shared, left, right, kept, 1, a + 8, channelsAt + 8, tile);

        // What came during the last step goes to shared memory, and more is asked for: no branch, so that the assembler puts it between the products. The first of several taps stores nothing.
        int pixel = taps == 1 ? myPixel : myPixel + ((tap == 0 ? taps - 1 : tap - 1) * roundsPerTap * PixelsPerRound(form, tile));
        int channel = Math.Min(slice + 1, endSlice - 1) * SliceChannels(form);
        Store(shared, carried, carriedPlaces, roundsPerTap, factors, pixel, toPatch + ((pixel - myPixel) * RowWords), factorsAt + channel, inPair & 0xffff, form, tile);
        pixel = tap * roundsPerTap * PixelsPerRound(form, tile);
        channel = Math.Min(slice + (taps == 1 ? 2 : 1), endSlice - 1) * SliceChannels(form);
        Fetch(x, carried, carriedPlaces, roundsPerTap, places, placesAt + pixel, firstColumn + myPixel + pixel, fromMap + channel, width, High(inPair), form, tile);
        MultiplyFragments(left, right, sums, kept, 1, form, tile);
    }

    /// <summary>The warp's fragments of half a slice: of pixels those that are not kept from the tap before.</summary>
    private static void LoadFragments(ArrayView<uint> shared, ArrayView<Registers4> left, ArrayView<Registers4> right, int kept, int k, int pixelsAt, int channelsAt, int tile)
    {
        int rowBlocks = TensorTile.RowBlocksOf(tile);
        int columnBlocks = TensorTile.ColumnBlocksOf(tile);
        int rowsKept = rowBlocks + TensorTile.TapsTogether(tile) - 1;
        for (int i = kept == 0 ? 0 : rowBlocks - 1; i < rowBlocks; i++)
            left[(k * rowsKept) + kept + i] = TensorCore.LoadMatrix4(ref shared[pixelsAt + (PatchPlace(16 * i, tile) * RowWords)]);
        for (int j = 0; j < columnBlocks; j++) right[(k * columnBlocks) + j] = TensorCore.LoadMatrix4(ref shared[channelsAt + (j * 16 * RowWords)]);
    }

    private static void MultiplyFragments(ArrayView<Registers4> left, ArrayView<Registers4> right, ArrayView<Accumulator4> sums, int kept, int k, int form, int tile)
    {
        int rowBlocks = TensorTile.RowBlocksOf(tile);
        int columnBlocks = TensorTile.ColumnBlocksOf(tile);
        int rowsKept = rowBlocks + TensorTile.TapsTogether(tile) - 1;
        for (int i = 0; i < rowBlocks; i++)
        {
            for (int j = 0; j < columnBlocks; j++)
            {
                Registers4 pair = right[(k * columnBlocks) + j];
                Registers4 rows = left[(k * rowsKept) + kept + i];
                int at = ((i * columnBlocks) + j) * 2;
                sums[at] = Multiply(rows, new Registers2 { R0 = pair.R0, R1 = pair.R1 }, sums[at], form);
                sums[at + 1] = Multiply(rows, new Registers2 { R0 = pair.R2, R1 = pair.R3 }, sums[at + 1], form);
            }
        }
    }

    private static int StageAfter(int stage, int tile)
    {
        int words = TensorTile.ChannelsOf(tile) * RowWords;
        return stage + words == TensorTile.StagesOf(tile) * words ? 0 : stage + words;
    }

    private static void Activate(ArrayView<Accumulator4> sums, int count)
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

    /// <summary>x / d of small numbers: grids have fewer than 2^20 groups, so the approximate reciprocal is near enough, at a fifth of a division's latency.</summary>
    private static int Quotient(int x, int d) => (int)((x + 0.5f) * FastMath.Rcp(d));

    /// <summary>The upper 16 bits.</summary>
    private static int High(int pair) => (int)((uint)pair >> 16);

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
        return ((int)((uint)pixel / (uint)columns) * TensorTile.PatchPitchOf(tile) * TensorTile.StrideOf(tile)) + (int)((uint)pixel % (uint)columns);
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
}
