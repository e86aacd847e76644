namespace SRKernels.Kernels.Tensors;

/// <summary>The extents of an activation in NHWC order (channels last): batch, rows, columns, channels.</summary>
/// <param name="N">Images in the batch.</param>
/// <param name="H">Rows.</param>
/// <param name="W">Columns.</param>
/// <param name="C">Channels, contiguous in memory.</param>
public readonly record struct Shape(int N, int H, int W, int C)
{
    /// <summary>How many elements.</summary>
    public long Count => (long)N * H * W * C;

    /// <summary>Rows times columns.</summary>
    public int Pixels => checked(H * W);

    /// <summary>The same extents with another number of channels.</summary>
    public Shape WithChannels(int c) => this with { C = c };

    /// <inheritdoc/>
    public override string ToString() => $"[{N},{H},{W},{C}]";
}
