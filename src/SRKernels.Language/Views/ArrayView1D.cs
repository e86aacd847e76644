namespace ILGPU.Runtime;

/// <summary>A view with a stride; this subset knows the dense one.</summary>
public readonly struct ArrayView1D<T, TStride>
    where T : unmanaged
    where TStride : struct, IStride1D
{
    internal ArrayView1D(ArrayView<T> baseView, LongIndex1D extent, TStride stride)
    {
        BaseView = baseView;
        Extent = extent;
        Stride = stride;
    }

    public ArrayView<T> BaseView { get; }

    public LongIndex1D Extent { get; }

    public TStride Stride { get; }

    public long Length => Extent.X;

    public ref T this[Index1D index] => ref BaseView[Stride.ComputeElementIndex(index)];

    public ref T this[LongIndex1D index] => ref BaseView[Stride.ComputeElementIndex(index)];

    public ArrayView1D<T, TStride> SubView(Index1D index, Index1D extent) =>
        SubView(index.ToLongIndex(), extent.ToLongIndex());

    public ArrayView1D<T, TStride> SubView(LongIndex1D index, LongIndex1D extent) =>
        new(BaseView.SubView(Stride.ComputeElementIndex(index).X, Stride.ComputeElementIndex(extent).X), extent,
            Stride);

    public ArrayView2D<T, Stride2D.DenseX> As2DDenseXView(LongIndex2D extent) =>
        new(BaseView, extent, Stride2D.DenseX.FromExtent(extent));

    public ArrayView2D<T, Stride2D.DenseY> As2DDenseYView(LongIndex2D extent) =>
        new(BaseView, extent, Stride2D.DenseY.FromExtent(extent));
}
