using SRKernels.Kernels.Tensors;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Attention;

/*
 * OneThreadPerQuery: a thread owns a query and walks over all keys, eight at a time, under a running maximum and sum. Images along y.
 */
public static partial class SelfAttention
{
    private const string Kernels = "SRKernels.Kernels.Attention.SelfAttentionKernels";
    private static readonly KernelKey s_oneThreadPerQuery = new(Kernels, nameof(SelfAttentionKernels.OneThreadPerQuery));

    private static void Gpu(KernelContext cx, Tensor q, Tensor k, Tensor v, Tensor y)
    {
        var (positions, c) = (q.Shape.Pixels, q.Shape.C);
        const int Threads = SelfAttentionKernels.QueryThreads;
        var scale = (float)(1 / (Math.Sqrt(c) * Math.Log(2)));
        cx.Gpu.Launch(
            s_oneThreadPerQuery, new LaunchShape(new Extent((positions + Threads - 1) / Threads, q.Shape.N), new Extent(Threads)), q, k, v, y, positions, c, scale);
    }
}
