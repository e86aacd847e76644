namespace ILGPU.Runtime;

/// <summary>The extensions of views that kernels use.</summary>
public static class ArrayViewExtensions
{
    /// <summary>Promises that the view starts at a multiple of <paramref name="alignmentInBytes"/>, which is checked on
    /// the CPU.</summary>
    public static unsafe ArrayView<T> AsAligned<T>(this ArrayView<T> view, int alignmentInBytes)
        where T : unmanaged
    {
        if ((nuint)view.Pointer % (nuint)alignmentInBytes != 0)
            throw new InvalidOperationException(
                $"ArrayView.AsAligned: the view does not start at a multiple of {alignmentInBytes} bytes.");
        return view;
    }
}
