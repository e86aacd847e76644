using ILGPU;
using ILGPU.Runtime;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Gpu;
using SRKernels.Language;

namespace SRKernels.Kernels.Normalization;

/*
 * Statistics, then y = f((x - mean) factor + offset), x [n, h, w, c] in fp32.
 *   OneGroupPerNorm    small maps: one group of threads reads a norm's channels of an image and writes their affine numbers. Any c.
 *   SlabMoments        large maps: one group of threads reads a slab of pixels with all their channels, in full lines, and writes the moments
 *                      of every norm; MergeSlabs puts them together, one group of threads a norm.
 *   FourChannelsPerThread, OneElementPerThread    the elementwise end.
 * No sum of squares ever meets a large mean: a thread sums x - shift and (x - shift)^2, shift = its own first value; threads are put together
 * by their means and squared deviations (Chan et al. 1979), means counted from one value of the norm (origin), in a fixed order. So the mean is
 * origin + a small rest, and what its rounding to fp32 leaves goes into the offset.
 * Bound by memory: x is read twice (the second time, where it fits, from L2) and y written once.
 */
internal static class GroupNormKernels
{
    internal const int NormThreads = 512;
    internal const int SlabThreads = 256;
    private const int LanesPerNorm = 8;
    private const int Loads = 4;

    /// <summary>
    /// Grid: norms x images. Thread t takes the elements t, t + 512, .. of the norm, counted over its channels, then over the pixels; four loads
    /// are on their way at once.
    /// </summary>
    [Kernel(MaxThreads = NormThreads)]
    public static void OneGroupPerNorm(
        ArrayView<float> x, ArrayView<float> gamma, ArrayView<float> beta, ArrayView<float> scaleShift, ArrayView<float> affine, int pixels, int c,
        float eps, int scaled, int centred)
    {
        ArrayView<float> values = LocalMemory.Allocate<float>(Loads);
        int size = c / Grid.DimX;
        int total = pixels * size;
        int thread = Group.IdxX;
        int first = (Grid.IdxY * pixels * c) + (Grid.IdxX * size);
        float origin = x[first];
        int channel = thread % size;
        int at = first + (thread / size * c) + channel;
        int nextChannel = NormThreads % size; // 512 elements on, up to a carry into the pixel
        int next = (NormThreads / size * c) + nextChannel;
        float shift = thread < total ? x[at] : origin;
        float sum = 0;
        float squares = 0;
        for (int from = thread; from < total; from += Loads * NormThreads)
        {
            for (int k = 0; k < Loads; k++)
            {
                values[k] = from + (k * NormThreads) < total ? x[at] : shift; // which adds nothing
                at += next;
                channel += nextChannel;
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
        float rest = count > 0 ? sum / count : 0;
        float mean = (shift - origin) + rest;
        float average = SumOverGroup(mean * count, NormThreads / 32) / total;
        float apart = mean - average;
        float deviations = SumOverGroup((squares - (sum * rest)) + (count * apart * apart), NormThreads / 32);
        WriteAffine(gamma, beta, scaleShift, affine, origin, average, deviations / total, c, size, NormThreads, eps, scaled, centred);
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
        ArrayView<float> means = SharedMemory.Allocate<float>(4 * SlabThreads);
        ArrayView<float> deviations = SharedMemory.Allocate<float>(4 * SlabThreads);
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
            int at = (first / 4) + thread;
            Float4 shift = wide[at];
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
            for (int p = row + rows; p < count; p += rows)
            {
                at += rows * quads;
                Float4 v = wide[at];
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

            float each = FastMath.Rcp(row < extra ? full + 1 : full);
            int to = (row * c) + channel;
            means[to] = (shift.X - originX) + (sum.X * each);
            means[to + 1] = (shift.Y - originY) + (sum.Y * each);
            means[to + 2] = (shift.Z - originZ) + (sum.Z * each);
            means[to + 3] = (shift.W - originW) + (sum.W * each);
            deviations[to] = squares.X - (sum.X * sum.X * each);
            deviations[to + 1] = squares.Y - (sum.Y * sum.Y * each);
            deviations[to + 2] = squares.Z - (sum.Z * sum.Z * each);
            deviations[to + 3] = squares.W - (sum.W * sum.W * each);
        }

        Group.Barrier();
        int used = Math.Min(rows, count);
        int lane = thread % LanesPerNorm;
        int plane = norms * Grid.DimX * Grid.DimY;
        for (int from = 0; from < norms; from += Group.DimX / LanesPerNorm)
        {
            int norm = from + (thread / LanesPerNorm);
            int mine = Math.Min(norm, norms - 1) * size; // every lane takes part in the sums
            float sum = 0;
            for (int r = 0; r < used; r++)
            {
                float weight = r < extra ? full + 1 : full;
                for (int i = lane; i < size; i += LanesPerNorm) sum += weight * means[(r * c) + mine + i];
            }

            float average = SumOverLanes(sum) / (count * size);
            sum = 0;
            for (int r = 0; r < used; r++)
            {
                float weight = r < extra ? full + 1 : full;
                for (int i = lane; i < size; i += LanesPerNorm)
                {
                    float apart = means[(r * c) + mine + i] - average;
                    sum += deviations[(r * c) + mine + i] + (weight * apart * apart);
                }
            }

            sum = SumOverLanes(sum);
            if (lane == 0 && norm < norms)
            {
                int to = (((Grid.IdxY * norms) + norm) * Grid.DimX) + Grid.IdxX;
                moments[to] = x[first + mine];
                moments[to + plane] = average;
                moments[to + (2 * plane)] = sum;
            }
        }
    }

    /// <summary>Grid: norms x images. Thread t merges the slabs t, t + 256, ..; then all of them are put together.</summary>
    [Kernel(MaxThreads = SlabThreads)]
    public static void MergeSlabs(
        ArrayView<float> moments, ArrayView<float> gamma, ArrayView<float> beta, ArrayView<float> scaleShift, ArrayView<float> affine, int slabs,
        int slabPixels, int pixels, int c, int size, float eps, int scaled, int centred)
    {
        int first = ((Grid.IdxY * Grid.DimX) + Grid.IdxX) * slabs;
        int plane = Grid.DimX * Grid.DimY * slabs;
        float origin = moments[first];
        float sum = 0;
        for (int s = Group.IdxX; s < slabs; s += SlabThreads)
        {
            float mean = (moments[first + s] - origin) + moments[first + s + plane];
            sum += Math.Min(slabPixels, pixels - (s * slabPixels)) * mean;
        }

        float average = SumOverGroup(sum, SlabThreads / 32) / pixels;
        sum = 0;
        for (int s = Group.IdxX; s < slabs; s += SlabThreads)
        {
            float apart = (moments[first + s] - origin) + moments[first + s + plane] - average;
            sum += moments[first + s + (2 * plane)] + (Math.Min(slabPixels, pixels - (s * slabPixels)) * size * apart * apart);
        }

        float deviations = SumOverGroup(sum, SlabThreads / 32);
        WriteAffine(
            gamma, beta, scaleShift, affine, origin, average, deviations / pixels / size, c, size, SlabThreads, eps, scaled, centred);
    }

    /// <summary>Grid: .. x images. Thread i has four channels of a pixel: the image's elements 4 i .. 4 i + 3. c is a multiple of 4.</summary>
    [Kernel(MaxThreads = ElementwiseQuads.Threads)]
    [Specialize(Values = [0])]
    [Specialize(Values = [1])]
    [Specialize(Values = [2])]
    public static void FourChannelsPerThread(
        ArrayView<float> x, ArrayView<float> affine, ArrayView<float> y, int items, int quads, SpecializedValue<int> activation)
    {
        int i = (Grid.IdxX * ElementwiseQuads.Threads) + Group.IdxX;
        if (i >= items) return;
        ArrayView<Float4> numbers = affine.AsAligned(16).Cast<Float4>();
        int at = (Grid.IdxY * 3 * quads) + (int)((uint)i % (uint)quads);
        int place = (Grid.IdxY * items) + i;
        Float4 v = x.AsAligned(16).Cast<Float4>()[place];
        Float4 mean = numbers[at];
        Float4 factor = numbers[at + quads];
        Float4 offset = numbers[at + (2 * quads)];
        y.AsAligned(16).Cast<Float4>()[place] = new Float4
        {
            X = DeviceActivation.Apply(activation, ((v.X - mean.X) * factor.X) + offset.X),
            Y = DeviceActivation.Apply(activation, ((v.Y - mean.Y) * factor.Y) + offset.Y),
            Z = DeviceActivation.Apply(activation, ((v.Z - mean.Z) * factor.Z) + offset.Z),
            W = DeviceActivation.Apply(activation, ((v.W - mean.W) * factor.W) + offset.W),
        };
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

    /// <summary>
    /// What does not depend on the pixel, for the norm's channels: centred [n, 3, c] mean, factor, offset; else [n, 2, c] with the mean in the
    /// offset. Thread t has the channels t, t + threads, ..
    /// </summary>
    private static void WriteAffine(
        ArrayView<float> gamma, ArrayView<float> beta, ArrayView<float> scaleShift, ArrayView<float> affine, float origin, float average,
        float variance, int c, int size, int threads, float eps, int scaled, int centred)
    {
        float mean = origin + average;
        float rest = (origin - mean) + average; // what the sum lost
        float inverse = 1 / MathF.Sqrt(Math.Max(variance, 0) + eps);
        int image = Grid.IdxY;
        for (int i = Group.IdxX; i < size; i += threads)
        {
            int channel = (Grid.IdxX * size) + i;
            float factor = inverse * gamma[channel];
            float offset = beta[channel];
            if (scaled != 0)
            {
                float scale = 1 + scaleShift[(image * 2 * c) + channel];
                factor *= scale;
                offset = (offset * scale) + scaleShift[(image * 2 * c) + c + channel];
            }

            offset -= rest * factor;
            if (centred != 0)
            {
                affine[(image * 3 * c) + channel] = mean;
                affine[(image * 3 * c) + c + channel] = factor;
                affine[(image * 3 * c) + (2 * c) + channel] = offset;
            }
            else
            {
                affine[(image * 2 * c) + channel] = factor;
                affine[(image * 2 * c) + c + channel] = offset - (mean * factor);
            }
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
}
