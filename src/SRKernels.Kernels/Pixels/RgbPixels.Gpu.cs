using ILGPU;
using SRKernels.Intrinsics;
using SRKernels.Kernels.Gpu;
using SRKernels.Kernels.Resampling;
using SRKernels.Kernels.Tensors;
using SRKernels.Runtime.Loading;

namespace SRKernels.Kernels.Pixels;

/*
 * One element a thread: thread i has element i of x, and the picture's that belongs to it; neighbours in a warp are neighbours in a row of both.
 * 5 to 8 bytes of traffic an element, once a picture: bound by memory and nothing beside the networks. Contract is off: rounded after each step,
 * as on the processor. A float of 0..255 is rounded half to even by adding and taking away 1.5 2^23, from where floats are whole numbers.
 * Floats keep NaN, which a byte cannot say: FiniteCheck tells.
 */
internal static partial class RgbPixels
{
    private static readonly KernelKey s_loadBytes = new(typeof(RgbPixelsKernels).FullName!, nameof(RgbPixelsKernels.LoadBytes));
    private static readonly KernelKey s_loadFloats = new(typeof(RgbPixelsKernels).FullName!, nameof(RgbPixelsKernels.LoadFloats));
    private static readonly KernelKey s_storeBytes = new(typeof(RgbPixelsKernels).FullName!, nameof(RgbPixelsKernels.StoreBytes));
    private static readonly KernelKey s_storeFloats = new(typeof(RgbPixelsKernels).FullName!, nameof(RgbPixelsKernels.StoreFloats));

    private static void GpuLoad(KernelContext cx, GpuView picture, PixelForm form, Tensor x)
    {
        var count = checked((int)x.Shape.Count);
        var launch = ElementwiseQuads.OnePerThread(count);
        if (form.Values == PixelValues.Bytes) cx.Gpu.Launch(s_loadBytes, launch, picture, x, form.H, form.W, form.Pitch, x.Shape.W, count);
        else cx.Gpu.Launch(s_loadFloats, launch, picture, x, form.H, form.W, form.Pitch, x.Shape.W, IsUnit(form), count);
    }

    private static void GpuStore(KernelContext cx, Tensor x, GpuView picture, PixelForm form)
    {
        var count = checked((int)x.Shape.Count);
        var launch = ElementwiseQuads.OnePerThread(count);
        if (form.Values == PixelValues.Bytes) cx.Gpu.Launch(s_storeBytes, launch, x, picture, form.W * Channels, form.Pitch, count);
        else cx.Gpu.Launch(s_storeFloats, launch, x, picture, form.W * Channels, form.Pitch, IsUnit(form), count);
    }

    private static int IsUnit(PixelForm form) => form.Values == PixelValues.ZeroToOne ? 1 : 0;
}

internal static class RgbPixelsKernels
{
    private const float WholeNumbers = 12582912f;

    [Kernel(MaxThreads = ElementwiseQuads.Threads, Contract = false)]
    public static void LoadBytes(ArrayView<byte> picture, ArrayView<float> x, int fromH, int fromW, int pitch, int w, int count)
    {
        int i = (Grid.IdxX * ElementwiseQuads.Threads) + Group.IdxX;
        if (i >= count) return;
        float unit = picture[Place(i, fromH, fromW, pitch, w)] / 255f;
        x[i] = (unit - 0.5f) / 0.5f;
    }

    [Kernel(MaxThreads = ElementwiseQuads.Threads, Contract = false)]
    public static void LoadFloats(ArrayView<float> picture, ArrayView<float> x, int fromH, int fromW, int pitch, int w, int isUnit, int count)
    {
        int i = (Grid.IdxX * ElementwiseQuads.Threads) + Group.IdxX;
        if (i >= count) return;
        float value = picture[Place(i, fromH, fromW, pitch, w)];
        if (isUnit != 0) value = (value - 0.5f) / 0.5f;
        x[i] = value;
    }

    [Kernel(MaxThreads = ElementwiseQuads.Threads, Contract = false)]
    public static void StoreBytes(ArrayView<float> x, ArrayView<byte> picture, int rowElements, int pitch, int count)
    {
        int i = (Grid.IdxX * ElementwiseQuads.Threads) + Group.IdxX;
        if (i >= count) return;
        float unit = Unit(x[i]);
        if (!(unit > 0f)) unit = 0f; // NaN too, which no byte can say
        float whole = (unit * 255f) + WholeNumbers;
        int row = i / rowElements;
        picture[(row * pitch) + i - (row * rowElements)] = (byte)(int)(whole - WholeNumbers);
    }

    [Kernel(MaxThreads = ElementwiseQuads.Threads, Contract = false)]
    public static void StoreFloats(ArrayView<float> x, ArrayView<float> picture, int rowElements, int pitch, int isUnit, int count)
    {
        int i = (Grid.IdxX * ElementwiseQuads.Threads) + Group.IdxX;
        if (i >= count) return;
        float value = x[i];
        if (isUnit != 0) value = Unit(value);
        int row = i / rowElements;
        picture[(row * pitch) + i - (row * rowElements)] = value;
    }

    // Compared, not Min and Max: those of devices and of .NET disagree about NaN, which stays.
    private static float Unit(float x)
    {
        float half = x * 0.5f;
        float unit = half + 0.5f;
        if (unit < 0f) unit = 0f;
        if (unit > 1f) unit = 1f;
        return unit;
    }

    // In the picture, of element i of an activation whose rows are w pixels long.
    private static int Place(int i, int fromH, int fromW, int pitch, int w)
    {
        int pixel = i / RgbPixels.Channels;
        int line = pixel / w;
        int row = ReflectPad.Bounce(line, fromH);
        int column = ReflectPad.Bounce(pixel - (line * w), fromW);
        return (row * pitch) + (column * RgbPixels.Channels) + i - (pixel * RgbPixels.Channels);
    }
}
