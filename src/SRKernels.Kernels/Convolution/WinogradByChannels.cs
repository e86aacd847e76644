using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SRKernels.Kernels.Dense;
using SRKernels.Kernels.Simd;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime.Cpu;

namespace SRKernels.Kernels.Convolution;

/// <summary>
/// F(4x4, 3x3) for small maps: a task takes 32 output channels of a block of tiles and transforms their weights as it goes,
/// so that each weight is read once per block and never stored transformed.
/// </summary>
/// <remarks>
/// <code>
/// for each group of tiles (V within the last-level cache):
///   over tiles:           pixels  --B^T.B--> V [36][tiles][channels]                                            shared
///   task = block, panel:  for 32 or 64 channels:      weights --G.G^T--> U [36][channels][32]                  second-level cache
///                                                     for each of 36:   M [36][tiles][32] += V x U             second-level cache
///                         M --A^T.A--> pixels
/// </code>
/// A sum is taken up again exactly where it was left (fp32 in memory as in the register), so the cut changes no byte.
/// Source: see <see cref="WinogradTransforms{TIsa,TV}"/>. Measured (as in <see cref="WinogradByTiles"/>): 640->640 at 8x8 2.6 ms, 184 GFLOP/s, where
/// WinogradByTiles takes 12.4 and oneDNN 7.5; 320->320 at 16x16 1.65 ms, 287 GFLOP/s. On Zen 3 (FMA loop 104 GFLOP/s) by 32 instead of 64 channels:
/// 640->640 at 8x8 3.7 instead of 4.5 ms, 320->320 at 16x16 2.2 instead of 2.7.
/// </remarks>
internal static unsafe class WinogradByChannels
{
    // U of 64 channels takes 288 KiB, M of 96 tiles 432 KiB: together within a 1 MiB second-level cache. On one of 512 KiB 64 tiles are still best so.
    private const int MostChannels = 64;
    private const int TileBlock = 96;

    // With few tiles a transformed weight is used so little that writing and reading it is half of the work: half as many stay nearer.
    private const int FewTiles = 24;

    // V of one group of tiles: half of a 32 MiB last-level cache.
    private const int GroupBytes = 16 << 20;
    private const int TilesPerInputTask = 4;

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

    /// <summary>Bytes of the memory that all workers see, and of each worker's own, at most.</summary>
    public static (long Shared, long Worker) ScratchBytes(long tiles, int inChannels)
    {
        var stride = WinogradPlan.TileStrideOf(inChannels);
        var group = Math.Min(tiles, Math.Max(GroupBytes / (WinogradPlan.Products * stride * sizeof(float)), GemmTiles.MaxRows));
        var shared = (WinogradPlan.Products * WinogradPlan.Slab((nint)group, stride)) + WinogradPlan.RoundToLine(inChannels);
        var block = (nint)Math.Min((group + 3) / 4 * 4, TileBlock);
        var worker = WinogradPlan.Products * (WinogradPlan.Slab(MostChannels, GemmTiles.PanelColumns) + WinogradPlan.Slab(block, GemmTiles.PanelColumns));
        return (shared * sizeof(float), worker * sizeof(float));
    }

    private static int ChannelBlock(int tiles) => tiles <= FewTiles ? MostChannels / 2 : MostChannels;

    private static void Run<TIsa, TV>(KernelContext cx, Tensor x, Conv2dWeights w, in Conv2dOptions options, in ConvolutionTarget y)
        where TIsa : struct, ISimd<TV>
        where TV : unmanaged
    {
        var panels = GemmTiles.Panels(w.OutChannels);
        var tiles = WinogradPlan.TileCount(y.Shape);
        var stride = WinogradPlan.TileStrideOf(w.InChannels);
        var fit = Math.Max((int)(GroupBytes / (WinogradPlan.Products * stride * sizeof(float))), GemmTiles.MaxRows);
        var groups = (tiles + fit - 1) / fit;
        var group = (tiles + groups - 1) / groups;
        var blocks = (group + TileBlock - 1) / TileBlock;
        var block = (group + blocks - 1) / blocks;
        block = Math.Min(((block + 3) / 4) * 4, TileBlock);
        blocks = (group + block - 1) / block;

        var slab = WinogradPlan.Slab(group, stride);
        var shared = cx.Scratch.Shared((WinogradPlan.Products * slab) + WinogradPlan.RoundToLine(w.InChannels));
        var plan = new WinogradPlan(x, w, options, y, zeros: shared + (WinogradPlan.Products * slab));
        for (var first = 0; first < tiles; first += group)
        {
            var count = Math.Min(group, tiles - first);
            var input = new TransformInput<TIsa, TV> { Plan = plan, V = shared, Slab = slab, First = first, Count = count };
            cx.Workers.Run((count + TilesPerInputTask - 1) / TilesPerInputTask, ref input);
            var body = new Body<TIsa, TV>
            {
                Scratch = cx.Scratch, Plan = plan, V = shared, VSlab = slab, First = first, Count = count, Block = block, Blocks = blocks,
            };
            cx.Workers.Run(blocks * panels, ref body);
        }
    }

    private struct TransformInput<TIsa, TV> : IParallelBody
        where TIsa : struct, ISimd<TV>
        where TV : unmanaged
    {
        public WinogradPlan Plan;
        public float* V;
        public nint Slab;
        public int First;
        public int Count;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int index, int worker)
        {
            var end = Math.Min((index + 1) * TilesPerInputTask, Count);
            for (var t = index * TilesPerInputTask; t < end; t++) Plan.Input<TIsa, TV>(First + t, V + (t * Plan.TileStride), Slab);
        }
    }

    private struct Body<TIsa, TV> : IParallelBody
        where TIsa : struct, ISimd<TV>
        where TV : unmanaged
    {
        public ScratchArena Scratch;
        public WinogradPlan Plan;
        public float* V;
        public nint VSlab;
        public int First;
        public int Count;
        public int Block;
        public int Blocks;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int index, int worker)
        {
            var (panel, block) = Math.DivRem(index, Blocks);
            var first = block * Block;
            var tiles = Math.Min(Block, Count - first);
            if (tiles <= 0) return;
            var most = ChannelBlock(tiles);
            var (uSlab, mSlab) = (WinogradPlan.Slab(most, GemmTiles.PanelColumns), WinogradPlan.Slab(Block, GemmTiles.PanelColumns));
            var u = Scratch.Worker(worker, WinogradPlan.Products * (uSlab + mSlab));
            var m = u + (WinogradPlan.Products * uSlab);
            var stride = Plan.TileStride;
            for (var channel = 0; channel < Plan.Channels; channel += most)
            {
                var channels = Math.Min(most, Plan.Channels - channel);
                WinogradTransforms<TIsa, TV>.Weights(Plan.W.Panel(panel), Plan.Channels, channel, channels, u, uSlab);
                for (var p = 0; p < WinogradPlan.Products; p++)
                {
                    var sum = m + (p * mSlab);
                    GemmMicrokernel<TIsa, TV>.Panel(
                        V + (p * VSlab) + (first * stride) + channel, stride, tiles, u + (p * uSlab), channels, sum, GemmTiles.PanelColumns,
                        GemmTiles.PanelColumns, channel == 0 ? Gemm.Zeros : sum, channel == 0 ? 0 : GemmTiles.PanelColumns);
                }
            }

            for (var t = 0; t < tiles; t++) Plan.Output<TIsa, TV>(First + first + t, panel, m + (t * GemmTiles.PanelColumns), mSlab);
        }
    }
}
