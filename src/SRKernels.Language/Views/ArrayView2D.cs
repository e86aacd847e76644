namespace ILGPU.Runtime;

/// <summary>A view of two dimensions; x is the first index.</summary>
public readonly struct ArrayView2D<T, TStride>
    where T : unmanaged
    where TStride : struct, IStride2D
{
    internal ArrayView2D(ArrayView<T> baseView, LongIndex2D extent, TStride stride)
    {
        BaseView = baseView;
        Extent = extent;
        Stride = stride;
    }

    public ArrayView<T> BaseView { get; }

    public LongIndex2D Extent { get; }

    public TStride Stride { get; }

    public Index2D IntExtent => Extent.ToIntIndex();

    public long Length => Extent.Size;

    public ref T this[Index2D index] => ref BaseView[Stride.ComputeElementIndex(index)];

    public ref T this[int x, int y] => ref BaseView[Stride.ComputeElementIndex(new Index2D(x, y))];

    public ref T this[LongIndex2D index] => ref BaseView[Stride.ComputeElementIndex(index)];

    public ref T this[long x, long y] => ref BaseView[Stride.ComputeElementIndex(new LongIndex2D(x, y))];
}
