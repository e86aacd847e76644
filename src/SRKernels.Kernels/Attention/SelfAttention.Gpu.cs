using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Attention;

/*
 * On tensor cores (bf16, fp16; up to 512 channels): Round, Attend, Merge. A group of Attend, one on each multiprocessor, owns a run of pairs of
 * 64 queries and 128 keys; the sums of a tile of queries that several groups had a share of meet in Merge. No float is added in an order that
 * depends on timing. In fp32 (tf32 too) on GPUs: SharedTile64x64, which shares work out alike, and Merge. On processors behind OpenCL, for more
 * channels and for odd ones: FourQueriesPerThread, a thread walks over all keys, images along y; OneThreadPerQuery for those left over.
 */
public static partial class SelfAttention
{
    private const string Kernels = "SRKernels.Kernels.Attention.SelfAttentionKernels";
    private const string TileKernels = "SRKernels.Kernels.Attention.SelfAttentionTileKernels";
    private const string TensorKernels = "SRKernels.Kernels.Attention.SelfAttentionTensorKernels";
    private const string RowKernels = "SRKernels.Kernels.Attention.SelfAttentionRowKernels";
    private const int MostTileChannels = 512;
    private const int StatisticsBytes = 10 * SelfAttentionTensorKernels.Queries * sizeof(float);

    /// <summary>Simulated devices say that they have one multiprocessor; they share the work out all the same.</summary>
    private const int FewestGroups = 4;

    private static readonly KernelKey s_oneThreadPerQuery = new(Kernels, nameof(SelfAttentionKernels.OneThreadPerQuery));
    private static readonly KernelKey s_fourQueriesPerThread = new(Kernels, nameof(SelfAttentionKernels.FourQueriesPerThread));
    private static readonly KernelKey s_merge = new(RowKernels, nameof(SelfAttentionRowKernels.Merge));

    private static void Gpu(KernelContext cx, Tensor q, Tensor k, Tensor v, Tensor y)
    {
        var (positions, c) = (q.Shape.Pixels, q.Shape.C);
        var info = cx.Gpu.Info;
        if (HasTensorCores(info, cx.Gpu.Precision, c))
        {
            OnTensorCores(cx, new Operands(GpuView.Of(q), GpuView.Of(k), GpuView.Of(v), c, null), y, epilogue: null);
            return;
        }

        if (info.Kind != DeviceKind.OpenCl && c <= MostTileChannels && c % 4 == 0)
        {
            ByTiles(cx, q, k, v, y);
            return;
        }

        const int Threads = SelfAttentionKernels.QueryThreads;
        var fours = positions / 4;
        if (fours > 0)
            cx.Gpu.Launch(s_fourQueriesPerThread, new LaunchShape(new Extent((fours + Threads - 1) / Threads, q.Shape.N), new Extent(Threads)), q, k, v, y, positions, c, ScaleOf(c));
        if (positions % 4 != 0)
            cx.Gpu.Launch(s_oneThreadPerQuery, new LaunchShape(new Extent(1, q.Shape.N), new Extent(Threads)), q, k, v, y, positions, c, 4 * fours, ScaleOf(c));
    }

    private static void ByTiles(KernelContext cx, Tensor q, Tensor k, Tensor v, Tensor y)
    {
        var (images, positions, c) = (q.Shape.N, q.Shape.Pixels, q.Shape.C);
        var width = WidthOf(c);
        var work = new Shares(cx, images, positions, SelfAttentionTileKernels.Queries, SelfAttentionTileKernels.Keys);
        using var partial = cx.Rent(work.Slots, SelfAttentionTileKernels.Queries, 1, width);
        using var statistics = cx.Rent(work.Slots, 2, 1, SelfAttentionTileKernels.Queries);
        var key = new KernelKey(TileKernels, nameof(SelfAttentionTileKernels.SharedTile64x64)) { Specialized = [width] };
        cx.Gpu.Launch(
            key, new LaunchShape(new Extent(work.Groups), new Extent(SelfAttentionTileKernels.Threads)),
            q, k, v, partial, statistics, positions, c, work.Tiles, work.Blocks, work.PairsOfGroup, ScaleOf(c));
        Merge(cx, partial, statistics, y, width, work, epilogue: null);
    }

    private static void OnTensorCores(KernelContext cx, in Operands from, Tensor y, Epilogue? epilogue)
    {
        const int Threads = SelfAttentionRowKernels.Threads;
        var (images, positions, c) = (y.Shape.N, y.Shape.Pixels, y.Shape.C);
        var half = cx.Gpu.Precision == Precision.Fp16 ? 1 : 0;
        var width = WidthOf(c);
        var (tileKeys, piece, stages) = width < 512 ? (128, 64, 3) : (256, 32, 4);
        if (SharedBytes(width, tileKeys, piece, stages) + StatisticsBytes > cx.Gpu.Info.SharedBytes) (tileKeys, piece, stages) = (128, 32, 2);
        var work = new Shares(cx, images, positions, SelfAttentionTensorKernels.Queries, tileKeys);
        var rows = work.Blocks * tileKeys;

        // Two elements a float; behind the last piece as much as copies run ahead.
        var q16 = cx.Rent(images, rows, 1, width / 2);
        var stream16 = cx.Rent(1, 1, 1, checked((images * rows * width) + ((stages - 1) * tileKeys * piece / 2)));
        var (queries, stream) = (cx.Gpu.View<short>(q16), cx.Gpu.View<short>(stream16));
        var round = new KernelKey(RowKernels, nameof(SelfAttentionRowKernels.Round)) { Specialized = [width, tileKeys, piece, half] };
        cx.Gpu.Launch(
            round, new LaunchShape(new Extent(((rows * width / 8) + Threads - 1) / Threads, images), new Extent(Threads)),
            from.Q, from.K, from.V, queries, stream, positions, rows, c, from.Pitch, ScaleOf(c));
        from.Consumed?.Dispose();

        using var partial = cx.Rent(work.Slots, SelfAttentionTensorKernels.Queries, 1, width);
        using var statistics = cx.Rent(work.Slots, 2, 1, SelfAttentionTensorKernels.Queries);
        var attend = new KernelKey(TensorKernels, nameof(SelfAttentionTensorKernels.Attend)) { Specialized = [width, tileKeys, piece, stages, half] };
        cx.Gpu.Launch(
            attend, new LaunchShape(new Extent(work.Groups), new Extent(SelfAttentionTensorKernels.Threads), SharedBytes(width, tileKeys, piece, stages)),
            queries, stream, partial, statistics, positions, rows, work.Tiles, work.PairsOfGroup);
        q16.Dispose();
        stream16.Dispose();
        Merge(cx, partial, statistics, y, width, work, epilogue);
    }

    private static void Merge(KernelContext cx, Tensor partial, Tensor statistics, Tensor y, int width, in Shares work, Epilogue? epilogue)
    {
        const int Threads = SelfAttentionRowKernels.Threads;
        var (images, positions, c) = (y.Shape.N, y.Shape.Pixels, y.Shape.C);
        cx.Gpu.Launch(
            s_merge, new LaunchShape(new Extent(((positions * width / 4) + Threads - 1) / Threads, images), new Extent(Threads)),
            partial, statistics, epilogue?.Residual ?? y, epilogue?.Constant ?? GpuView.Of(y), y, positions, c, width, work.Blocks, work.PairsOfGroup,
            epilogue is null ? 0 : 1);
    }

    /// <summary>Channels that tiles are compiled for.</summary>
    private static int WidthOf(int c) => c <= 128 ? 128 : c <= 256 ? 256 : 512;

    /// <summary>Dynamic shared memory of Attend: a tile of queries, the weights of a pair of tiles, the ring.</summary>
    private static int SharedBytes(int width, int keys, int piece, int stages) =>
        sizeof(short) * ((SelfAttentionTensorKernels.Queries * (width + keys)) + (stages * keys * piece));

    /// <summary>c^-1/2 log2(e): weights are powers of two.</summary>
    private static float ScaleOf(int c) => (float)(1 / (Math.Sqrt(c) * Math.Log(2)));

    /// <summary>What attends: rows of queries, keys and values.</summary>
    /// <param name="Q">Queries.</param>
    /// <param name="K">Keys.</param>
    /// <param name="V">Values.</param>
    /// <param name="Pitch">Elements from the row of a position to that of the next, of all three.</param>
    /// <param name="Consumed">Given back when they have been read.</param>
    private readonly record struct Operands(GpuView Q, GpuView K, GpuView V, int Pitch, Tensor? Consumed);

    /// <summary>What is added to the attended values.</summary>
    /// <param name="Residual">[n, h, w, c].</param>
    /// <param name="Constant">[c].</param>
    private sealed record Epilogue(Tensor Residual, GpuView Constant);

    /// <summary>Pairs of a tile of queries and a tile of keys, dealt out to groups in runs of one length.</summary>
    private readonly struct Shares
    {
        public readonly int Tiles, Blocks, Groups, PairsOfGroup;

        /// <summary>Sums that are kept: the pairs (group, tile of queries) that meet, in the order of the work, are numbered by group + tile, which no two share.</summary>
        public readonly int Slots;

        public Shares(KernelContext cx, int images, int positions, int queries, int keys)
        {
            Blocks = (positions + keys - 1) / keys;
            Tiles = checked(images * ((positions + queries - 1) / queries));
            var pairs = checked(Tiles * Blocks);
            Groups = Math.Min(pairs, Math.Max(cx.Gpu.Info.Multiprocessors, FewestGroups));
            PairsOfGroup = (pairs + Groups - 1) / Groups;
            Groups = (pairs + PairsOfGroup - 1) / PairsOfGroup;
            Slots = Groups + Tiles - 1;
        }
    }
}
