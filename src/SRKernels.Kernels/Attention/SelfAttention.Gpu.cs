using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Attention;

/*
 * On tensor cores (bf16, fp16, tf32; up to 512 channels): Round or RoundTf32, Attend or AttendTf32, Merge. A group of Attend, one on each multiprocessor, owns a run of pairs
 * of 64 queries and a tile of keys; the sums of a tile of queries that several groups had a share of meet in Merge. No float is added in an order that
 * depends on timing. In fp32 on GPUs: SharedTile64x64, which shares work out alike, and Merge. On processors behind OpenCL, where barriers are dear, for more
 * channels and for odd ones: FourQueriesPerThread, a thread walks over all keys, images along y; OneThreadPerQuery for those left over.
 */
public static partial class SelfAttention
{
    private const string Kernels = "SRKernels.Kernels.Attention.SelfAttentionKernels";
    private const string TileKernels = "SRKernels.Kernels.Attention.SelfAttentionTileKernels";
    private const string TensorKernels = "SRKernels.Kernels.Attention.SelfAttentionTensorKernels";
    private const string Tf32Kernels = "SRKernels.Kernels.Attention.SelfAttentionTf32Kernels";
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

        if (info.Kind != DeviceKind.OpenCl && !info.ShunsBarriers && c <= MostTileChannels && c % 4 == 0)
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
        var (images, positions, c) = (y.Shape.N, y.Shape.Pixels, y.Shape.C);
        var form = TensorForm.Of(cx.Gpu.Precision, c, cx.Gpu.Info.SharedBytes);
        var work = new Shares(cx, images, positions, SelfAttentionTensorKernels.Queries, form.Keys);
        var rows = work.Blocks * form.Keys;

        // Keys and values, and behind the last piece as much as copies run ahead.
        var elements = checked((2 * images * rows * form.Width) + ((form.Stages - 1) * form.Piece));
        var queries = cx.Rent(images, rows, 1, form.Width * form.ElementBytes / sizeof(float));
        var stream = cx.Rent(1, 1, 1, elements / sizeof(float) * form.ElementBytes);
        const int Threads = SelfAttentionRowKernels.Threads;
        var pieces = rows * form.Width * form.ElementBytes / 16;
        var (roundShape, attendShape) = (
            new LaunchShape(new Extent((pieces + Threads - 1) / Threads, images), new Extent(Threads)),
            new LaunchShape(new Extent(work.Groups), new Extent(SelfAttentionTensorKernels.Threads), form.SharedBytes));
        var (q, kv) = form.IsTf32 ? (GpuView.Of(queries), GpuView.Of(stream)) : (cx.Gpu.View<short>(queries), cx.Gpu.View<short>(stream));
        if (form.IsTf32) cx.Gpu.Launch(form.Round, roundShape, from.Q, from.K, from.V, q, kv, positions, rows, c, from.Pitch, ScaleOf(c), form.Width);
        else cx.Gpu.Launch(form.Round, roundShape, from.Q, from.K, from.V, q, kv, positions, rows, c, from.Pitch, ScaleOf(c));
        from.Consumed?.Dispose();

        using var partial = cx.Rent(work.Slots, SelfAttentionTensorKernels.Queries, 1, form.Width);
        using var statistics = cx.Rent(work.Slots, 2, 1, SelfAttentionTensorKernels.Queries);
        cx.Gpu.Launch(form.Attend, attendShape, q, kv, partial, statistics, positions, rows, work.Tiles, work.PairsOfGroup);
        queries.Dispose();
        stream.Dispose();
        Merge(cx, partial, statistics, y, form.Width, work, epilogue);
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

    /// <summary>c^-1/2 log2(e): weights are powers of two.</summary>
    private static float ScaleOf(int c) => (float)(1 / (Math.Sqrt(c) * Math.Log(2)));

    /// <summary>Kernels and tiles by precision, channels and shared memory.</summary>
    private readonly record struct TensorForm(int Width, int Keys, int Piece, int Stages, int ElementBytes, KernelKey Round, KernelKey Attend)
    {
        public bool IsTf32 => ElementBytes == sizeof(float);

        /// <summary>Dynamic: the weights of a pair of tiles, the ring, and the tile of queries or, in tf32, a ring of its pieces.</summary>
        public int SharedBytes => ElementBytes * (
            (SelfAttentionTensorKernels.Queries * Keys) + (Stages * Piece) + (IsTf32 ? Stages * SelfAttentionTf32Kernels.QueryPiece : SelfAttentionTensorKernels.Queries * Width));

        public static TensorForm Of(Precision precision, int c, int sharedBytes)
        {
            var width = WidthOf(c);
            if (precision == Precision.Tf32)
            {
                var form = Tf32(width, 4);
                return form.Fits(sharedBytes) ? form : Tf32(width, 2);
            }

            var half = precision == Precision.Fp16 ? 1 : 0;
            if (width < 512) return Sixteen(width, 128, 64, 3, half);
            var wide = Sixteen(width, 256, 32, 4, half);
            return wide.Fits(sharedBytes) ? wide : Sixteen(width, 128, 32, 2, half);
        }

        private static TensorForm Sixteen(int width, int keys, int channels, int stages, int half) => new(
            width, keys, keys * channels, stages, sizeof(short),
            new(RowKernels, nameof(SelfAttentionRowKernels.Round)) { Specialized = [width, keys, channels, half] },
            new(TensorKernels, nameof(SelfAttentionTensorKernels.Attend)) { Specialized = [width, keys, channels, stages, half] });

        private static TensorForm Tf32(int width, int stages) => new(
            width, SelfAttentionTf32Kernels.Keys, SelfAttentionTf32Kernels.Piece, stages, sizeof(float),
            new(RowKernels, nameof(SelfAttentionRowKernels.RoundTf32)),
            new(Tf32Kernels, nameof(SelfAttentionTf32Kernels.AttendTf32)) { Specialized = [width, stages] });

        private bool Fits(int sharedBytes) => SharedBytes + StatisticsBytes <= sharedBytes;
    }

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
