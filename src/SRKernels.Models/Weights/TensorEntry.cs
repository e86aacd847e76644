namespace SRKernels.Models.Weights;

/// <summary>One tensor as its file describes it.</summary>
/// <param name="Name">The key.</param>
/// <param name="Type">The element type.</param>
/// <param name="Shape">The extents, slowest first; empty for a scalar.</param>
/// <param name="OffsetBytes">Where its first element starts, from the start of the file.</param>
/// <param name="LengthBytes">How many bytes it has.</param>
public sealed record TensorEntry(string Name, TensorType Type, IReadOnlyList<long> Shape, long OffsetBytes, long LengthBytes)
{
    /// <summary>How many elements it has.</summary>
    public long Count => LengthBytes / Type.SizeBytes();

    /// <summary>The shape as text, for example <c>[160,6,3,3]</c>.</summary>
    public string ShapeText => $"[{string.Join(',', Shape)}]";
}
