using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Dense;
using SRKernels.Kernels.Simd;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime.Cpu;

namespace SRKernels.Kernels.Convolution;

/// <summary>
/// Convolution as one matrix product: row = output pixel, its 3x3 patch of the input copied together; sums over (ky, kx, channel).
/// </summary>
/// <remarks>
/// Every option, any size. A task copies the patches of a block of pixels that stays in the second-level cache and multiplies them with
/// all panels; the copy costs one load and store for each output channel's multiply-add, 1 % at 100 channels. Used for stride 2 and for few input
/// channels. Measured (Zen 4, one core): 256->256 of stride 2 to 64x64 46 ms, 105 GFLOP/s, 88 % of an FMA loop. Source: Chellapilla et al. 2006, "High performance convolutional neural networks for document processing".
/// </remarks>
internal static unsafe class PatchConvolution
{
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

    /// <summary>Bytes of a worker's memory, at most.</summary>
    /// <param name="sum">Length of the sums: taps times input channels.</param>
    public static long WorkerBytes(int sum) => GemmTiles.RowBlock(sum) * (((sum + 15L) & ~15) + 16) * sizeof(float);

    private static void Run<TIsa, TV>(KernelContext cx, Tensor x, Conv2dWeights w, in Conv2dOptions options, in ConvolutionTarget y)
        where TIsa : struct, ISimd<TV>
        where TV : unmanaged
    {
        var rows = (long)y.Shape.N * y.Shape.Pixels;
        var block = GemmTiles.RowBlock(w.Packed.K);
        var share = (rows / (cx.Workers.Count * GemmTiles.TasksPerWorker) / GemmTiles.MaxRows * GemmTiles.MaxRows) + GemmTiles.MaxRows;
        block = (int)Math.Min(block, share);
        var body = new Body<TIsa, TV>
        {
            Scratch = cx.Scratch, X = x.Data, XShape = x.Shape, Y = y.Rows, YShape = y.Shape, Channels = w.InChannels, W = w.Packed, KernelSize = w.KernelSize,
            Step = options.Step, Shift = options.UpsampleInput ? 1 : 0, Pad = options.Padding == Conv2dPadding.Same ? w.KernelSize / 2 : 0,
            Activation = options.Activation, Residual = Conv2d.ResidualRows(options), RowBlock = block,
        };
        cx.Workers.Run(checked((int)((rows + block - 1) / block)), ref body);
    }

    private struct Body<TIsa, TV> : IParallelBody
        where TIsa : struct, ISimd<TV>
        where TV : unmanaged
    {
        public ScratchArena Scratch;
        public float* X;
        public Shape XShape;
        public StridedRows Y;
        public Shape YShape;
        public int Channels;
        public PackedWeights W;
        public int KernelSize;
        public int Step;
        public int Shift;
        public int Pad;
        public Activation Activation;
        public StridedRows Residual;
        public int RowBlock;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int index, int worker)
        {
            // 16 elements more than the sum is long: rows that lie a power of two apart would share a few cache sets.
            nint stride = ((W.K + 15) & ~15) + 16;
            var patches = Scratch.Worker(worker, RowBlock * (long)stride);
            var first = (long)index * RowBlock;
            var rows = (int)Math.Min(RowBlock, ((long)YShape.N * YShape.Pixels) - first);
            for (var i = 0; i < rows; i++) CopyPatch(first + i, patches + (i * stride));
            for (var panel = 0; panel < GemmTiles.Panels(W.N); panel++)
            {
                var column = panel * GemmTiles.PanelColumns;
                var columns = W.PanelColumns(panel);
                var to = Y.From(first, column);
                GemmMicrokernel<TIsa, TV>.Panel(patches, stride, rows, W.Panel(panel), W.K, to.Data, to.Stride, columns, W.PanelBias(panel), 0);
                GemmEpilogue<TIsa, TV>.Apply(to, rows, columns, Activation, W.PanelSlopes(panel), Residual.From(first, column));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void CopyPatch(long pixel, float* to)
        {
            var (image, inImage) = Math.DivRem(pixel, YShape.Pixels);
            var (oy, ox) = Math.DivRem((int)inImage, YShape.W);
            var (top, left) = ((oy * Step) - Pad, (ox * Step) - Pad);
            var (height, width) = (XShape.H << Shift, XShape.W << Shift);
            var channels = Channels;
            var source = X + (image * XShape.Pixels * XShape.C);
            for (var ky = 0; ky < KernelSize; ky++)
            {
                var iy = top + ky;
                if (iy < 0 || iy >= height)
                {
                    new Span<float>(to, KernelSize * channels).Clear();
                    to += KernelSize * channels;
                    continue;
                }

                var row = source + ((nint)(iy >> Shift) * XShape.W * XShape.C);
                if (Shift == 0 && channels == XShape.C && left >= 0 && left + KernelSize <= width)
                {
                    Copy(row + ((nint)left * channels), to, KernelSize * channels);
                    to += KernelSize * channels;
                    continue;
                }

                for (var ix = left; ix < left + KernelSize; ix++, to += channels)
                {
                    if (ix < 0 || ix >= width) new Span<float>(to, channels).Clear();
                    else Copy(row + ((nint)(ix >> Shift) * XShape.C), to, channels);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Copy(float* from, float* to, int count)
        {
            var i = 0;
            for (; i <= count - TIsa.Lanes; i += TIsa.Lanes) TIsa.Store(TIsa.Load(from + i), to + i);
            for (; i < count; i++) to[i] = from[i];
        }
    }
}
