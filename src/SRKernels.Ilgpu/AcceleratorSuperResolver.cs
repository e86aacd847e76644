using ILGPU;
using ILGPU.Runtime;
using SRKernels.Ilgpu.Accelerators;
using SRKernels.Kernels.Pixels;
using SRKernels.Models;
using SRKernels.Models.Imaging;
using SRKernels.Models.Planning;
using SRKernels.Models.Tiling;
using SRKernels.Runtime;

namespace SRKernels.Ilgpu;

/// <summary>A model on an application's accelerator: images through the processor's memory, and pictures that stay in the accelerator's.</summary>
/// <remarks>
/// The accelerator, its streams and its memory stay the application's: none is disposed, and threads keep the context that was current on them. One
/// picture at a time: a second call waits for the first to be queued. Dispose it before its accelerator.
/// </remarks>
public sealed class AcceleratorSuperResolver : IDisposable
{
    private const double ShareOfFreeMemory = 0.7;
    private readonly Accelerator _accelerator;
    private readonly AcceleratorDevice _device;
    private readonly SuperResolver _resolver;
    private readonly long? _mostBytes;
    private bool _disposed;

    internal AcceleratorSuperResolver(Accelerator accelerator, AcceleratorDevice device, SuperResolver resolver)
    {
        (_accelerator, _device, _resolver) = (accelerator, device, resolver);
        _mostBytes = (long?)(device.FreeBytes * ShareOfFreeMemory);
    }

    /// <summary>What was loaded.</summary>
    public ModelDescription Description => _resolver.Description;

    /// <summary>What upscaling a picture of a size will take.</summary>
    /// <inheritdoc cref="SuperResolver.Plan(int, int, UpscaleOptions)"/>
    public MemoryPlan Plan(int width, int height, UpscaleOptions options) => _resolver.Plan(width, height, Limited(options));

    /// <summary>Upscales an image in the processor's memory, on the accelerator's default stream, and waits for the result.</summary>
    /// <inheritdoc cref="SuperResolver.UpscaleAsync(Image, UpscaleOptions?, IProgress{UpscaleProgress}?, CancellationToken)"/>
    public Task<Image> UpscaleAsync(
        Image image, UpscaleOptions? options = null, IProgress<UpscaleProgress>? progress = null, CancellationToken cancellation = default) =>
        _resolver.UpscaleAsync(image, Limited(options), progress, cancellation);

    /// <summary>Upscales a picture of floats that lies in the accelerator's memory, to the accelerator's memory.</summary>
    /// <remarks>
    /// Everything is queued in <paramref name="stream"/>, behind what is in it: the result is there when the stream has come so far. The call itself waits
    /// for nothing of it, but the first picture of its extents is prepared (memory, kernels, weights), for which the driver may wait; noise that the
    /// processor draws, which is the default, is copied from the processor's memory, for which the driver may wait until the stream has come so far
    /// (<see cref="SRKernels.Models.Sampling.TorchCudaNoise"/> draws it on the device). On a CPU accelerator, whose streams run at once, the result is there
    /// when the call returns. Whether numbers broke down on the way says <see cref="Synchronize"/>.
    /// </remarks>
    /// <param name="stream">Of the same accelerator.</param>
    /// <param name="picture">The picture, row after row; a buffer of one dimension will do. Not changed.</param>
    /// <param name="layout">Its extents, and what its numbers are.</param>
    /// <param name="result">Gets the picture, larger by the model's scale, of the same kind of numbers.</param>
    /// <param name="options">How; null for the defaults. Masks and upstream's tiles are for images.</param>
    /// <exception cref="SrkException">Views, layout and options do not fit together or the model.</exception>
    public void Upscale(
        AcceleratorStream stream, ArrayView1D<float, Stride1D.Dense> picture, PictureLayout layout, ArrayView1D<float, Stride1D.Dense> result,
        UpscaleOptions? options = null) =>
        Queue(stream, Flat(picture.BaseView, layout), Flat(result.BaseView, Larger(layout)), options);

    /// <summary>As <see cref="Upscale(AcceleratorStream, ArrayView1D{float, Stride1D.Dense}, PictureLayout, ArrayView1D{float, Stride1D.Dense}, UpscaleOptions)"/>, for bytes.</summary>
    /// <inheritdoc cref="Upscale(AcceleratorStream, ArrayView1D{float, Stride1D.Dense}, PictureLayout, ArrayView1D{float, Stride1D.Dense}, UpscaleOptions)"/>
    public void Upscale(
        AcceleratorStream stream, ArrayView1D<byte, Stride1D.Dense> picture, PictureLayout layout, ArrayView1D<byte, Stride1D.Dense> result,
        UpscaleOptions? options = null) =>
        Queue(stream, Flat(picture.BaseView, layout), Flat(result.BaseView, Larger(layout)), options);

    /// <summary>
    /// As <see cref="Upscale(AcceleratorStream, ArrayView1D{float, Stride1D.Dense}, PictureLayout, ArrayView1D{float, Stride1D.Dense}, UpscaleOptions)"/>, for
    /// views of two dimensions, whose rows may lie apart: x is 3 column + channel, y is the row.
    /// </summary>
    /// <inheritdoc cref="Upscale(AcceleratorStream, ArrayView1D{float, Stride1D.Dense}, PictureLayout, ArrayView1D{float, Stride1D.Dense}, UpscaleOptions)"/>
    public void Upscale(
        AcceleratorStream stream, ArrayView2D<float, Stride2D.DenseX> picture, PictureLayout layout, ArrayView2D<float, Stride2D.DenseX> result,
        UpscaleOptions? options = null) =>
        Queue(stream, Rows(picture, layout), Rows(result, Larger(layout)), options);

    /// <summary>As the others, for bytes in views of two dimensions.</summary>
    /// <inheritdoc cref="Upscale(AcceleratorStream, ArrayView1D{float, Stride1D.Dense}, PictureLayout, ArrayView1D{float, Stride1D.Dense}, UpscaleOptions)"/>
    public void Upscale(
        AcceleratorStream stream, ArrayView2D<byte, Stride2D.DenseX> picture, PictureLayout layout, ArrayView2D<byte, Stride2D.DenseX> result,
        UpscaleOptions? options = null) =>
        Queue(stream, Rows(picture, layout), Rows(result, Larger(layout)), options);

    /// <summary>Waits for the pictures queued so far.</summary>
    /// <exception cref="SrkException">In one of them a NaN or infinity arose; names the layer. A result of bytes shows it as black.</exception>
    public void Synchronize()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _resolver.Exclusively(() =>
        {
            _device.Device.Synchronize();
            _resolver.CheckQueued();
        });
    }

    /// <summary>Waits for the pictures queued so far and frees weights, kernels and memory; the accelerator stays as it is.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        try
        {
            if (_accelerator.IsDisposed) _device.Abandon();
            else _resolver.Exclusively(_device.Device.Synchronize);
        }
        catch (DeviceException)
        {
            // The context is broken, by whatever work was in it: its owner hears of it there, and what lies in it is gone.
            _device.Abandon();
        }
        finally
        {
            _resolver.Dispose();
        }
    }

    private static Placed Flat<T>(ArrayView<T> view, PictureLayout layout)
        where T : unmanaged
    {
        layout = layout.Larger(scale: 1);
        if (view.Length < layout.Elements)
            throw new SrkException("a picture on an accelerator", $"{layout.Elements} elements for {layout}", $"a view of {view.Length}", "give the whole picture's memory");
        return Placed.At(view, layout, layout.RowElements);
    }

    private static Placed Rows<T>(ArrayView2D<T, Stride2D.DenseX> view, PictureLayout layout)
        where T : unmanaged
    {
        layout = layout.Larger(scale: 1);
        if (view.IntExtent.X != layout.RowElements || view.IntExtent.Y != layout.Height)
            throw new SrkException(
                "a picture on an accelerator", $"a view of {layout.RowElements}x{layout.Height} elements for {layout}", $"{view.IntExtent.X}x{view.IntExtent.Y}",
                "give a view of three elements a pixel along x");
        return Placed.At(view.BaseView, layout, view.Stride.YStride);
    }

    private void Queue(AcceleratorStream stream, Placed picture, Placed result, UpscaleOptions? options)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ObjectDisposedException.ThrowIf(_disposed, this);
        ObjectDisposedException.ThrowIf(_accelerator.IsDisposed, _accelerator);
        ObjectDisposedException.ThrowIf(stream.IsDisposed, stream);
        options = UpscaleOptions.Checked(options ?? new UpscaleOptions(), Description);
        foreach (var (what, owner) in new[] { ("the stream", stream.Accelerator), ("the picture's memory", picture.Owner), ("the result's memory", result.Owner) })
            if (!ReferenceEquals(owner, _accelerator))
                throw new SrkException(what, $"one of the accelerator {_accelerator.Name} that the model was loaded on", "another accelerator's", "allocate it there");
        _resolver.Exclusively(() =>
        {
            using var from = picture.On(_device);
            using var to = result.On(_device);
            _device.Run(stream, () => _resolver.Queue(from.Picture, to.Picture, Limited(options)));
        });
    }

    private PictureLayout Larger(PictureLayout layout) => layout.Larger(Description.Scale);

    // What the application left free when the model was loaded, not the whole device.
    private UpscaleOptions Limited(UpscaleOptions? options)
    {
        options ??= new UpscaleOptions();
        return options with { MaxMemoryBytes = options.MaxMemoryBytes ?? _mostBytes };
    }
}
