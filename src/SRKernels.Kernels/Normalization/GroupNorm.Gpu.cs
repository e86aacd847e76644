using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Normalization;

/*
 * Which kernels, and how large a slab is. Both depend on the shape of one image alone, so its bits do not depend on the batch. The kernels and
 * which thread owns what: GroupNorm.Kernels.cs.
 */
public static partial class GroupNorm
{
    // Up to so many numbers of a norm one group of threads is done before two launches are; beyond, too few multiprocessors would read too much.
    private const int MostOfOneGroup = 10240;

    // More slabs than the largest devices have multiprocessors where the map has the pixels; at most sixteen of them a thread, so that sums stay short.
    private const int WantedSlabs = 160;
    private const int MostPixelsPerThread = 16;

    private static readonly string s_kernels = typeof(GroupNormKernels).FullName!;
    private static readonly KernelKey s_oneGroupPerNorm = new(s_kernels, nameof(GroupNormKernels.OneGroupPerNorm));
    private static readonly KernelKey s_oneThreadPerNorm = new(typeof(GroupNormSerialKernels).FullName!, nameof(GroupNormSerialKernels.OneThreadPerNorm));
    private static readonly KernelKey s_slabMoments = new(s_kernels, nameof(GroupNormKernels.SlabMoments));
    private static readonly KernelKey s_mergeSlabs = new(s_kernels, nameof(GroupNormKernels.MergeSlabs));
    private static readonly KernelKey s_fourPixels = new(s_kernels, nameof(GroupNormKernels.FourPixelsPerThread));
    private static readonly KernelKey s_oneElement = new(s_kernels, nameof(GroupNormKernels.OneElementPerThread));

    private static void Gpu(
        KernelContext cx, Tensor x, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, int groups, float eps, Activation activation,
        Tensor? scaleShift, Tensor y)
    {
        using var affine = cx.Rent(x.Shape.N, 1, 3, x.Shape.C); // mean, factor, offset
        Gpu(cx, x, gamma, beta, groups, eps, scaleShift, affine, centred: true);
        var (pixels, c) = (x.Shape.Pixels, x.Shape.C);
        if (c % 4 == 0)
        {
            var step = (pixels + GroupNormKernels.PixelsPerThread - 1) / GroupNormKernels.PixelsPerThread * (c / 4);
            cx.Gpu.Launch(
                s_fourPixels with { Specialized = [(long)activation] }, PerImage(x, step), x, affine, y, checked(pixels * (c / 4)), step, c / 4);
        }
        else
        {
            var items = checked(pixels * c);
            cx.Gpu.Launch(s_oneElement with { Specialized = [(long)activation] }, PerImage(x, items), x, affine, y, items, c);
        }
    }

    private static LaunchShape PerImage(Tensor x, int items) =>
        new(new Extent(ElementwiseQuads.OnePerThread(items).Grid.X, x.Shape.N), new Extent(ElementwiseQuads.Threads));

    /// <summary>The statistics, put together with gamma, beta, scale and shift.</summary>
    private static void Gpu(
        KernelContext cx, Tensor x, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, int groups, float eps, Tensor? scaleShift, Tensor affine,
        bool centred)
    {
        var (images, c, pixels) = (x.Shape.N, x.Shape.C, x.Shape.Pixels);
        var factors = cx.Gpu.Constant(gamma);
        GpuArgument scales = scaleShift is null ? factors : scaleShift;
        var (scaled, subtracts) = (scaleShift is null ? 0 : 1, centred ? 1 : 0);
        if (cx.Gpu.Info.ShunsBarriers)
        {
            cx.Gpu.Launch(
                s_oneThreadPerNorm, new LaunchShape(new Extent(groups, images), new Extent(1)), x, factors, cx.Gpu.Constant(beta), scales, affine, pixels, c, c / groups,
                eps, scaled, subtracts);
            return;
        }

        if (c % 4 != 0 || c > 4 * GroupNormKernels.SlabThreads || (long)pixels * (c / groups) <= MostOfOneGroup)
        {
            cx.Gpu.Launch(
                s_oneGroupPerNorm, new LaunchShape(new Extent(groups, images), new Extent(GroupNormKernels.NormThreads)), x, factors,
                cx.Gpu.Constant(beta), scales, affine, pixels, c, c / groups, GroupNormKernels.NormThreads / (c / groups),
                (float)(1 / ((double)pixels * (c / groups))), eps, scaled, subtracts);
            return;
        }

        var rows = GroupNormKernels.SlabThreads / (c / 4);
        var threads = ((rows * (c / 4)) + 31) / 32 * 32;
        var slabPixels = rows * Math.Clamp(pixels / (rows * WantedSlabs), 1, MostPixelsPerThread);
        var slabs = (pixels + slabPixels - 1) / slabPixels;
        using var moments = cx.Rent(images, 3, groups, slabs);
        cx.Gpu.Launch(
            s_slabMoments, new LaunchShape(new Extent(slabs, images), new Extent(threads)), x, moments, pixels, c, groups, c / groups, rows,
            slabPixels);
        cx.Gpu.Launch(
            s_mergeSlabs, new LaunchShape(new Extent(groups, images), new Extent(GroupNormKernels.SlabThreads)), moments, factors,
            cx.Gpu.Constant(beta), scales, affine, slabs, slabPixels, pixels, c, c / groups, eps, scaled,
            subtracts);
    }
}
