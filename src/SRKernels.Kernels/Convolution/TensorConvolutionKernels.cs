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
/// read it there, each at its own shift. While one slice is multiplied, each thread carries some pixels of the next one through its registers. Weight slices
/// [output channel][64 bytes] of one tap come by cp.async, one barrier a tap.
/// Thread t fetches of every (threads / 4)th pixel, from pixel t % 8 + 8 (t / 32), the channels 4 (t / 8 % 4) .. + 3 and, of 32, also those 16 further;
/// warp w multiplies the pixels of part w / WarpColumns with the channels of part w % WarpColumns.
/// All accesses to shared memory are free of bank conflicts: eight neighbouring rows of 80 bytes start in eight different groups of four banks.
/// Limits: input channels in whole slices, output channels even, a tensor below 2^31 elements.
/// </remarks>
internal static class TensorConvolutionKernels
{
    // Operand types of products.
    internal const int BFloat16Operand = 0;
    internal const int HalfOperand = 1;
    internal const int Tf32Operand = 2;

    // Flags of a launch.
    internal const int Upsample = 1;
    internal const int NormalizeInput = 2;
    internal const int BottomRight = 4;
    internal const int AddResidual = 8;
    internal const int Partial = 16;
    internal const int ActivationShift = 8;
    internal const int SiluInput = 32;

    private const int RowWords = TensorTile.RowWords;

    /// <summary>Eight warps; two groups share a multiprocessor's registers.</summary>
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
    /// <param name="slicesPerSplit">How many slices of input channels one group sums.</param>
    /// <param name="operand">Operand type.</param>
    /// <param name="tile">Code of the tile.</param>
    [Kernel(Sm = 80, MaxThreads = 256, MinGroups = 2)]
    [Specialize(Values = [BFloat16Operand, TensorTile.Wide3x3])]
    [Specialize(Values = [HalfOperand, TensorTile.Wide3x3])]
    [Specialize(Values = [Tf32Operand, TensorTile.Wide3x3])]
    [Specialize(Values = [BFloat16Operand, TensorTile.Wide1x1])]
    [Specialize(Values = [HalfOperand, TensorTile.Wide1x1])]
    [Specialize(Values = [Tf32Operand, TensorTile.Wide1x1])]
    internal static void EightWarps(
        ArrayView<float> x, ArrayView<uint> weights, ArrayView<float> bias, ArrayView<float> residual, ArrayView<float> affine, ArrayView<float> y,
        int height, int width, int inChannels, int outChannels, int flags, int slicesPerSplit, SpecializedValue<int> operand, SpecializedValue<int> tile) =>
        Convolve(x, weights, bias, residual, affine, y, height, width, inChannels, outChannels, flags, slicesPerSplit, operand, tile);

    /// <summary>Four warps; three groups share a multiprocessor's registers. Parameters as those of <see cref="EightWarps"/>.</summary>
    [Kernel(Sm = 80, MaxThreads = 128, MinGroups = 3)]
    [Specialize(Values = [BFloat16Operand, TensorTile.Half3x3])]
    [Specialize(Values = [HalfOperand, TensorTile.Half3x3])]
    [Specialize(Values = [Tf32Operand, TensorTile.Half3x3])]
    [Specialize(Values = [BFloat16Operand, TensorTile.Small3x3])]
    [Specialize(Values = [HalfOperand, TensorTile.Small3x3])]
    [Specialize(Values = [Tf32Operand, TensorTile.Small3x3])]
    [Specialize(Values = [BFloat16Operand, TensorTile.Strided3x3])]
    [Specialize(Values = [HalfOperand, TensorTile.Strided3x3])]
    [Specialize(Values = [Tf32Operand, TensorTile.Strided3x3])]
    [Specialize(Values = [BFloat16Operand, TensorTile.Half1x1])]
    [Specialize(Values = [HalfOperand, TensorTile.Half1x1])]
    [Specialize(Values = [Tf32Operand, TensorTile.Half1x1])]
    [Specialize(Values = [BFloat16Operand, TensorTile.Small1x1])]
    [Specialize(Values = [HalfOperand, TensorTile.Small1x1])]
    [Specialize(Values = [Tf32Operand, TensorTile.Small1x1])]
    internal static void FourWarps(
        ArrayView<float> x, ArrayView<uint> weights, ArrayView<float> bias, ArrayView<float> residual, ArrayView<float> affine, ArrayView<float> y,
        int height, int width, int inChannels, int outChannels, int flags, int slicesPerSplit, SpecializedValue<int> operand, SpecializedValue<int> tile) =>
        Convolve(x, weights, bias, residual, affine, y, height, width, inChannels, outChannels, flags, slicesPerSplit, operand, tile);

    /// <summary>Sums the partial sums of the splits in order and finishes them. One thread makes two neighbouring channels of one pixel.</summary>
    [Kernel(MaxThreads = 256)]
    internal static void SumSplits(
        ArrayView<float> parts, ArrayView<float> bias, ArrayView<float> residual, ArrayView<float> y, int outChannels, int elements, int splits, int flags)
    {
        int at = ((Grid.IdxX * Group.DimX) + Group.IdxX) * 2;
        if (at >= elements) return;
        Float2 sum = VectorAccess.Load2(ref parts[at]);
        for (int split = 1; split < splits; split++)
        {
            Float2 part = VectorAccess.Load2(ref parts[(split * elements) + at]);
            sum.X += part.X;
            sum.Y += part.Y;
        }

        Finish(bias, residual, y, at, at % outChannels, flags, sum.X, sum.Y);
    }

    private static void Convolve(
        ArrayView<float> x, ArrayView<uint> weights, ArrayView<float> bias, ArrayView<float> residual, ArrayView<float> affine, ArrayView<float> y,
        int height, int width, int inChannels, int outChannels, int flags, int slicesPerSplit, int operand, int tile)
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
        int sliceChannels = operand == Tf32Operand ? 16 : 32;
        int pixelsPerRound = threads / 4;
        int rounds = (patchPixels + pixelsPerRound - 1) / pixelsPerRound;
        int roundsPerTap = RoundsPerTap(tile);

        ArrayView<uint> shared = SharedMemory.GetDynamic<uint>();
        ArrayView<Accumulator4> sums = LocalMemory.Allocate<Accumulator4>(rowBlocks * columnBlocks * 2);
        ArrayView<Registers4> left = LocalMemory.Allocate<Registers4>(rowBlocks);
        ArrayView<Float4> carried = LocalMemory.Allocate<Float4>(roundsPerTap * 2);
        ArrayView<uint> masks = LocalMemory.Allocate<uint>(roundsPerTap);
        for (int i = 0; i < rowBlocks * columnBlocks * 2; i++) sums[i] = default;

        int slices = inChannels / sliceChannels;
        int splits = (slices + slicesPerSplit - 1) / slicesPerSplit;
        int image = Grid.IdxZ / splits;
        int split = Grid.IdxZ % splits;
        int firstSlice = split * slicesPerSplit;
        int endSlice = Math.Min(firstSlice + slicesPerSplit, slices);
        int outHeight = OutExtent(height, flags, tile);
        int outWidth = OutExtent(width, flags, tile);
        int tilesAcross = (outWidth + columns - 1) / columns;
        int firstRow = Grid.IdxX / tilesAcross * TensorTile.RowsOf(tile);
        int firstColumn = Grid.IdxX % tilesAcross * columns;
        int firstChannel = Grid.IdxY * channels;
        int thread = Group.IdxX;
        int lane = thread % 32;
        int warp = thread / 32;

        // Where this thread's pixels and weights come from and go to.
        int myPixel = (thread % 8) + (8 * (thread / 32));
        int myPart = thread / 8 % 4;
        int toPatch = (myPixel * RowWords) + (myPart * (operand == Tf32Operand ? 4 : 2));
        int fromMap = (image * height * width * inChannels) + (firstSlice * sliceChannels) + (myPart * 4);
        int fromFactors = (image * 2 * inChannels) + (firstSlice * sliceChannels) + (myPart * 4);
        int stepWords = (outChannels + 63) / 64 * 64 * 16;
        int fromWeights = (firstSlice * taps * stepWords) + ((firstChannel + myPixel) * 16) + (myPart * 4);
        int toWeights = (2 * patchPixels * RowWords) + (myPixel * RowWords) + (myPart * 4);
        int steps = (endSlice - firstSlice) * taps;

        // Where this lane's rows of fragments begin.
        int rowOfWarp = warp / warpColumns * rowBlocks * 16;
        int leftAt = ((PatchPlace(rowOfWarp, tile) + PatchPlace(lane % 16, tile)) * RowWords) + (lane / 16 * 4);
        int columnOfWarp = warp % warpColumns * columnBlocks * 16;
        int rightAt = (2 * patchPixels * RowWords) + ((columnOfWarp + (lane / 16 * 8) + (lane % 8)) * RowWords) + (lane / 8 % 2 * 4);

        for (int s = 0; s < stages - 1; s++)
        {
            if (s < steps) CopyWeights(weights, shared, fromWeights + (s * stepWords), toWeights + (s * channels * RowWords), threads, channels);
            AsyncCopy.Commit();
        }

        for (int round = 0; round < rounds; round += roundsPerTap)
        {
            int pixel = myPixel + (round * pixelsPerRound);
            Fetch(x, carried, masks, firstRow, firstColumn, pixel, fromMap, height, width, inChannels, flags, operand, tile);
            Store(shared, carried, masks, affine, pixel, toPatch + (round * pixelsPerRound * RowWords), fromFactors, inChannels, flags, operand, tile);
        }

        int stage = 0;
        int patch = 0;
        int step = 0;
        for (int slice = firstSlice; slice < endSlice; slice++)
        {
            int otherPatch = (patchPixels * RowWords) - patch;
            fromMap += sliceChannels; // the next slice is on its way
            fromFactors += sliceChannels;
            for (int tap = 0; tap < taps; tap++)
            {
                AsyncCopy.Wait(stages - 2);
                Group.Barrier();
                if (step + stages - 1 < steps)
                {
                    int free = stage == 0 ? stages - 1 : stage - 1;
                    CopyWeights(weights, shared, fromWeights + ((step + stages - 1) * stepWords), toWeights + (free * channels * RowWords), threads, channels);
                }

                AsyncCopy.Commit();
                int round = tap * roundsPerTap;
                int pixel = myPixel + (round * pixelsPerRound);
                bool carries = slice + 1 < endSlice && round < rounds;
                if (carries) Fetch(x, carried, masks, firstRow, firstColumn, pixel, fromMap, height, width, inChannels, flags, operand, tile);
                int ky = tap / TensorTile.KernelSizeOf(tile);
                int kx = tap % TensorTile.KernelSizeOf(tile);
                int shift = TensorTile.StrideOf(tile) == 1 ? (ky * pitch) + kx : (ky * pitch) + (kx % 2 * (columns + 1)) + (kx / 2);
                int a = patch + leftAt + (shift * RowWords);
                int b = rightAt + (stage * channels * RowWords);
                for (int k = 0; k < 2; k++)
                {
                    for (int i = 0; i < rowBlocks; i++) left[i] = TensorCore.LoadMatrix4(ref shared[a + (k * 8) + (PatchPlace(16 * i, tile) * RowWords)]);
                    for (int j = 0; j < columnBlocks; j++)
                    {
                        Registers4 right = TensorCore.LoadMatrix4(ref shared[b + (k * 8) + (j * 16 * RowWords)]);
                        Registers2 first = new() { R0 = right.R0, R1 = right.R1 };
                        Registers2 second = new() { R0 = right.R2, R1 = right.R3 };
                        for (int i = 0; i < rowBlocks; i++)
                        {
                            int at = ((i * columnBlocks) + j) * 2;
                            sums[at] = Multiply(left[i], first, sums[at], operand);
                            sums[at + 1] = Multiply(left[i], second, sums[at + 1], operand);
                        }
                    }
                }

                if (carries)
                    Store(shared, carried, masks, affine, pixel, otherPatch + toPatch + (round * pixelsPerRound * RowWords), fromFactors, inChannels, flags, operand, tile);
                step++;
                stage = stage + 1 == stages ? 0 : stage + 1;
            }

            patch = otherPatch;
        }

        int images = Grid.DimZ / splits;
        int firstImage = (flags & Partial) != 0 ? (split * images) + image : image;
        int channel = firstChannel + columnOfWarp + (lane % 4 * 2);
        for (int i = 0; i < rowBlocks; i++)
        {
            for (int half = 0; half < 2; half++)
            {
                int pixel = rowOfWarp + (16 * i) + (8 * half) + (lane / 4);
                int row = firstRow + (pixel / columns);
                int column = firstColumn + (pixel % columns);
                if (row >= outHeight || column >= outWidth) continue;
                int to = (((((firstImage * outHeight) + row) * outWidth) + column) * outChannels) + channel;
                for (int j = 0; j < columnBlocks * 2; j++)
                {
                    if (channel + (8 * j) >= outChannels) continue;
                    Accumulator4 sum = sums[(i * columnBlocks * 2) + j];
                    Finish(bias, residual, y, to + (8 * j), channel + (8 * j), flags, half == 0 ? sum.C0 : sum.C2, half == 0 ? sum.C1 : sum.C3);
                }
            }
        }
    }

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

    private static Accumulator4 Multiply(Registers4 a, Registers2 b, Accumulator4 c, int operand)
    {
        if (operand == BFloat16Operand) return TensorCore.MultiplyAddBFloat16(a, b, c);
        if (operand == HalfOperand) return TensorCore.MultiplyAddHalf(a, b, c);
        return TensorCore.MultiplyAddTf32(a, b, c);
    }

    private static void CopyWeights(ArrayView<uint> weights, ArrayView<uint> shared, int from, int to, int threads, int channels)
    {
        for (int i = 0; i < channels * 4 / threads; i++)
            AsyncCopy.Copy16(ref shared[to + (i * threads / 4 * RowWords)], ref weights[from + (i * threads / 4 * 16)]);
    }

    /// <summary>
    /// Brings this thread's part of some pixels of one slice into registers. Outside the map it reads another pixel, without a branch, and the mask is 0.
    /// </summary>
    private static void Fetch(
        ArrayView<float> x, ArrayView<Float4> carried, ArrayView<uint> masks, int firstRow, int firstColumn, int pixel, int start,
        int height, int width, int inChannels, int flags, int operand, int tile)
    {
        int stride = TensorTile.StrideOf(tile);
        int columns = TensorTile.ColumnsOf(tile);
        int pitch = TensorTile.PatchPitchOf(tile);
        int patchPixels = TensorTile.PatchRowsOf(tile) * pitch;
        int pixelsPerRound = TensorTile.WarpRowsOf(tile) * TensorTile.WarpColumnsOf(tile) * 8;
        int up = flags & Upsample;
        int before = TensorTile.KernelSizeOf(tile) == 3 && (flags & BottomRight) == 0 ? 1 : 0;
        int rounds = RoundsPerTap(tile);
        for (int i = 0; i < rounds; i++)
        {
            int at = pixel + (i * pixelsPerRound);
            int row = (int)((uint)at / (uint)pitch);
            int column = at - (row * pitch);
            if (stride == 2) column = column <= columns ? 2 * column : (2 * (column - columns)) - 1;
            row += (firstRow * stride) - before;
            column += (firstColumn * stride) - before;
            bool inside = ((uint)row < (uint)(height << up)) & ((uint)column < (uint)(width << up)) & (at < patchPixels);
            int from = ((inside ? ((row >> up) * width) + (column >> up) : 0) * inChannels) + start;
            carried[2 * i] = VectorAccess.Load4(ref x[from]);
            if (operand != Tf32Operand) carried[(2 * i) + 1] = VectorAccess.Load4(ref x[from + 16]);
            masks[i] = inside ? uint.MaxValue : 0;
        }
    }

    /// <summary>Normalises, rounds and stores in shared memory what <see cref="Fetch"/> brought.</summary>
    private static void Store(
        ArrayView<uint> shared, ArrayView<Float4> carried, ArrayView<uint> masks, ArrayView<float> affine, int pixel, int to, int factor, int inChannels, int flags, int operand,
        int tile)
    {
        int pixelsPerRound = TensorTile.WarpRowsOf(tile) * TensorTile.WarpColumnsOf(tile) * 8;
        int patchPixels = TensorTile.PatchRowsOf(tile) * TensorTile.PatchPitchOf(tile);
        if ((flags & NormalizeInput) != 0)
        {
            Normalize(carried, 0, affine, factor, inChannels, flags, tile);
            if (operand != Tf32Operand) Normalize(carried, 1, affine, factor + 16, inChannels, flags, tile);
        }

        int rounds = RoundsPerTap(tile);
        for (int i = 0; i < rounds; i++)
        {
            if (pixel + (i * pixelsPerRound) >= patchPixels) continue;
            Float4 first = carried[2 * i];
            int at = to + (i * pixelsPerRound * RowWords);
            if (operand == Tf32Operand)
            {
                VectorAccess.StoreBits4(ref shared[at], new Registers4
                {
                    R0 = Interop.FloatAsInt(TensorCore.RoundToTf32(first.X)) & masks[i],
                    R1 = Interop.FloatAsInt(TensorCore.RoundToTf32(first.Y)) & masks[i],
                    R2 = Interop.FloatAsInt(TensorCore.RoundToTf32(first.Z)) & masks[i],
                    R3 = Interop.FloatAsInt(TensorCore.RoundToTf32(first.W)) & masks[i],
                });
            }
            else
            {
                Float4 second = carried[(2 * i) + 1];
                VectorAccess.StoreBits2(ref shared[at], new Registers2
                {
                    R0 = Pack(first.X, first.Y, operand) & masks[i],
                    R1 = Pack(first.Z, first.W, operand) & masks[i],
                });
                VectorAccess.StoreBits2(ref shared[at + 8], new Registers2
                {
                    R0 = Pack(second.X, second.Y, operand) & masks[i],
                    R1 = Pack(second.Z, second.W, operand) & masks[i],
                });
            }
        }
    }

    /// <summary>Rounds of fetching that a tap takes over, so that all of a patch is there after the last.</summary>
    private static int RoundsPerTap(int tile)
    {
        int pixelsPerRound = TensorTile.WarpRowsOf(tile) * TensorTile.WarpColumnsOf(tile) * 8;
        int rounds = ((TensorTile.PatchRowsOf(tile) * TensorTile.PatchPitchOf(tile)) + pixelsPerRound - 1) / pixelsPerRound;
        int taps = TensorTile.KernelSizeOf(tile) * TensorTile.KernelSizeOf(tile);
        return (rounds + taps - 1) / taps;
    }

    private static uint Pack(float low, float high, int operand) =>
        operand == BFloat16Operand ? TensorCore.PackBFloat16(low, high) : TensorCore.PackHalf(low, high);

    /// <summary>x m + o, and SiLU if asked; the channels of a thread have the same factors in every round.</summary>
    private static void Normalize(ArrayView<Float4> carried, int half, ArrayView<float> affine, int at, int inChannels, int flags, int tile)
    {
        Float4 multiplier = VectorAccess.Load4(ref affine[at]);
        Float4 offset = VectorAccess.Load4(ref affine[at + inChannels]);
        int rounds = RoundsPerTap(tile);
        for (int i = 0; i < rounds; i++)
        {
            Float4 v = carried[(2 * i) + half];
            v.X = (v.X * multiplier.X) + offset.X;
            v.Y = (v.Y * multiplier.Y) + offset.Y;
            v.Z = (v.Z * multiplier.Z) + offset.Z;
            v.W = (v.W * multiplier.W) + offset.W;
            if ((flags & SiluInput) != 0)
            {
                v.X = DeviceActivation.Silu(v.X);
                v.Y = DeviceActivation.Silu(v.Y);
                v.Z = DeviceActivation.Silu(v.Z);
                v.W = DeviceActivation.Silu(v.W);
            }

            carried[(2 * i) + half] = v;
        }
    }

    /// <summary>Two sums become outputs: bias, activation, residual. Partial sums are written as they are.</summary>
    private static void Finish(ArrayView<float> bias, ArrayView<float> residual, ArrayView<float> y, int to, int channel, int flags, float a, float b)
    {
        if ((flags & Partial) == 0)
        {
            Float2 start = VectorAccess.Load2(ref bias[channel]);
            a += start.X;
            b += start.Y;
            a = DeviceActivation.Apply((flags >> ActivationShift) & 3, a);
            b = DeviceActivation.Apply((flags >> ActivationShift) & 3, b);
            if ((flags & AddResidual) != 0)
            {
                Float2 rest = VectorAccess.Load2(ref residual[to]);
                a += rest.X;
                b += rest.Y;
            }
        }

        VectorAccess.Store2(ref y[to], new Float2 { X = a, Y = b });
    }
}
