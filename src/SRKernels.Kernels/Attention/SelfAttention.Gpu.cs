using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Attention;

/*
 * OneThreadPerQuery: a thread owns a query and walks over all keys, eight at a time, under a running maximum and sum. Images along y.
 * On tensor cores (bf16, fp16; up to 512 channels): Round, Attend, Merge. A group of Attend, one on each multiprocessor, owns a run of pairs of
 * 64 queries and 128 keys; the sums of a tile of queries that several groups had a share of meet in Merge. No float is added in an order that
 * depends on timing. tf32 runs in fp32.
 */
public static partial class SelfAttention
{
    private const string Kernels = "SRKernels.Kernels.Attention.SelfAttentionKernels";
    private const string TensorKernels = "SRKernels.Kernels.Attention.SelfAttentionTensorKernels";
    private const int MostTensorChannels = 512;
    private const int StatisticsBytes = 5 * SelfAttentionTensorKernels.Queries * sizeof(float);

    /// <summary>Simulated devices say that they have one multiprocessor; they share the work out all the same.</summary>
    private const int FewestGroups = 4;

    private static readonly KernelKey s_oneThreadPerQuery = new(Kernels, nameof(SelfAttentionKernels.OneThreadPerQuery));
    private static readonly KernelKey s_merge = new(TensorKernels, nameof(SelfAttentionTensorKernels.Merge));

    private static void Gpu(KernelContext cx, Tensor q, Tensor k, Tensor v, Tensor y)
    {
        var (positions, c) = (q.Shape.Pixels, q.Shape.C);
        var info = cx.Gpu.Info;
        if (cx.Gpu.Precision is Precision.Bf16 or Precision.Fp16 && c <= MostTensorChannels && (info.Kind == DeviceKind.Interpreted || info.Target >= 80))
        {
            OnTensorCores(cx, q, k, v, y);
            return;
        }

        const int Threads = SelfAttentionKernels.QueryThreads;
        cx.Gpu.Launch(
            s_oneThreadPerQuery, new LaunchShape(new Extent((positions + Threads - 1) / Threads, q.Shape.N), new Extent(Threads)), q, k, v, y, positions, c, ScaleOf(c));
    }

    private static void OnTensorCores(KernelContext cx, Tensor q, Tensor k, Tensor v, Tensor y)
    {
        const int Queries = SelfAttentionTensorKernels.Queries, Keys = SelfAttentionTensorKernels.Keys, Threads = SelfAttentionTensorKernels.RowThreads;
        var (images, positions, c) = (q.Shape.N, q.Shape.Pixels, q.Shape.C);
        var half = cx.Gpu.Precision == Precision.Fp16 ? 1 : 0;
        var width = c <= 128 ? 128 : c <= 256 ? 256 : 512;
        var (piece, stages) = width < 512 ? (64, 3) : (64, 4);
        if (SharedBytes(width, piece, stages) + StatisticsBytes > cx.Gpu.Info.SharedBytes) (piece, stages) = (32, 2);

        var blocks = (positions + Keys - 1) / Keys;
        var rows = blocks * Keys;
        var tiles = checked(images * ((positions + Queries - 1) / Queries));
        var pairs = checked(tiles * blocks);
        var groups = Math.Min(pairs, Math.Max(cx.Gpu.Info.Multiprocessors, FewestGroups));
        var pairsOfGroup = (pairs + groups - 1) / groups;
        groups = (pairs + pairsOfGroup - 1) / pairsOfGroup;
        var parts = ((blocks + pairsOfGroup - 2) / pairsOfGroup) + 1; // groups that a tile of queries is shared by, at most

        using var partial = cx.Rent(tiles * parts, Queries, 1, width);
        using var statistics = cx.Rent(tiles * parts, 2, 1, Queries);
        using (var q16 = cx.Rent(images, rows, 1, width / 2))
        using (var k16 = cx.Rent(images, rows, 1, width / 2))
        using (var v16 = cx.Rent(images, rows, 1, width / 2))
        {
            var (queries, keys, values) = (cx.Gpu.View<short>(q16), cx.Gpu.View<short>(k16), cx.Gpu.View<short>(v16));
            var round = new KernelKey(TensorKernels, nameof(SelfAttentionTensorKernels.Round)) { Specialized = [half] };
            cx.Gpu.Launch(
                round, new LaunchShape(new Extent(((rows * width / 8) + Threads - 1) / Threads, images), new Extent(Threads)),
                q, k, v, queries, keys, values, positions, rows, c, width, ScaleOf(c));
            var attend = new KernelKey(TensorKernels, nameof(SelfAttentionTensorKernels.Attend)) { Specialized = [width, piece, stages, half] };
            cx.Gpu.Launch(
                attend, new LaunchShape(new Extent(groups), new Extent(SelfAttentionTensorKernels.Threads), SharedBytes(width, piece, stages)),
                queries, keys, values, partial, statistics, positions, rows, tiles, pairsOfGroup, parts);
        }

        cx.Gpu.Launch(
            s_merge, new LaunchShape(new Extent(((positions * width / 4) + Threads - 1) / Threads, images), new Extent(Threads)),
            partial, statistics, y, positions, c, width, blocks, pairsOfGroup, parts);
    }

    /// <summary>Dynamic shared memory of Attend: a tile of queries, the weights of a pair of tiles, the ring.</summary>
    private static int SharedBytes(int width, int piece, int stages) =>
        sizeof(short) * ((SelfAttentionTensorKernels.Queries * (width + SelfAttentionTensorKernels.Keys)) + (stages * SelfAttentionTensorKernels.Keys * piece));

    /// <summary>c^-1/2 log2(e): weights are powers of two.</summary>
    private static float ScaleOf(int c) => (float)(1 / (Math.Sqrt(c) * Math.Log(2)));
}
