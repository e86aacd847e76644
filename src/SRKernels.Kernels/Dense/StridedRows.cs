namespace SRKernels.Kernels.Dense;

/// <summary>Rows of numbers that may be parts of longer ones: some channels of a map's pixels.</summary>
/// <param name="Address">Of the first row; 0 where there is none.</param>
/// <param name="Stride">Elements between rows.</param>
internal readonly unsafe record struct StridedRows(nint Address, nint Stride)
{
    public StridedRows(float* data, nint stride)
        : this((nint)data, stride)
    {
    }

    /// <summary>The first row.</summary>
    public float* Data => (float*)Address;

    /// <summary>Whether there is nothing.</summary>
    public bool IsNone => Address == 0;

    /// <summary>Those from a row and column on; of nothing, nothing.</summary>
    public StridedRows From(long row, int column) => IsNone ? default : new(Data + (row * Stride) + column, Stride);
}
