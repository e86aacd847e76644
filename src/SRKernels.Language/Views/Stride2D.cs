namespace ILGPU;

/// <summary>How two indices become an element index.</summary>
public interface IStride2D
{
    int XStride { get; }

    int YStride { get; }

    Index1D ComputeElementIndex(Index2D index);

    LongIndex1D ComputeElementIndex(LongIndex2D index);
}

/// <summary>Strides of two dimensions.</summary>
public static class Stride2D
{
    /// <summary>Neighbours in x are side by side.</summary>
    public readonly struct DenseX(int yStride) : IStride2D
    {
        public int XStride => 1;

        public int YStride { get; } = yStride;

        public static DenseX FromExtent(Index2D extent) => new(extent.X);

        public static DenseX FromExtent(LongIndex2D extent) => new((int)extent.X);

        public Index1D ComputeElementIndex(Index2D index) => new((index.Y * YStride) + index.X);

        public LongIndex1D ComputeElementIndex(LongIndex2D index) => new((index.Y * YStride) + index.X);
    }

    /// <summary>Neighbours in y are side by side, as in a C# array.</summary>
    public readonly struct DenseY(int xStride) : IStride2D
    {
        public int XStride { get; } = xStride;

        public int YStride => 1;

        public static DenseY FromExtent(Index2D extent) => new(extent.Y);

        public static DenseY FromExtent(LongIndex2D extent) => new((int)extent.Y);

        public Index1D ComputeElementIndex(Index2D index) => new((index.X * XStride) + index.Y);

        public LongIndex1D ComputeElementIndex(LongIndex2D index) => new((index.X * XStride) + index.Y);
    }
}
