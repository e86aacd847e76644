using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SRKernels.Kernels.Dense;
using SRKernels.Kernels.Simd;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime.Cpu;

namespace SRKernels.Kernels.Convolution;

/// <summary>
/// F(4x4, 3x3) for maps of many tiles: the weights are transformed once per call, then a task takes a block of tiles all the way.
/// </summary>
/// <remarks>
/// <code>
/// once, over panels:   weights --G.G^T--> U [36][panel][channels][32]                       shared
/// task = tiles:        pixels  --B^T.B--> V [36][tiles][channels]                           worker
///                      for each of 36, for each panel:  M [36][tiles][out] = V x U          worker
///                      M --A^T.A--> pixels
/// </code>
/// One of the 36 products after the other, each with all panels: its rows of V stay in the second-level cache, U passes by once for a task, and M may be
/// larger than that cache, for it is written and read once. So a task has as many tiles as make U's passing cheap.
/// Source: see <see cref="WinogradTransforms{TIsa,TV}"/>. Measured (Zen 4, one core of a busy machine, processor time, FMA loop 118 GFLOP/s; GFLOP of the
/// definition): 512->512 at 64x64 57-75 ms, 260-337 GFLOP/s; 128->128 at 256x256 62-70 ms; oneDNN's direct convolution 184 and 207 ms: that was with
/// each panel through all products. On Zen 3 (FMA loop 104 GFLOP/s) this order and <see cref="GemmMicrokernel{TIsa,TV}"/>'s prefetching made
/// 512->512 at 64x64 73 ms of 88, 320->320 at 64x64 30 of 43, 320->160 15 of 19, 128->128 at 256x256 74 of 79.
/// </remarks>
internal static unsafe class WinogradByTiles
{
    // V and M of one task where U is small: a 512 KiB second-level cache's worth.
    private const int TaskBytes = 512 * 1024;
    private const int MostTiles = 96;
    private const int TasksPerWorker = 2;

    /// <summary>Convolves.</summary>
    public static void Run(KernelContext cx, Tensor x, Conv2dWeights w, in Conv2dOptions options, in ConvolutionTarget y)
    {
        switch (cx.Width)
        {
            case SimdWidth.V512: Run<Simd512, Vector512<float>>(cx, x, w, options, y); break;
            case SimdWidth.V256: Run<Simd256, Vector256<float>>(cx, x, w, options, y); break;
            case SimdWidth.V128: Run<Simd128, Vector128<float>>(cx, x, w, options, y); break;
            default: Run<SimdScalar, float>(cx, x, w, options, y); break;
        }
    }

    private static void Run<TIsa, TV>(KernelContext cx, Tensor x, Conv2dWeights w, in Conv2dOptions options, in ConvolutionTarget y)
        where TIsa : struct, ISimd<TV>
        where TV : unmanaged
    {
        var slab = WinogradPlan.Slab(w.InChannels, GemmTiles.PanelColumns);
        var panels = GemmTiles.Panels(w.OutChannels);
        var weights = WinogradPlan.Products * slab * panels;
        var shared = cx.Scratch.Shared(weights + WinogradPlan.RoundToLine(w.InChannels));
        var plan = new WinogradPlan(x, w, options, y, zeros: shared + weights);

        var transform = new TransformWeights<TIsa, TV> { Plan = plan, U = shared, Slab = slab, Panels = panels };
        cx.Workers.Run(panels, ref transform);

        var block = BlockOf(plan.Tiles, w.InChannels, w.OutChannels, cx.Workers.Count);
        var body = new Body<TIsa, TV> { Scratch = cx.Scratch, Plan = plan, U = shared, USlab = slab, Panels = panels, Block = block };
        cx.Workers.Run((plan.Tiles + block - 1) / block, ref body);
    }

    /// <summary>Bytes of the memory that all workers see, and of each worker's own, at most.</summary>
    /// <param name="tiles">Tiles of the map, at most.</param>
    /// <param name="inChannels">Channels that go in.</param>
    /// <param name="outChannels">Channels that come out.</param>
    /// <param name="workers">How many workers there are.</param>
    public static (long Shared, long Worker) ScratchBytes(long tiles, int inChannels, int outChannels, int workers)
    {
        var panels = GemmTiles.Panels(outChannels);
        var shared = (WinogradPlan.Products * WinogradPlan.Slab(inChannels, GemmTiles.PanelColumns) * panels) + WinogradPlan.RoundToLine(inChannels);
        var block = (nint)Math.Min(((tiles / (TasksPerWorker * workers)) + 4) / 4 * 4, TilesOf(inChannels, outChannels));
        var worker = WinogradPlan.Products
            * (WinogradPlan.Slab(block, WinogradPlan.TileStrideOf(inChannels)) + WinogradPlan.Slab(block, ProductStride(panels)));
        return (shared * sizeof(float), worker * sizeof(float));
    }

    /// <summary>Elements between the rows of M; more than a multiple of 512 bytes, for the same reason as <see cref="WinogradPlan.TileStride"/>.</summary>
    private static nint ProductStride(int panels) => ((nint)panels * GemmTiles.PanelColumns) + (panels % 4 == 0 ? 16 : 0);

    /// <summary>
    /// Tiles of a task where there are enough. Measured on Zen 3 (512 KiB of second-level cache), of 12, 24, 48, 96: with 160 to 160 channels
    /// (U of 4 MB) 24 are best, with 256 and more (9 MB and more) 96, up to a fifth faster than 24.
    /// </summary>
    private static int TilesOf(int inChannels, int outChannels)
    {
        var perTile = WinogradPlan.Products * (int)(WinogradPlan.TileStrideOf(inChannels) + ProductStride(GemmTiles.Panels(outChannels)));
        var fitting = TaskBytes / (perTile * sizeof(float));
        var streaming = WinogradPlan.WeightBytes(inChannels, outChannels) switch { > 8 << 20 => MostTiles, > 1 << 20 => 24, _ => 12 };
        return Math.Clamp(Math.Max(fitting, streaming) / GemmTiles.MaxRows, 1, MostTiles / GemmTiles.MaxRows) * GemmTiles.MaxRows;
    }

    /// <summary>Tiles of each task, so that every worker gets the same number of tasks.</summary>
    private static int BlockOf(int tiles, int inChannels, int outChannels, int workers)
    {
        var most = TilesOf(inChannels, outChannels);
        var tasks = Math.Max((tiles + most - 1) / most, TasksPerWorker * workers);
        tasks = (tasks + workers - 1) / workers * workers;
        return Math.Min((((tiles + tasks - 1) / tasks) + 3) / 4 * 4, most);
    }

    private struct TransformWeights<TIsa, TV> : IParallelBody
        where TIsa : struct, ISimd<TV>
        where TV : unmanaged
    {
        public WinogradPlan Plan;
        public float* U;
        public nint Slab;
        public int Panels;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int index, int worker) => WinogradTransforms<TIsa, TV>.Weights(
            Plan.W.Panel(index), Plan.Channels, 0, Plan.Channels, U + (index * Slab), Panels * Slab);
    }

    private struct Body<TIsa, TV> : IParallelBody
        where TIsa : struct, ISimd<TV>
        where TV : unmanaged
    {
        public ScratchArena Scratch;
        public WinogradPlan Plan;
        public float* U;
        public nint USlab;
        public int Panels;
        public int Block;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int index, int worker)
        {
            var first = index * Block;
            var tiles = Math.Min(Block, Plan.Tiles - first);
            var stride = Plan.TileStride;
            var productStride = ProductStride(Panels);
            var (vSlab, mSlab) = (WinogradPlan.Slab(Block, stride), WinogradPlan.Slab(Block, productStride));
            var v = Scratch.Worker(worker, WinogradPlan.Products * (vSlab + mSlab));
            var m = v + (WinogradPlan.Products * vSlab);
            for (var t = 0; t < tiles; t++) Plan.Input<TIsa, TV>(first + t, v + (t * stride), vSlab);
            var u = U;
            for (var p = 0; p < WinogradPlan.Products; p++)
                for (var panel = 0; panel < Panels; panel++, u += USlab)
                {
                    GemmMicrokernel<TIsa, TV>.Panel(
                        v + (p * vSlab), stride, tiles, u, Plan.Channels, m + (p * mSlab) + (panel * GemmTiles.PanelColumns), productStride,
                        GemmTiles.PanelColumns, Gemm.Zeros, 0);
                }

            for (var t = 0; t < tiles; t++)
                for (var panel = 0; panel < Panels; panel++)
                    Plan.Output<TIsa, TV>(first + t, panel, m + (t * productStride) + (panel * GemmTiles.PanelColumns), mSlab);
        }
    }
}
