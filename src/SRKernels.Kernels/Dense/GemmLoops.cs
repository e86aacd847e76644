using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SRKernels.Kernels.Activations;
using SRKernels.Kernels.Simd;
using SRKernels.Runtime.Cpu;

namespace SRKernels.Kernels.Dense;

/// <summary>A packed right-hand side with its bias: what a layer's weights are to the loops.</summary>
/// <param name="Panels">[panel][k][32], the last panel filled up with zeros.</param>
/// <param name="Bias">[32 panels], filled up with zeros; behind them as many slopes.</param>
/// <param name="K">Length of the sums.</param>
/// <param name="N">Columns.</param>
internal readonly unsafe record struct PackedWeights(nint Panels, nint Bias, int K, int N)
{
    /// <summary>One panel.</summary>
    public float* Panel(int index) => (float*)Panels + ((nint)index * K * GemmTiles.PanelColumns);

    /// <summary>The bias of one panel's columns.</summary>
    public float* PanelBias(int index) => (float*)Bias + (index * GemmTiles.PanelColumns);

    /// <summary>What <see cref="Activation.LeakyRelu"/> multiplies negative sums of one panel's columns by.</summary>
    public float* PanelSlopes(int index) => PanelBias(GemmTiles.Panels(N) + index);

    /// <summary>How many of one panel's columns there are.</summary>
    public int PanelColumns(int index) => Math.Min(GemmTiles.PanelColumns, N - (index * GemmTiles.PanelColumns));
}

/// <summary>
/// C[m, n] = f(A[m, k] B[k, n] + bias) + R over all workers: linear layers and 1x1 convolutions.
/// </summary>
/// <remarks>
/// Two loops, cut into tasks: ic over blocks of rows of A that stay in the second-level cache, jc over groups of panels (only as many
/// groups as the workers need); inside a task, where all of B stays in the second-level
/// cache, passes over a few rows, so that C is written almost in order; jr over the panels, and the panel's own loop over tiles of rows. A sum runs over all of k
/// at once: a panel of B streams through, k 4608 deep at 97 % of the speed of a short one. Cutting never changes a byte.
/// Measured (Zen 4, one core): 88-97 % of an FMA loop's 118 GFLOP/s up to 4096 rows of 160-1280 channels, 73 % where 65536 rows are written.
/// </remarks>
internal static unsafe class GemmLoops
{
    /// <summary>The product over all workers.</summary>
    /// <param name="cx">On the processor.</param>
    /// <param name="a">A, <paramref name="aStride"/> elements between its rows.</param>
    /// <param name="aStride">At least k.</param>
    /// <param name="m">Rows.</param>
    /// <param name="b">B with its bias.</param>
    /// <param name="c">C.</param>
    /// <param name="activation">f.</param>
    /// <param name="residual">R.</param>
    public static void Run(KernelContext cx, float* a, nint aStride, long m, in PackedWeights b, StridedRows c, Activation activation, StridedRows residual)
    {
        switch (cx.Width)
        {
            case SimdWidth.V512: Run<Simd512, Vector512<float>>(cx, a, aStride, m, b, c, activation, residual); break;
            case SimdWidth.V256: Run<Simd256, Vector256<float>>(cx, a, aStride, m, b, c, activation, residual); break;
            case SimdWidth.V128: Run<Simd128, Vector128<float>>(cx, a, aStride, m, b, c, activation, residual); break;
            default: Run<SimdScalar, float>(cx, a, aStride, m, b, c, activation, residual); break;
        }
    }

    private static void Run<TIsa, TV>(KernelContext cx, float* a, nint aStride, long m, in PackedWeights b, StridedRows c, Activation activation, StridedRows residual)
        where TIsa : struct, ISimd<TV>
        where TV : unmanaged
    {
        var rowBlock = GemmTiles.RowBlock(b.K);
        var rowBlocks = checked((int)((m + rowBlock - 1) / rowBlock));
        var panels = GemmTiles.Panels(b.N);
        var wanted = cx.Workers.Count == 1 ? 1 : cx.Workers.Count * GemmTiles.TasksPerWorker;
        var groups = Math.Clamp((wanted + rowBlocks - 1) / rowBlocks, 1, panels);
        var body = new Body<TIsa, TV>
        {
            A = a, AStride = aStride, M = m, B = b, C = c, Activation = activation, Residual = residual,
            RowBlock = rowBlock, PassRows = GemmTiles.PassRows(b.K, b.N, rowBlock), Groups = groups, PanelsPerGroup = (panels + groups - 1) / groups,
        };
        cx.Workers.Run(rowBlocks * groups, ref body);
    }

    private struct Body<TIsa, TV> : IParallelBody
        where TIsa : struct, ISimd<TV>
        where TV : unmanaged
    {
        public float* A;
        public nint AStride;
        public long M;
        public PackedWeights B;
        public StridedRows C;
        public Activation Activation;
        public StridedRows Residual;
        public int RowBlock;
        public int PassRows;
        public int Groups;
        public int PanelsPerGroup;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int index, int worker)
        {
            var (block, group) = Math.DivRem(index, Groups);
            var row = (long)block * RowBlock;
            var rows = (int)Math.Min(RowBlock, M - row);
            var end = Math.Min((group + 1) * PanelsPerGroup, GemmTiles.Panels(B.N));
            for (var done = 0; done < rows; done += PassRows) Pass(row + done, Math.Min(PassRows, rows - done), group * PanelsPerGroup, end);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Pass(long row, int rows, int panel, int end)
        {
            for (; panel < end; panel++)
            {
                var column = panel * GemmTiles.PanelColumns;
                var columns = B.PanelColumns(panel);
                var to = C.From(row, column);
                GemmMicrokernel<TIsa, TV>.Panel(A + (row * AStride), AStride, rows, B.Panel(panel), B.K, to.Data, to.Stride, columns, B.PanelBias(panel), 0);
                GemmEpilogue<TIsa, TV>.Apply(to, rows, columns, Activation, B.PanelSlopes(panel), Residual.From(row, column));
            }
        }
    }
}
