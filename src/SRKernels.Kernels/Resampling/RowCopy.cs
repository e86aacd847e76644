using System.Runtime.CompilerServices;
using SRKernels.Runtime.Cpu;

namespace SRKernels.Kernels.Resampling;

/// <summary>A row of an output that is put together from rows of the input; the struct holds both.</summary>
internal interface IRowFill
{
    /// <summary>Fills output row <paramref name="row"/> (counted over all images).</summary>
    void Fill(int row);
}

/// <summary>Fills rows in parallel, enough of them at a time that handing them out costs nothing.</summary>
internal static unsafe class RowCopy
{
    private const int BlockBytes = 65536;

    /// <summary>Fills <paramref name="rows"/> rows of <paramref name="rowElements"/> elements.</summary>
    public static void Run<TFill>(KernelContext cx, int rows, long rowElements, TFill fill)
        where TFill : struct, IRowFill
    {
        var blockRows = (int)Math.Clamp(BlockBytes / (rowElements * sizeof(float)), 1, rows);
        var body = new Body<TFill>(fill, rows, blockRows);
        cx.Workers.Run((rows + blockRows - 1) / blockRows, ref body);
    }

    /// <summary>Copies elements that do not overlap.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(float* source, float* target, long elements) =>
        Buffer.MemoryCopy(source, target, elements * sizeof(float), elements * sizeof(float));

    private struct Body<TFill>(TFill fill, int rows, int blockRows) : IParallelBody
        where TFill : struct, IRowFill
    {
        private TFill _fill = fill;

        public void Invoke(int index, int worker)
        {
            for (var row = index * blockRows; row < Math.Min(rows, (index + 1) * blockRows); row++) _fill.Fill(row);
        }
    }
}
