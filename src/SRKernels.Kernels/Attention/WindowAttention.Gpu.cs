using System.Runtime.InteropServices;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Attention;

/*
 * A group has one window and one head. Windows of up to 64 tokens and heads of up to 64 channels: KeyQuarters, a thread a query and a quarter of the
 * keys. Anything else: OneGroupPerQuery, of one thread where barriers are dear. On tensor cores (bf16, fp16), with heads of 16, 32 or 64 channels: SixteenQueriesPerWarp. tf32 runs in fp32.
 */
public static partial class WindowAttention
{
    private const string Kernels = "SRKernels.Kernels.Attention.WindowAttentionKernels";
    private const string TensorKernels = "SRKernels.Kernels.Attention.WindowAttentionTensorKernels";
    private static readonly KernelKey s_oneGroupPerQuery = new(Kernels, nameof(WindowAttentionKernels.OneGroupPerQuery));

    private static void Gpu(KernelContext cx, Tensor qkv, RelativePositionBias bias, int heads, int window, int shift, Tensor y)
    {
        var (images, h, w, e) = y.Shape;
        var (dim, tokens) = (e / heads, window * window);
        var windows = h / window * (w / window);
        var scale = (float)(1 / (Math.Sqrt(dim) * Math.Log(2)));
        var info = cx.Gpu.Info;
        if (cx.Gpu.Precision is Precision.Bf16 or Precision.Fp16 && tokens <= WindowAttentionTensorKernels.Tokens && dim is 16 or 32 or 64
            && (window == 8 || dim < 64) && (info.Kind == DeviceKind.Interpreted || info.Target >= 80))
        {
            var tensorKey = new KernelKey(TensorKernels, nameof(WindowAttentionTensorKernels.SixteenQueriesPerWarp))
            {
                Specialized = [dim, window == 8 ? 8 : 0, cx.Gpu.Precision == Precision.Fp16 ? 1 : 0],
            };
            cx.Gpu.Launch(
                tensorKey, new LaunchShape(new Extent(heads, windows, images), new Extent(WindowAttentionTensorKernels.Threads)),
                qkv, cx.Gpu.Weights(bias, $"lanes, shift {shift}", () => ByLanes(bias, shift)), y, h, w, window, shift, scale);
            return;
        }

        var biases = cx.Gpu.Weights(bias, "heads keys queries", () => Turned(bias));
        if (tokens <= WindowAttentionKernels.Tokens && dim <= 64 && !info.ShunsBarriers)
        {
            var key = new KernelKey(Kernels, nameof(WindowAttentionKernels.KeyQuarters)) { Specialized = [dim <= 16 ? 16 : dim <= 32 ? 32 : 64] };
            cx.Gpu.Launch(
                key, new LaunchShape(new Extent(windows, heads, images), new Extent(WindowAttentionKernels.QuarterThreads)),
                qkv, biases, y, h, w, e, dim, window, shift, scale);
            return;
        }

        cx.Gpu.Launch(
            s_oneGroupPerQuery, new LaunchShape(new Extent(checked(windows * tokens), heads, images), new Extent(info.ShunsBarriers ? 1 : WindowAttentionKernels.QueryThreads)),
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

    /// <summary>
    /// The bias, without and with the mask of the last row of windows, in the order in which the lanes of a 16x8 product hold their scores:
    /// [2, heads, 4 warps, 8 eights of keys, 32 lanes, 4].
    /// </summary>
    private static byte[] ByLanes(RelativePositionBias bias, int shift)
    {
        const int Side = WindowAttentionTensorKernels.Tokens;
        const float NoScore = -1e30f;
        var tokens = bias.Tokens;
        var table = new float[2 * bias.Heads * Side * Side];
        for (var at = 0; at < table.Length; at++)
        {
            var (slot, lane) = (at % 4, at / 4 % 32);
            var eight = at / 128 % 8;
            var warp = at / 1024 % 4;
            var head = at / (Side * Side) % bias.Heads;
            var query = (warp * 16) + (lane / 4) + (slot / 2 * 8);
            var key = (eight * 8) + (lane % 4 * 2) + (slot % 2);
            var row = at / (Side * Side * bias.Heads); // of two rows of windows the last has the mask
            table[at] = key >= tokens ? NoScore
                : query >= tokens ? 0
                : (float)((bias.At(head, query, key) + MaskAt(row, 2, query, key, bias.Window, shift)) / Math.Log(2));
        }

        return MemoryMarshal.AsBytes<float>(table).ToArray();
    }
}
