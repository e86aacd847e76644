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
/// once, over panels:   weights --G.G^T--> U [panel][36][channels][32]                                       shared           
/// task = tiles:        pixels  --B^T.B--> V [36][tiles][channels]                                          second-level cache
///                      for each panel, for each of 36:  M [36][tiles][32] = V x U;   M --A^T.A--> pixels   second-level cache
/// </code>
/// Source: see <see cref="WinogradTransforms{TIsa,TV}"/>. Measured (Zen 4, one core of a busy machine, processor time, FMA loop 118 GFLOP/s; GFLOP of the
/// definition): 512->512 at 64x64 57-75 ms, 260-337 GFLOP/s; 128->128 at 256x256 62-70 ms; oneDNN's direct convolution 184 and 207 ms.
/// </remarks>
internal static unsafe class WinogradByTiles
{
    // V and M of one task: half of a 1 MiB second-level cache, whose rest U streams through.
    private const int TaskBytes = 576 * 1024;

    /// <summary>Convolves.</summary>
    public static void Run(KernelContext cx, Tensor x, Conv2dWeights w, in Conv2dOptions options, Tensor y)
    {
        switch (cx.Width)
        {
            case SimdWidth.V512: Run<Simd512, Vector512<float>>(cx, x, w, options, y); break;
            case SimdWidth.V256: Run<Simd256, Vector256<float>>(cx, x, w, options, y); break;
            case SimdWidth.V128: Run<Simd128, Vector128<float>>(cx, x, w, options, y); break;
            default: Run<SimdScalar, float>(cx, x, w, options, y); break;
        }
    }

    private static void Run<TIsa, TV>(KernelContext cx, Tensor x, Conv2dWeights w, in Conv2dOptions options, Tensor y)
        where TIsa : struct, ISimd<TV>
        where TV : unmanaged
    {
        var slab = WinogradPlan.Slab(w.InChannels, GemmTiles.PanelColumns);
        var panels = GemmTiles.Panels(w.OutChannels);
        var weights = WinogradPlan.Products * slab * panels;
        var shared = cx.Scratch.Shared(weights + WinogradPlan.RoundToLine(w.InChannels));
        var plan = new WinogradPlan(x, w, options, y, zeros: shared + weights);

        var transform = new TransformWeights<TIsa, TV> { Plan = plan, U = shared, Slab = slab };
        cx.Workers.Run(panels, ref transform);

        var block = BlockOf(plan, w, cx.Workers.Count);
        var body = new Body<TIsa, TV> { Scratch = cx.Scratch, Plan = plan, U = shared, USlab = slab, Block = block };
        cx.Workers.Run((plan.Tiles + block - 1) / block, ref body);
    }

    /// <summary>Bytes of the memory that all workers see, and of each worker's own, at most.</summary>
    public static (long Shared, long Worker) ScratchBytes(int inChannels, int outChannels)
    {
        var panels = GemmTiles.Panels(outChannels);
        var shared = (WinogradPlan.Products * WinogradPlan.Slab(inChannels, GemmTiles.PanelColumns) * panels) + WinogradPlan.RoundToLine(inChannels);
        var perTile = WinogradPlan.Products * (WinogradPlan.TileStrideOf(inChannels) + GemmTiles.PanelColumns);
        var tiles = Math.Max((int)(TaskBytes / (perTile * sizeof(float))), StreamingTiles(WinogradPlan.WeightBytes(inChannels, outChannels)));
        tiles = Math.Clamp(tiles / GemmTiles.MaxRows, 1, 8) * GemmTiles.MaxRows;
        var worker = WinogradPlan.Products
            * (WinogradPlan.Slab(tiles, WinogradPlan.TileStrideOf(inChannels)) + WinogradPlan.Slab(tiles, GemmTiles.PanelColumns));
        return (shared * sizeof(float), worker * sizeof(float));
    }

    /// <summary>
    /// Tiles of a task. V and M should stay in the second-level cache; but U passes by once for each task, 64 / tiles bytes a cycle, so where it
    /// is larger than a second-level cache there are more tiles to a task than fit. Always enough tasks for the workers.
    /// </summary>
    private static int BlockOf(in WinogradPlan plan, Conv2dWeights w, int workers)
    {
        var perTile = WinogradPlan.Products * (plan.TileStride + GemmTiles.PanelColumns) * sizeof(float);
        var fitting = (int)(TaskBytes / perTile);
        var streaming = StreamingTiles(WinogradPlan.WeightBytes(w.InChannels, w.OutChannels));
        var share = plan.Tiles / (workers * 2);
        return Math.Clamp(Math.Min(Math.Max(fitting, streaming), share) / GemmTiles.MaxRows, 1, 8) * GemmTiles.MaxRows;
    }

    private static int StreamingTiles(long weightBytes) => weightBytes switch { > 16 << 20 => 48, > 4 << 20 => 24, _ => 12 };

    private struct TransformWeights<TIsa, TV> : IParallelBody
        where TIsa : struct, ISimd<TV>
        where TV : unmanaged
    {
        public WinogradPlan Plan;
        public float* U;
        public nint Slab;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int index, int worker) => WinogradTransforms<TIsa, TV>.Weights(
            Plan.W.Panel(index), Plan.Channels, 0, Plan.Channels, U + (index * WinogradPlan.Products * Slab), Slab);
    }

    private struct Body<TIsa, TV> : IParallelBody
        where TIsa : struct, ISimd<TV>
        where TV : unmanaged
    {
        public ScratchArena Scratch;
        public WinogradPlan Plan;
        public float* U;
        public nint USlab;
        public int Block;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int index, int worker)
        {
            var first = index * Block;
            var tiles = Math.Min(Block, Plan.Tiles - first);
            var stride = Plan.TileStride;
            var (vSlab, mSlab) = (WinogradPlan.Slab(Block, stride), WinogradPlan.Slab(Block, GemmTiles.PanelColumns));
            var v = Scratch.Worker(worker, WinogradPlan.Products * (vSlab + mSlab));
            var m = v + (WinogradPlan.Products * vSlab);
            for (var t = 0; t < tiles; t++) Plan.Input<TIsa, TV>(first + t, v + (t * stride), vSlab);
            for (var panel = 0; panel < GemmTiles.Panels(Plan.W.N); panel++)
            {
                var u = U + (panel * WinogradPlan.Products * USlab);
                for (var p = 0; p < WinogradPlan.Products; p++)
                {
                    GemmMicrokernel<TIsa, TV>.Panel(
                        v + (p * vSlab), stride, tiles, u + (p * USlab), Plan.Channels, m + (p * mSlab), GemmTiles.PanelColumns,
                        GemmTiles.PanelColumns, Gemm.Zeros, 0);
                }

                for (var t = 0; t < tiles; t++) Plan.Output<TIsa, TV>(first + t, panel, m + (t * GemmTiles.PanelColumns), mSlab);
            }
        }
    }
}
