using SRKernels.Kernels;
using SRKernels.Kernels.Tensors;

namespace SRKernels.Models.Imaging;

/// <summary>Pictures as tensors in -1..1 and back, with upstream's arithmetic and rounding.</summary>
internal static class PictureTensor
{
    // ITU-R BT.601, what grey pictures are usually made with.
    private const float RedShare = 0.299f;
    private const float GreenShare = 0.587f;
    private const float BlueShare = 0.114f;

    /// <summary>The colour, grey repeated, alpha left out: [1, h, w, 3] in -1..1.</summary>
    public static Tensor Colour(KernelContext cx, Image image)
    {
        var tensor = cx.Rent(1, image.Height, image.Width, 3);
        var pixels = tensor.Span;
        var samples = new Samples(image);
        var (green, blue) = image.IsGrey ? (0, 0) : (1, 2);
        for (int p = 0, s = 0; p < pixels.Length; p += 3, s += image.Channels)
        {
            pixels[p] = Normalize(samples.Unit(s));
            pixels[p + 1] = Normalize(samples.Unit(s + green));
            pixels[p + 2] = Normalize(samples.Unit(s + blue));
        }

        return tensor;
    }

    /// <summary>One channel in -1..1: [1, h, w, 1].</summary>
    public static Tensor Channel(KernelContext cx, Image image, int channel)
    {
        var tensor = cx.Rent(1, image.Height, image.Width, 1);
        var pixels = tensor.Span;
        var samples = new Samples(image);
        for (var p = 0; p < pixels.Length; p++) pixels[p] = Normalize(samples.Unit((p * image.Channels) + channel));
        return tensor;
    }

    /// <summary>Limits every value to -1..1, in place.</summary>
    public static void Clamp(Tensor x)
    {
        foreach (ref var v in x.Span) v = Math.Clamp(v, -1f, 1f);
    }

    /// <summary>The picture of a tensor in -1..1.</summary>
    /// <param name="colour">[1, h, w, 3].</param>
    /// <param name="alpha">[1, h, w, 1], or null.</param>
    /// <param name="grey">Whether the colour is given as its luminance.</param>
    /// <param name="bitDepth">8 or 16.</param>
    public static Image ToImage(Tensor colour, Tensor? alpha, bool grey, int bitDepth)
    {
        var layout = (PixelLayout)((grey ? 1 : 3) + (alpha is null ? 0 : 1));
        var image = new Image(colour.Shape.W, colour.Shape.H, layout, bitDepth);
        var pixels = colour.Span;
        var alphas = alpha is null ? default : alpha.Span;
        var writer = new Samples(image);
        for (int p = 0, s = 0; p < pixels.Length; p += 3)
        {
            var (r, g, b) = (Unit(pixels[p]), Unit(pixels[p + 1]), Unit(pixels[p + 2]));
            if (grey)
            {
                writer.SetUnit(s++, (RedShare * r) + (GreenShare * g) + (BlueShare * b));
            }
            else
            {
                writer.SetUnit(s++, r);
                writer.SetUnit(s++, g);
                writer.SetUnit(s++, b);
            }

            if (!alphas.IsEmpty) writer.SetUnit(s++, Unit(alphas[p / 3]));
        }

        return image;
    }

    private static float Normalize(float unit) => (unit - 0.5f) / 0.5f;

    private static float Unit(float v) => (v * 0.5f) + 0.5f;

    /// <summary>Samples of either depth as 0..1.</summary>
    private readonly ref struct Samples
    {
        private readonly Span<byte> _eight;
        private readonly Span<ushort> _sixteen;

        public Samples(Image image)
        {
            if (image.BitDepth == 8) _eight = image.Samples8;
            else _sixteen = image.Samples16;
        }

        public float Unit(int index) => _eight.IsEmpty ? _sixteen[index] / 65535f : _eight[index] / 255f;

        // Half to even, as upstream rounds.
        public void SetUnit(int index, float value)
        {
            value = Math.Clamp(value, 0f, 1f);
            if (_eight.IsEmpty) _sixteen[index] = (ushort)MathF.Round(value * 65535f);
            else _eight[index] = (byte)MathF.Round(value * 255f);
        }
    }
}
