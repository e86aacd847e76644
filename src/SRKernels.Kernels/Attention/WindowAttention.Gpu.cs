using System.Runtime.InteropServices;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Attention;

/*
 * A group has one window and one head; windows along x, heads along y, images along z. Windows of up to 64 tokens and heads of up to 64 channels:
 * KeyQuarters. Anything else: OneGroupPerQuery.
 */
public static partial class WindowAttention
{
    private const string Kernels = "SRKernels.Kernels.Attention.WindowAttentionKernels";
    private static readonly KernelKey s_oneGroupPerQuery = new(Kernels, nameof(WindowAttentionKernels.OneGroupPerQuery));

    private static void Gpu(KernelContext cx, Tensor qkv, RelativePositionBias bias, int heads, int window, int shift, Tensor y)
    {
        var (images, h, w, e) = y.Shape;
        var (dim, tokens) = (e / heads, window * window);
        var windows = h / window * (w / window);
        var scale = (float)(1 / (Math.Sqrt(dim) * Math.Log(2)));
        var biases = cx.Gpu.Weights(bias, "heads keys queries", () => Turned(bias));
        if (tokens <= WindowAttentionKernels.Tokens && dim <= 64)
        {
            var key = new KernelKey(Kernels, nameof(WindowAttentionKernels.KeyQuarters)) { Specialized = [dim <= 16 ? 16 : dim <= 32 ? 32 : 64] };
            cx.Gpu.Launch(
                key, new LaunchShape(new Extent(windows, heads, images), new Extent(WindowAttentionKernels.QuarterThreads)),
                qkv, biases, y, h, w, e, dim, window, shift, scale);
            return;
        }

        cx.Gpu.Launch(
            s_oneGroupPerQuery, new LaunchShape(new Extent(checked(windows * tokens), heads, images), new Extent(WindowAttentionKernels.QueryThreads)),
            qkv, biases, y, h, w, e, dim, window, shift, scale);
    }

    /// <summary>The bias as [heads, key, query], so that neighbouring queries read neighbours, for powers of two instead of e.</summary>
    private static byte[] Turned(RelativePositionBias bias)
    {
        var tokens = bias.Tokens;
        var turned = new float[checked(bias.Heads * tokens * tokens)];
        for (var head = 0; head < bias.Heads; head++)
            for (var key = 0; key < tokens; key++)
                for (var query = 0; query < tokens; query++)
                    turned[(((head * tokens) + key) * tokens) + query] = (float)(bias.At(head, query, key) / Math.Log(2));
        return MemoryMarshal.AsBytes<float>(turned).ToArray();
    }
}
