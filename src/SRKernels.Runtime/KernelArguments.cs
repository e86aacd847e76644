using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SRKernels.Runtime;

/// <summary>
/// The arguments of one launch in their flattened order. Reusable: <see cref="Clear"/>, then add again; a launch copies what it needs.
/// </summary>
public sealed class KernelArguments
{
    private readonly List<Item> _items = [];

    internal ReadOnlySpan<Item> Items => CollectionsMarshal.AsSpan(_items);

    /// <summary>Forgets all arguments.</summary>
    public KernelArguments Clear()
    {
        _items.Clear();
        return this;
    }

    /// <summary>Adds a view: pointer and length.</summary>
    /// <param name="buffer">Where the elements are.</param>
    /// <param name="offset">First element.</param>
    /// <param name="length">How many elements.</param>
    /// <typeparam name="T">Element type.</typeparam>
    public KernelArguments View<T>(DeviceBuffer buffer, long offset, long length)
        where T : unmanaged
    {
        var size = Unsafe.SizeOf<T>();
        buffer.CheckRange("KernelArguments.View", checked(offset * size), checked(length * size));
        _items.Add(new Item(KernelParameter.Pointer, offset * size, buffer));
        _items.Add(new Item(KernelParameter.Int64, length, null));
        return this;
    }

    /// <summary>Adds the view of a whole buffer.</summary>
    public KernelArguments View<T>(DeviceBuffer buffer)
        where T : unmanaged => View<T>(buffer, 0, buffer.Bytes / Unsafe.SizeOf<T>());

    /// <summary>Adds a view whose element type only the kernel knows.</summary>
    /// <param name="buffer">Where the elements are.</param>
    /// <param name="offsetBytes">Start in bytes.</param>
    /// <param name="length">Length in the kernel's elements.</param>
    public KernelArguments ViewBytes(DeviceBuffer buffer, long offsetBytes, long length)
    {
        buffer.CheckRange("KernelArguments.ViewBytes", offsetBytes, 0);
        _items.Add(new Item(KernelParameter.Pointer, offsetBytes, buffer));
        _items.Add(new Item(KernelParameter.Int64, length, null));
        return this;
    }

    /// <summary>Adds a 32-bit integer.</summary>
    public KernelArguments Add(int value) => Add(KernelParameter.Int32, value);

    /// <summary>Adds a 64-bit integer.</summary>
    public KernelArguments Add(long value) => Add(KernelParameter.Int64, value);

    /// <summary>Adds a 32-bit float.</summary>
    public KernelArguments Add(float value) => Add(KernelParameter.Float32, BitConverter.SingleToInt32Bits(value));

    /// <summary>Adds a 64-bit float.</summary>
    public KernelArguments Add(double value) => Add(KernelParameter.Float64, BitConverter.DoubleToInt64Bits(value));

    /// <summary>Adds a parameter of any kind but a pointer by its bits.</summary>
    public KernelArguments Add(KernelParameter kind, long bits)
    {
        if (kind == KernelParameter.Pointer) throw new ArgumentException("KernelArguments: expected a value, got a pointer; use View", nameof(kind));
        _items.Add(new Item(kind, bits, null));
        return this;
    }

    internal void Check(KernelImage image)
    {
        var matches = _items.Count == image.Parameters.Count;
        for (var i = 0; matches && i < _items.Count; i++) matches = _items[i].Kind == image.Parameters[i];
        if (!matches)
            throw new ArgumentException(
                $"Launch of {image.Name}: expected ({string.Join(", ", image.Parameters)}), got ({string.Join(", ", _items.ConvertAll(item => item.Kind))})");
    }

    internal readonly record struct Item(KernelParameter Kind, long Bits, DeviceBuffer? Buffer)
    {
        public int Bytes => Kind switch
        {
            KernelParameter.Int8 => 1,
            KernelParameter.Int16 => 2,
            KernelParameter.Int32 or KernelParameter.Float32 => 4,
            _ => 8,
        };
    }
}
