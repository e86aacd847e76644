using System.Runtime.InteropServices;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Quantization;

/*
 * Codes of 3, 4 or 8 coordinates: SlicedCodes, 16 pixels a group, sixteen half warps that share out the codes. Others, and where barriers are dear: OneThreadPerPixel.
 * Both walk over all codes in fp32 with the definition's arithmetic. Indices and gaps come back after the run, if anybody wants them.
 */
public static partial class NearestCode
{
    private const string Kernels = "SRKernels.Kernels.Quantization.NearestCodeKernels";
    private static readonly KernelKey s_oneThreadPerPixel = new(Kernels, nameof(NearestCodeKernels.OneThreadPerPixel));

    private static void Gpu(KernelContext cx, Tensor z, CodeBook book, Memory<int> indices, Memory<float> gap, Tensor y)
    {
        var dim = book.Dim;
        var pixels = checked(z.Shape.N * z.Shape.Pixels);
        using var codeOf = cx.Rent(z.Shape.WithChannels(1));
        using var gapOf = cx.Rent(z.Shape.WithChannels(1));
        var codes = cx.Gpu.Weights(book, "rows with norms", () => Packed(book));
        var winners = cx.Gpu.View<int>(codeOf);
        if (dim is 3 or 4 or 8 && !cx.Gpu.Info.ShunsBarriers)
        {
            var key = new KernelKey(Kernels, nameof(NearestCodeKernels.SlicedCodes)) { Specialized = [dim, gap.IsEmpty ? 0 : 1] };
            var groups = (pixels + NearestCodeKernels.Pixels - 1) / NearestCodeKernels.Pixels;
            cx.Gpu.Launch(
                key, new LaunchShape(new Extent(groups), new Extent(NearestCodeKernels.Pixels * NearestCodeKernels.Slices)),
                z, codes, winners, gapOf, y, pixels, PackedCount(book));
        }
        else
        {
            cx.Gpu.Launch(
                s_oneThreadPerPixel, new LaunchShape(new Extent((pixels + 63) / 64), new Extent(64)),
                z, codes, winners, gapOf, y, pixels, book.Count, dim, PackedStride(book));
        }

        if (!indices.IsEmpty) cx.Gpu.Fetch<int>(winners, values => values.CopyTo(indices.Span));
        if (!gap.IsEmpty) cx.Gpu.Fetch<float>(cx.Gpu.View<float>(gapOf), values => values.CopyTo(gap.Span));
    }

    /// <summary>Floats of a packed code: its coordinates and |e|^2, filled up so that four can be read at once.</summary>
    private static int PackedStride(CodeBook book) => (book.Dim + 4) / 4 * 4;

    private static int PackedCount(CodeBook book)
    {
        const int Round = NearestCodeKernels.Slices * NearestCodeKernels.Abreast;
        return (book.Count + Round - 1) / Round * Round;
    }

    private static unsafe byte[] Packed(CodeBook book)
    {
        var (stride, dim) = (PackedStride(book), book.Dim);
        var packed = new float[checked(PackedCount(book) * stride)];
        for (var i = 0; i < packed.Length / stride; i++)
        {
            if (i >= book.Count) packed[(i * stride) + dim] = float.PositiveInfinity; // fills up a round and never wins
            else
                for (var d = 0; d <= dim; d++) packed[(i * stride) + d] = book.Row(d)[i];
        }

        return MemoryMarshal.AsBytes<float>(packed).ToArray();
    }
}
