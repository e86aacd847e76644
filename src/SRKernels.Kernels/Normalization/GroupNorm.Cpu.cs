using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Simd;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime.Cpu;

namespace SRKernels.Kernels.Normalization;

/*
 * Three steps, lanes over channels, threads over blocks of pixels:
 *   1 each block: the mean of every group, then sums of (x - mean) and (x - mean)^2 while the block is still in the cache. The first sum
 *     is only there to take back the rounding of that mean, so a large mean over a small deviation loses nothing.
 *   2 one thread: blocks are put together in double precision, in order (Chan et al. 1979), and everything that does not depend on the
 *     pixel goes into a factor and an offset for each channel. The mean is subtracted as an fp32 number, its rounding goes into the offset.
 *   3 each block: y = f((x - mean) factor + offset).
 * Blocks depend on the shape alone and no lane is added to another in fp32: the same bytes for any number of threads and any vector width.
 * Memory: x is read twice, y written once.
 */
public static unsafe partial class GroupNorm
{
    private static void Cpu(
        KernelContext cx, Tensor x, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, int groups, float eps,
        Activation activation, Tensor? scaleShift, Tensor y)
    {
        using var affine = cx.Rent(x.Shape.N, 1, 3, x.Shape.C); // mean, factor, offset
        Cpu(cx, x, gamma, beta, groups, eps, scaleShift, affine, centred: true);
        var (blockPixels, blocks) = Blocks(x.Shape.Pixels);
        switch (activation)
        {
            case Activation.Silu: Map<SiluOf>(cx, x, affine, y, blockPixels, blocks); break;
            case Activation.GeluErf: Map<GeluErfOf>(cx, x, affine, y, blockPixels, blocks); break;
            default: Map<Identity>(cx, x, affine, y, blockPixels, blocks); break;
        }
    }

    /// <summary>Steps 1 and 2: for each image and channel mean, factor and offset, or (not centred) factor and offset with the mean in it.</summary>
    private static void Cpu(
        KernelContext cx, Tensor x, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, int groups, float eps, Tensor? scaleShift, Tensor affine,
        bool centred)
    {
        var (images, _, _, c) = x.Shape;
        var pixels = x.Shape.Pixels;
        var (blockPixels, blocks) = Blocks(pixels);
        using var moments = cx.Rent(images, blocks, groups, 4); // two doubles: mean, sum of squared deviations
        using var scratch = cx.Rent(cx.Workers.Count, 1, 3, c);
        var gather = new BlockMoments(x.Data, (double*)moments.Data, scratch.Data, pixels, c, groups, blockPixels, blocks);
        cx.Workers.Run(images * blocks, ref gather);

        for (var n = 0; n < images; n++)
            Combine(
                (double*)moments.Data + ((long)n * blocks * groups * 2), blocks, blockPixels, pixels, groups, eps, gamma, beta,
                scaleShift is null ? null : scaleShift.Image(n), affine.Image(n), c, centred);
    }

    /// <summary>
    /// At least 8 blocks for the threads to share, at most 128 pixels: a sum of 128 numbers is safe in fp32 and the block stays in L2.
    /// </summary>
    private static (int BlockPixels, int Blocks) Blocks(int pixels)
    {
        var blockPixels = Math.Clamp(pixels / 8, 16, 128);
        return (blockPixels, (pixels + blockPixels - 1) / blockPixels);
    }

    private static void Map<TActivation>(KernelContext cx, Tensor x, Tensor affine, Tensor y, int blockPixels, int blocks)
        where TActivation : struct, IActivation
    {
        var body = new MapBlocks<TActivation>(x.Data, affine.Data, y.Data, x.Shape.Pixels, x.Shape.C, blockPixels, blocks);
        cx.Workers.Run(x.Shape.N * blocks, ref body);
    }

    /// <summary>Step 2 for one image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Combine(
        double* moments, int blocks, int blockPixels, int pixels, int groups, float eps,
        ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, float* scaleShift, float* affine, int c, bool centred)
    {
        var size = c / groups;
        for (var g = 0; g < groups; g++)
        {
            double count = 0, mean = 0, squares = 0;
            for (var b = 0; b < blocks; b++)
            {
                double added = (double)Math.Min(blockPixels, pixels - (b * blockPixels)) * size;
                var delta = moments[((b * groups) + g) * 2] - mean;
                var total = count + added;
                mean += delta * (added / total);
                squares += moments[(((b * groups) + g) * 2) + 1] + (delta * delta * (count * added / total));
                count = total;
            }

            var inverse = 1 / Math.Sqrt((squares / count) + eps);
            for (var i = g * size; i < (g + 1) * size; i++)
            {
                var scale = scaleShift == null ? 1 : 1 + (double)scaleShift[i];
                var shift = scaleShift == null ? 0 : (double)scaleShift[c + i];
                if (!centred)
                {
                    affine[i] = (float)(inverse * gamma[i] * scale);
                    // The offset makes up for the multiplier's rounding at the mean.
                    affine[c + i] = (float)((beta[i] * scale) + shift - (mean * affine[i]));
                    continue;
                }

                affine[i] = (float)mean;
                affine[c + i] = (float)(inverse * gamma[i] * scale);
                affine[(2 * c) + i] = (float)(((beta[i] - ((mean - (float)mean) * inverse * gamma[i])) * scale) + shift);
            }
        }
    }

    /// <summary>Step 1: index = image * blocks + block.</summary>
    private readonly struct BlockMoments(float* x, double* moments, float* scratch, int pixels, int c, int groups, int blockPixels, int blocks)
        : IParallelBody
    {
        public void Invoke(int index, int worker)
        {
            var first = index % blocks * blockPixels;
            var count = Math.Min(blockPixels, pixels - first);
            var source = x + ((((long)(index / blocks) * pixels) + first) * c);
            var sums = scratch + ((long)worker * 3 * c);
            var squares = sums + c;
            var means = squares + c;
            var target = moments + ((long)index * groups * 2);
            var size = c / groups;
            var elements = (double)count * size;

            var i = 0;
            if (Vector512.IsHardwareAccelerated) i = Sums<Simd512, Vector512<float>>(source, count, c, i, sums);
            if (Vector256.IsHardwareAccelerated) i = Sums<Simd256, Vector256<float>>(source, count, c, i, sums);
            if (Vector128.IsHardwareAccelerated) i = Sums<Simd128, Vector128<float>>(source, count, c, i, sums);
            Sums<SimdScalar, float>(source, count, c, i, sums);
            for (var g = 0; g < groups; g++)
            {
                var mean = (float)(Sum(sums + (g * size), size) / elements);
                for (var k = 0; k < size; k++) means[(g * size) + k] = mean;
            }

            i = 0;
            if (Vector512.IsHardwareAccelerated) i = Deviations<Simd512, Vector512<float>>(source, count, c, i, means, sums, squares);
            if (Vector256.IsHardwareAccelerated) i = Deviations<Simd256, Vector256<float>>(source, count, c, i, means, sums, squares);
            if (Vector128.IsHardwareAccelerated) i = Deviations<Simd128, Vector128<float>>(source, count, c, i, means, sums, squares);
            Deviations<SimdScalar, float>(source, count, c, i, means, sums, squares);
            for (var g = 0; g < groups; g++)
            {
                var rest = Sum(sums + (g * size), size) / elements;
                target[g * 2] = means[g * size] + rest;
                target[(g * 2) + 1] = Sum(squares + (g * size), size) - (elements * rest * rest);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static double Sum(float* x, int count)
        {
            double sum = 0;
            for (var i = 0; i < count; i++) sum += x[i];
            return sum;
        }
    }

    /// <summary>Sums of x over the pixels, four vectors of channels at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Sums<S, V>(float* x, int pixels, int c, int i, float* sums)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        for (; i <= c - (4 * S.Lanes); i += 4 * S.Lanes)
        {
            V s0 = S.Splat(0), s1 = s0, s2 = s0, s3 = s0;
            var source = x + i;
            for (var p = 0; p < pixels; p++, source += c)
            {
                s0 = S.Add(s0, S.Load(source));
                s1 = S.Add(s1, S.Load(source + S.Lanes));
                s2 = S.Add(s2, S.Load(source + (2 * S.Lanes)));
                s3 = S.Add(s3, S.Load(source + (3 * S.Lanes)));
            }

            S.Store(s0, sums + i);
            S.Store(s1, sums + i + S.Lanes);
            S.Store(s2, sums + i + (2 * S.Lanes));
            S.Store(s3, sums + i + (3 * S.Lanes));
        }

        for (; i <= c - S.Lanes; i += S.Lanes)
        {
            var sum = S.Splat(0);
            for (var p = 0; p < pixels; p++) sum = S.Add(sum, S.Load(x + ((long)p * c) + i));
            S.Store(sum, sums + i);
        }

        return i;
    }

    /// <summary>Sums of x - mean and of its square over the pixels, two vectors of channels at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Deviations<S, V>(float* x, int pixels, int c, int i, float* means, float* sums, float* squares)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        for (; i <= c - (2 * S.Lanes); i += 2 * S.Lanes)
        {
            V s0 = S.Splat(0), s1 = s0, q0 = s0, q1 = s0;
            var (m0, m1) = (S.Load(means + i), S.Load(means + i + S.Lanes));
            var source = x + i;
            for (var p = 0; p < pixels; p++, source += c)
            {
                var d0 = S.Subtract(S.Load(source), m0);
                var d1 = S.Subtract(S.Load(source + S.Lanes), m1);
                s0 = S.Add(s0, d0);
                s1 = S.Add(s1, d1);
                q0 = S.Fma(d0, d0, q0);
                q1 = S.Fma(d1, d1, q1);
            }

            S.Store(s0, sums + i);
            S.Store(s1, sums + i + S.Lanes);
            S.Store(q0, squares + i);
            S.Store(q1, squares + i + S.Lanes);
        }

        for (; i <= c - S.Lanes; i += S.Lanes)
        {
            V sum = S.Splat(0), square = sum;
            var mean = S.Load(means + i);
            for (var p = 0; p < pixels; p++)
            {
                var d = S.Subtract(S.Load(x + ((long)p * c) + i), mean);
                sum = S.Add(sum, d);
                square = S.Fma(d, d, square);
            }

            S.Store(sum, sums + i);
            S.Store(square, squares + i);
        }

        return i;
    }

    /// <summary>Step 3: index = image * blocks + block.</summary>
    private readonly struct MapBlocks<TActivation>(float* x, float* affine, float* y, int pixels, int c, int blockPixels, int blocks) : IParallelBody
        where TActivation : struct, IActivation
    {
        public void Invoke(int index, int worker)
        {
            var image = index / blocks;
            var first = index % blocks * blockPixels;
            var count = Math.Min(blockPixels, pixels - first);
            var offset = (((long)image * pixels) + first) * c;
            var factors = affine + ((long)image * 3 * c);
            for (var p = 0; p < count; p++, offset += c)
            {
                var i = 0;
                if (Vector512.IsHardwareAccelerated) i = Row<Simd512, Vector512<float>, TActivation>(x + offset, factors, y + offset, c, i);
                if (Vector256.IsHardwareAccelerated) i = Row<Simd256, Vector256<float>, TActivation>(x + offset, factors, y + offset, c, i);
                if (Vector128.IsHardwareAccelerated) i = Row<Simd128, Vector128<float>, TActivation>(x + offset, factors, y + offset, c, i);
                Row<SimdScalar, float, TActivation>(x + offset, factors, y + offset, c, i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Row<S, V, TActivation>(float* x, float* affine, float* y, int c, int i)
        where S : struct, ISimd<V>
        where V : unmanaged
        where TActivation : struct, IActivation
    {
        for (; i <= c - S.Lanes; i += S.Lanes)
        {
            var centred = S.Subtract(S.Load(x + i), S.Load(affine + i));
            S.Store(TActivation.Of<S, V>(S.Fma(centred, S.Load(affine + c + i), S.Load(affine + (2 * c) + i))), y + i);
        }

        return i;
    }
}
