using SRKernels.Runtime;

namespace SRKernels.Models.Weights.Checkpoints;

/// <summary>How a tensor lies in its storage, checked: every element inside, none counted twice over.</summary>
/// <param name="Stored">The storage's bytes.</param>
/// <param name="FromBytes">Where in them its first element starts.</param>
/// <param name="ReachBytes">From there to the end of its last one.</param>
/// <param name="Shape">Its extents.</param>
/// <param name="StrideBytes">By how much the next element along each extent is further.</param>
/// <param name="ElementBytes">The size of one.</param>
/// <param name="LengthBytes">The size of all.</param>
internal sealed record TensorLayout(StoredBytes Stored, long FromBytes, long ReachBytes, long[] Shape, long[] StrideBytes, int ElementBytes, long LengthBytes)
{
    /// <summary>More than torch has.</summary>
    public const int MostExtents = 64;

    /// <summary>Whether its elements follow each other in C order.</summary>
    public bool IsContiguous { get; } = Contiguous(Shape, StrideBytes, ElementBytes);

    /// <exception cref="SrkException">An element lies outside the storage, or the storage outside the file.</exception>
    public static TensorLayout Of(string who, PickledTensor tensor, StoredBytes? stored)
    {
        var storage = tensor.Storage;
        if (stored is null) throw Bad(who, $"a storage '{ShownName.Of(storage.Key)}' in the file", "none");
        try
        {
            var element = tensor.Type.SizeBytes();
            var storageElement = storage.Type?.SizeBytes() ?? 1;
            var (start, size) = checked((storage.First * storageElement, storage.Count * storageElement));
            if (start > stored.LengthBytes - size) throw Bad(
                who, $"{storage.First + storage.Count} elements in storage '{ShownName.Of(storage.Key)}'", $"{stored.LengthBytes} bytes");
            if (tensor.Shape.Length > MostExtents || tensor.Shape.Length != tensor.Strides.Length) throw Bad(
                who, $"up to {MostExtents} extents, each with a stride", $"{tensor.Shape.Length} and {tensor.Strides.Length}");
            if (tensor.Offset < 0 || tensor.Shape.Any(extent => extent < 0) || tensor.Strides.Any(stride => stride < 0)) throw Bad(
                who, "an offset, extents and strides of at least 0", "negative ones");
            var isEmpty = tensor.Shape.Contains(0);
            var length = isEmpty ? 0 : tensor.Shape.Aggregate((long)element, (product, extent) => checked(product * extent));
            var last = checked(tensor.Offset * element);
            for (var i = 0; i < tensor.Shape.Length && !isEmpty; i++) last = checked(last + ((tensor.Shape[i] - 1) * tensor.Strides[i] * element));
            if (checked(last + (isEmpty ? 0 : element)) > size) throw Bad(
                who, $"its elements inside the storage ({size} bytes)", $"one that ends at byte {last + element}");
            if (length > size) throw Bad(who, $"at most the {size} bytes of its storage", $"{length}: a view that repeats them");
            var strides = isEmpty ? tensor.Strides : [.. tensor.Strides.Select((stride, i) => tensor.Shape[i] == 1 ? 0 : checked(stride * element))];
            var from = checked(tensor.Offset * element);
            return new TensorLayout(stored, start + from, isEmpty ? 0 : last - from + element, tensor.Shape, strides, element, length);
        }
        catch (OverflowException e)
        {
            throw new SrkException(who, "extents that can be counted", "a product that overflows", "the file is damaged: get it again", e);
        }
    }

    /// <summary>Its bytes in C order.</summary>
    public Stream Open()
    {
        if (IsContiguous && LengthBytes == Stored.LengthBytes) return Stored.Whole();
        if (IsContiguous) return Stored.Part(FromBytes, LengthBytes);
        return new MemoryStream(Gathered(), writable: false);
    }

    private byte[] Gathered()
    {
        if (ReachBytes > Array.MaxLength) throw new SrkException(
            Stored.Who, $"scattered tensors of at most {Array.MaxLength} bytes", $"{ReachBytes}", "save the tensor after .contiguous()");
        var reach = new byte[ReachBytes];
        using var part = Stored.Part(FromBytes, ReachBytes);
        if (part.ReadAtLeast(reach, reach.Length, throwOnEndOfStream: false) != reach.Length)
            throw new SrkException(Stored.Who, $"{reach.Length} bytes", "the file's end", "the file shrank while it was open: fetch it again");
        var gathered = new byte[LengthBytes];
        var at = new long[Shape.Length];
        var from = 0L;
        for (var to = 0; to < gathered.Length; to += ElementBytes)
        {
            reach.AsSpan((int)from, ElementBytes).CopyTo(gathered.AsSpan(to));
            for (var i = Shape.Length - 1; i >= 0; i--)
            {
                from += StrideBytes[i];
                if (++at[i] < Shape[i]) break;
                from -= at[i] * StrideBytes[i];
                at[i] = 0;
            }
        }

        return gathered;
    }

    private static bool Contiguous(long[] shape, long[] strideBytes, int elementBytes)
    {
        var expected = (long)elementBytes;
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            if (shape[i] == 0) return true;
            if (shape[i] != 1 && strideBytes[i] != expected) return false;
            expected *= shape[i];
        }

        return true;
    }

    private static SrkException Bad(string who, string expected, string got) => new(who, expected, got, "the file is damaged: get it again");
}
