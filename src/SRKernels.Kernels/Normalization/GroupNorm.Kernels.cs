using ILGPU;
using ILGPU.Runtime;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Gpu;
using SRKernels.Intrinsics;

namespace SRKernels.Kernels.Normalization;

/*
 * Statistics, then y = f((x - mean) factor + offset), x [n, h, w, c] in fp32.
 *   OneGroupPerNorm    small maps: one group of threads reads a norm's channels of an image and writes their affine numbers. Any c.
 *   SlabMoments        large maps: one group of threads reads a slab of pixels with all their channels, in full lines, and writes the moments
 *                      of every norm; MergeSlabs puts them together, one group of threads a norm.
 *   GroupNormSerialKernels.OneThreadPerNorm    where barriers are dear.
 *   FourPixelsPerThread, OneElementPerThread    the elementwise end.
 * No sum of squares ever meets a large mean: a thread sums x - shift and (x - shift)^2, shift = its own first value; threads are put together
 * by their means and squared deviations (Chan et al. 1979), means counted from one value of the norm (origin), in a fixed order. So the mean is
 * origin + a small rest, and what its rounding to fp32 leaves goes into the offset.
 * Bound by memory: x is read twice (the second time, where it fits, from L2) and y written once.
 */
internal static class GroupNormKernels
{
    internal const int NormThreads = 512;
    internal const int SlabThreads = 256;
    internal const int PixelsPerThread = 4;
    private const int LanesPerNorm = 8;
    private const int Loads = 4;

    /// <summary>
    /// Grid: norms x images. Thread t takes the elements t, t + 512, .. of the norm, counted over its channels, then over the pixels; four loads
    /// are on their way at once.
    /// </summary>
    [Kernel(MaxThreads = NormThreads)]
    public static void OneGroupPerNorm(
        ArrayView<float> x, ArrayView<float> gamma, ArrayView<float> beta, ArrayView<float> scaleShift, ArrayView<float> affine, int pixels, int c,
        int size, int pixelsOn, float each, float eps, int scaled, int centred)
    {
        ArrayView<float> values = LocalMemory.Allocate<float>(Loads);
        int total = pixels * size;
        int thread = Group.IdxX;
        ChannelNumbers numbers = NumbersOf(thread, size, gamma, beta, scaleShift, c, scaled); // early: nothing waits for them
        int first = (Grid.IdxY * pixels * c) + (Grid.IdxX * size);
        float origin = x[first];
        int pixel = (int)((uint)thread / (uint)size);
        int channel = thread - (pixel * size);
        int start = thread < total ? first + (pixel * c) + channel : first;
        int at = start;
        int channelsOn = NormThreads - (pixelsOn * size); // 512 elements on, up to a carry into the pixel
        int next = (pixelsOn * c) + channelsOn;
        float shift = x[start];
        float sum = 0;
        float squares = 0;
        for (int from = thread; from < total; from += Loads * NormThreads)
        {
            for (int k = 0; k < Loads; k++)
            {
                values[k] = x[from + (k * NormThreads) < total ? at : start]; // the thread's first adds nothing
                at += next;
                channel += channelsOn;
                if (channel < size) continue;
                channel -= size;
                at += c - size;
            }

            for (int k = 0; k < Loads; k++)
            {
                float d = values[k] - shift;
                sum += d;
                squares += d * d;
            }
        }

        float count = thread < total ? (total - thread + NormThreads - 1) / NormThreads : 0;
        float rest = count > 0 ? FastMath.Divide(sum, count) : 0;
        float mean = (shift - origin) + rest;
        float average = SumOverGroup(mean * count, NormThreads / 32) * each;
        float apart = mean - average;
        float variance = SumOverGroup((squares - (sum * rest)) + (count * apart * apart), NormThreads / 32) * each;
        WriteAffine(numbers, gamma, beta, scaleShift, affine, origin, average, variance, c, size, NormThreads, eps, scaled, centred);
    }

    /// <summary>
    /// Grid: slabs x images. c / 4 threads read a pixel, rows pixels are read at a time: thread t has the channels 4 (t % (c / 4)) .. + 3 of the
    /// slab's pixels t / (c / 4), + rows, + 2 rows, ... Then eight threads put a norm together from what the rows found in its channels.
    /// moments: three planes [images, norms, slabs]: origin, mean - origin, sum of squared deviations. c is a multiple of 4, at most 1024; the
    /// threads are a multiple of 32.
    /// </summary>
    [Kernel(MaxThreads = SlabThreads)]
    public static void SlabMoments(
        ArrayView<float> x, ArrayView<float> moments, int pixels, int c, int norms, int size, int rows, int slabPixels)
    {
        ArrayView<Float4> wideMeans = SharedMemory.Allocate<Float4>(SlabThreads);
        ArrayView<Float4> wideDeviations = SharedMemory.Allocate<Float4>(SlabThreads);
        ArrayView<Float4> values = LocalMemory.Allocate<Float4>(Loads);
        ArrayView<Float4> wide = x.AsAligned(16).Cast<Float4>();
        int thread = Group.IdxX;
        int quads = c / 4;
        int row = (int)((uint)thread / (uint)quads);
        int channel = (thread - (row * quads)) * 4;
        int pixel = Grid.IdxX * slabPixels;
        int count = Math.Min(slabPixels, pixels - pixel);
        int first = ((Grid.IdxY * pixels) + pixel) * c;
        // Rows of threads below extra have one pixel more than the others.
        int full = (int)((uint)count / (uint)rows);
        int extra = count - (full * rows);
        if (row < rows && row < count)
        {
            int start = (first / 4) + thread;
            int at = start;
            Float4 shift = wide[start];
            int normX = (int)((uint)channel / (uint)size) * size;
            int normY = channel + 1 == normX + size ? normX + size : normX;
            int normZ = channel + 2 == normY + size ? normY + size : normY;
            int normW = channel + 3 == normZ + size ? normZ + size : normZ;
            float originX = x[first + normX];
            float originY = x[first + normY];
            float originZ = x[first + normZ];
            float originW = x[first + normW];
            Float4 sum = default;
            Float4 squares = default;
            for (int p = row + rows; p < count; p += Loads * rows)
            {
                for (int k = 0; k < Loads; k++)
                {
                    at += rows * quads;
                    values[k] = wide[p + (k * rows) < count ? at : start]; // the thread's first adds nothing
                }

                for (int k = 0; k < Loads; k++)
                {
                    Float4 v = values[k];
                    v.X -= shift.X;
                    v.Y -= shift.Y;
                    v.Z -= shift.Z;
                    v.W -= shift.W;
                    sum.X += v.X;
                    sum.Y += v.Y;
                    sum.Z += v.Z;
                    sum.W += v.W;
                    squares.X += v.X * v.X;
                    squares.Y += v.Y * v.Y;
                    squares.Z += v.Z * v.Z;
                    squares.W += v.W * v.W;
                }
            }

            float each = FastMath.Rcp(row < extra ? full + 1 : full);
            wideMeans[thread] = new Float4
            {
                X = (shift.X - originX) + (sum.X * each), Y = (shift.Y - originY) + (sum.Y * each), Z = (shift.Z - originZ) + (sum.Z * each),
                W = (shift.W - originW) + (sum.W * each),
            };
            wideDeviations[thread] = new Float4
            {
                X = squares.X - (sum.X * sum.X * each), Y = squares.Y - (sum.Y * sum.Y * each), Z = squares.Z - (sum.Z * sum.Z * each),
                W = squares.W - (sum.W * sum.W * each),
            };
        }

        Group.Barrier();
        ArrayView<float> means = wideMeans.Cast<float>();
        ArrayView<float> deviations = wideDeviations.Cast<float>();
        int used = Math.Min(rows, count);
        int lane = thread % LanesPerNorm;
        int plane = norms * Grid.DimX * Grid.DimY;
        int firstRow = (int)((uint)lane / (uint)size);
        int rowsOn = (int)((uint)LanesPerNorm / (uint)size); // eight entries on, up to a carry into the row
        int channelsOn = LanesPerNorm - (rowsOn * size);
        for (int from = 0; from < norms; from += Group.DimX / LanesPerNorm)
        {
            int norm = from + (thread / LanesPerNorm);
            int mine = Math.Min(norm, norms - 1) * size; // every lane takes part in the sums
            int r = firstRow;
            int i = lane - (firstRow * size);
            float sum = 0;
            float squares = 0;
            while (r < used)
            {
                float mean = means[(r * c) + mine + i];
                float weighted = (r < extra ? full + 1 : full) * mean;
                sum += weighted;
                squares += (weighted * mean) + deviations[(r * c) + mine + i];
                r += rowsOn;
                i += channelsOn;
                if (i < size) continue;
                i -= size;
                r++;
            }

            sum = SumOverLanes(sum);
            squares = SumOverLanes(squares);
            if (lane == 0 && norm < norms)
            {
                int to = (((Grid.IdxY * norms) + norm) * Grid.DimX) + Grid.IdxX;
                float average = FastMath.Divide(sum, count * size);
                moments[to] = x[first + mine];
                moments[to + plane] = average;
                moments[to + (2 * plane)] = squares - (sum * average); // means count from a value of the slab, so this cancels little
            }
        }
    }

    /// <summary>Grid: norms x images. Thread t merges the slabs t, t + 256, ..; then all of them are put together.</summary>
    [Kernel(MaxThreads = SlabThreads)]
    public static void MergeSlabs(
        ArrayView<float> moments, ArrayView<float> gamma, ArrayView<float> beta, ArrayView<float> scaleShift, ArrayView<float> affine, int slabs,
        int slabPixels, int pixels, int c, int size, float eps, int scaled, int centred)
    {
        ChannelNumbers numbers = NumbersOf(Group.IdxX, size, gamma, beta, scaleShift, c, scaled); // early: nothing waits for them
        int first = ((Grid.IdxY * Grid.DimX) + Grid.IdxX) * slabs;
        int plane = Grid.DimX * Grid.DimY * slabs;
        float origin = moments[first];
        float start = moments[first + plane]; // the first slab's mean - origin: no slab is many deviations away from it
        float sum = 0;
        float squares = 0;
        for (int s = Group.IdxX; s < slabs; s += SlabThreads)
        {
            float mean = (moments[first + s] - origin) + (moments[first + s + plane] - start);
            float weighted = Math.Min(slabPixels, pixels - (s * slabPixels)) * mean;
            sum += weighted;
            squares += (weighted * size * mean) + moments[first + s + (2 * plane)];
        }

        float average = FastMath.Divide(SumOverGroup(sum, SlabThreads / 32), pixels);
        float variance = FastMath.Divide(SumOverGroup(squares, SlabThreads / 32), (float)pixels * size) - (average * average);
        WriteAffine(numbers, gamma, beta, scaleShift, affine, origin, start + average, variance, c, size, SlabThreads, eps, scaled, centred);
    }

    /// <summary>
    /// Grid: .. x images. The four channels of a pixel are an item; thread i has the items i, i + step, i + 2 step and i + 3 step of the image. A step
    /// is whole pixels, so these are the same channels. c is a multiple of 4.
    /// </summary>
    [Kernel(MaxThreads = ElementwiseQuads.Threads)]
    [Specialize(Values = [0])]
    [Specialize(Values = [1])]
    [Specialize(Values = [2])]
    public static void FourPixelsPerThread(
        ArrayView<float> x, ArrayView<float> affine, ArrayView<float> y, int items, int step, int quads, SpecializedValue<int> activation)
    {
        ArrayView<Float4> values = LocalMemory.Allocate<Float4>(PixelsPerThread);
        int i = (Grid.IdxX * ElementwiseQuads.Threads) + Group.IdxX;
        if (i >= step) return;
        ArrayView<Float4> from = x.AsAligned(16).Cast<Float4>();
        ArrayView<Float4> to = y.AsAligned(16).Cast<Float4>();
        ArrayView<Float4> numbers = affine.AsAligned(16).Cast<Float4>();
        int image = Grid.IdxY * items;
        for (int k = 0; k < PixelsPerThread; k++) values[k] = from[image + Math.Min(i + (k * step), items - 1)];
        int at = (Grid.IdxY * 3 * quads) + (int)((uint)i % (uint)quads);
        Float4 mean = numbers[at];
        Float4 factor = numbers[at + quads];
        Float4 offset = numbers[at + (2 * quads)];
        for (int k = 0; k < PixelsPerThread; k++)
        {
            if (i + (k * step) >= items) continue;
            to[image + i + (k * step)] = new Float4
            {
                X = DeviceActivation.Apply(activation, ((values[k].X - mean.X) * factor.X) + offset.X),
                Y = DeviceActivation.Apply(activation, ((values[k].Y - mean.Y) * factor.Y) + offset.Y),
                Z = DeviceActivation.Apply(activation, ((values[k].Z - mean.Z) * factor.Z) + offset.Z),
                W = DeviceActivation.Apply(activation, ((values[k].W - mean.W) * factor.W) + offset.W),
            };
        }
    }

    /// <summary>For c that is no multiple of 4.</summary>
    [Kernel(MaxThreads = ElementwiseQuads.Threads)]
    [Specialize(Values = [0])]
    [Specialize(Values = [1])]
    [Specialize(Values = [2])]
    public static void OneElementPerThread(
        ArrayView<float> x, ArrayView<float> affine, ArrayView<float> y, int items, int c, SpecializedValue<int> activation)
    {
        int i = (Grid.IdxX * ElementwiseQuads.Threads) + Group.IdxX;
        if (i >= items) return;
        int at = (Grid.IdxY * 3 * c) + (int)((uint)i % (uint)c);
        int place = (Grid.IdxY * items) + i;
        y[place] = DeviceActivation.Apply(activation, ((x[place] - affine[at]) * affine[at + c]) + affine[at + (2 * c)]);
    }

    /// <summary>What a channel brings beside the statistics: the norm's channel <paramref name="i"/>, if there is one.</summary>
    internal static ChannelNumbers NumbersOf(
        int i, int size, ArrayView<float> gamma, ArrayView<float> beta, ArrayView<float> scaleShift, int c, int scaled)
    {
        int channel = (Grid.IdxX * size) + Math.Min(i, size - 1);
        float factor = gamma[channel];
        float offset = beta[channel];
        if (scaled != 0)
        {
            float scale = 1 + scaleShift[(Grid.IdxY * 2 * c) + channel];
            factor *= scale;
            offset = (offset * scale) + scaleShift[(Grid.IdxY * 2 * c) + c + channel];
        }

        return new ChannelNumbers { Factor = factor, Offset = offset };
    }

    /// <summary>
    /// What does not depend on the pixel, for the norm's channels: centred [n, 3, c] mean, factor, offset; else [n, 2, c] with the mean in the
    /// offset. Thread t has the channels t, t + threads, ..
    /// </summary>
    internal static void WriteAffine(
        ChannelNumbers numbers, ArrayView<float> gamma, ArrayView<float> beta, ArrayView<float> scaleShift, ArrayView<float> affine, float origin,
        float average, float variance, int c, int size, int threads, float eps, int scaled, int centred)
    {
        float mean = origin + average;
        float rest = (origin - mean) + average; // what the sum lost
        float inverse = FastMath.Rsqrt(Math.Max(variance, 0) + eps);
        int i = Group.IdxX;
        while (i < size)
        {
            int to = (Grid.IdxY * (2 + centred) * c) + (Grid.IdxX * size) + i;
            float factor = inverse * numbers.Factor;
            float offset = numbers.Offset - (rest * factor);
            if (centred != 0)
            {
                affine[to] = mean;
                affine[to + c] = factor;
                affine[to + (2 * c)] = offset;
            }
            else
            {
                affine[to] = factor;
                affine[to + c] = offset - (mean * factor);
            }

            i += threads;
            numbers = NumbersOf(i, size, gamma, beta, scaleShift, c, scaled);
        }
    }

    private static float SumOverLanes(float value)
    {
        value += Warp.ShuffleXor(value, 4);
        value += Warp.ShuffleXor(value, 2);
        return value + Warp.ShuffleXor(value, 1);
    }

    /// <summary>The sum over all threads, for each of them.</summary>
    private static float SumOverGroup(float value, int warps)
    {
        ArrayView<float> room = SharedMemory.Allocate<float>(32);
        value += Warp.ShuffleXor(value, 16);
        value += Warp.ShuffleXor(value, 8);
        value = SumOverLanes(value);
        if (Warp.LaneIdx == 0) room[Warp.WarpIdx] = value;
        Group.Barrier();
        float sum = 0;
        for (int i = 0; i < warps; i++) sum += room[i];
        return sum;
    }

    internal struct ChannelNumbers
    {
        public float Factor;
        public float Offset;
    }
}
