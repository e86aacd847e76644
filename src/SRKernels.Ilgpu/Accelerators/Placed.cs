using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using SRKernels.Kernels.Pixels;
using SRKernels.Models.Tiling;
using SRKernels.Runtime;

namespace SRKernels.Ilgpu.Accelerators;

/// <summary>A picture in a view of an application's.</summary>
/// <param name="Owner">Whose memory it is.</param>
/// <param name="On">The picture as the device has it.</param>
internal sealed record Placed(Accelerator Owner, Func<AcceleratorDevice, BorrowedPicture> On)
{
    /// <summary>A picture whose rows begin so many elements apart.</summary>
    public static Placed At<T>(ArrayView<T> view, PictureLayout layout, int pitch)
        where T : unmanaged
    {
        var form = new PixelForm(layout.Values, layout.Height, layout.Width, pitch);
        if (Unsafe.SizeOf<T>() != form.ElementBytes)
            throw new SrkException(
                "a picture on an accelerator", layout.Values == PixelValues.Bytes ? "a view of bytes" : "a view of floats", $"one of {typeof(T).Name} for {layout}",
                "say what the numbers are: PictureLayout.Bytes, ZeroToOne or MinusOneToOne");
        var memory = ((IArrayView)view).Buffer;
        // A view outlives its buffer and then points near address 0: a kernel that is let at it takes the application's context with it.
        ObjectDisposedException.ThrowIf(memory is null || memory.IsDisposed, typeof(MemoryBuffer));
        return new Placed(memory.Accelerator, device =>
        {
            var (buffer, offset) = device.Borrow(view);
            return new BorrowedPicture(new DevicePicture(buffer, offset, form));
        });
    }
}

/// <summary>A picture in borrowed memory, until it is given back.</summary>
internal sealed class BorrowedPicture(DevicePicture picture) : IDisposable
{
    public DevicePicture Picture { get; } = picture;

    public void Dispose() => Picture.Memory.Dispose();
}
