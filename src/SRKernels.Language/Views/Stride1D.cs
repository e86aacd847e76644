namespace ILGPU;

/// <summary>How one index becomes an element index.</summary>
public interface IStride1D
{
    int XStride { get; }

    Index1D ComputeElementIndex(Index1D index);

    LongIndex1D ComputeElementIndex(LongIndex1D index);
}

/// <summary>Strides of one dimension.</summary>
public static class Stride1D
{
    /// <summary>Elements side by side.</summary>
    public readonly struct Dense : IStride1D
    {
        public int XStride => 1;

        public Index1D ComputeElementIndex(Index1D index) => index;

        public LongIndex1D ComputeElementIndex(LongIndex1D index) => index;
    }
}
