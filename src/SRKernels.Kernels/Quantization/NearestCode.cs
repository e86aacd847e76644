using SRKernels.Kernels.Tensors;

namespace SRKernels.Kernels.Quantization;

/// <summary>
/// Vector quantisation: every pixel's vector becomes the nearest code.
/// </summary>
/// <remarks>
/// index = argmin over i of (|z|^2 + |e_i|^2) - 2 z.e_i, the lowest index among equals; y = z + (e_index - z).
/// z, y [n, h, w, dim]; indices, gaps [n h w]. The decision hangs on the last bits, so the arithmetic is part of the definition and
/// the same in every body: fp32; squares rounded, then added by coordinate; z.e a chain of fused multiply-adds by coordinate.
/// Source: van den Oord et al. 2017; spec §5.3.
/// </remarks>
public static partial class NearestCode
{
    /// <summary>The quantised map, rented from the context's pool.</summary>
    /// <param name="cx">Where to run.</param>
    /// <param name="z">[n, h, w, dim].</param>
    /// <param name="book">The codes.</param>
    /// <param name="indices">Receives the code of each pixel, on a device after the run; empty if not wanted.</param>
    /// <param name="gap">Receives the second smallest less the smallest distance of each pixel (infinite for a single code), as <paramref name="indices"/>; empty if not wanted.</param>
    /// <returns>[n, h, w, dim].</returns>
    /// <exception cref="Runtime.SrkException">Shapes do not fit.</exception>
    public static Tensor Apply(KernelContext cx, Tensor z, CodeBook book, Memory<int> indices = default, Memory<float> gap = default)
    {
        book.CheckAlive();
        Expect.Channels(nameof(NearestCode), z.Shape, book.Dim);
        var pixels = checked(z.Shape.N * z.Shape.Pixels);
        if (!indices.IsEmpty) Expect.Length(nameof(NearestCode), pixels, indices.Length, "indices");
        if (!gap.IsEmpty) Expect.Length(nameof(NearestCode), pixels, gap.Length, "gap");
        var y = cx.Rent(z.Shape);
        switch (cx.Kind)
        {
            case ExecutionKind.Reference: Reference(z, book, indices.Span, gap.Span, y); break;
            case ExecutionKind.Device: Gpu(cx, z, book, indices, gap, y); break;
            default: Cpu(cx, z, book, indices.Span, gap.Span, y); break;
        }

        GC.KeepAlive(book);
        return y;
    }
}
