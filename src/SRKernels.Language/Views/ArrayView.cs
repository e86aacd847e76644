using System.Runtime.CompilerServices;
using ILGPU.Runtime;

namespace ILGPU;

/// <summary>
/// A pointer with a length. On the CPU every access is checked against it; the compiler knows the members by name, so a
/// kernel gets a pointer and a length and no check.
/// </summary>
public readonly unsafe struct ArrayView<T>
    where T : unmanaged
{
    public static readonly int ElementSize = sizeof(T);

    private readonly T* _data;
    private readonly long _length;

    internal ArrayView(void* data, long length)
    {
        _data = (T*)data;
        _length = length;
    }

    public static ArrayView<T> Empty => default;

    public bool IsValid => _data != null;

    public LongIndex1D Extent => new(_length);

    public Index1D IntExtent => new((int)_length);

    public long Length => _length;

    public int IntLength => (int)_length;

    public long LengthInBytes => _length * sizeof(T);

    internal T* Pointer => _data;

    public ref T this[int index] => ref At(index);

    public ref T this[long index] => ref At(index);

    public ref T this[Index1D index] => ref At(index.X);

    public ref T this[LongIndex1D index] => ref At(index.X);

    public static implicit operator ArrayView1D<T, Stride1D.Dense>(ArrayView<T> view) =>
        new(view, view.Extent, default);

    public static implicit operator ArrayView<T>(ArrayView1D<T, Stride1D.Dense> view) => view.BaseView;

    public ArrayView<T> SubView(long index) => SubView(index, _length - index);

    public ArrayView<T> SubView(int index, int length) => SubView((long)index, (long)length);

    public ArrayView<T> SubView(long index, long length)
    {
        if (index < 0 || length < 0 || index > _length - length)
            throw new ArgumentOutOfRangeException(
                nameof(index), $"ArrayView.SubView: [{index}, {index + length}) is not within [0, {_length}).");
        return new ArrayView<T>(_data + index, length);
    }

    public ArrayView<TOther> Cast<TOther>()
        where TOther : unmanaged => new(_data, LengthInBytes / sizeof(TOther));

    private ref T At(long index)
    {
        if ((ulong)index >= (ulong)_length)
            throw new IndexOutOfRangeException(
                $"ArrayView<{typeof(T).Name}>: index {index} is not within [0, {_length}).");
        return ref Unsafe.AsRef<T>(_data + index);
    }
}
