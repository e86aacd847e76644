using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using SRKernels.Runtime;

namespace SRKernels.Models.Imaging;

/// <summary>What the numbers of a float picture run from and to.</summary>
public enum PixelRange
{
    /// <summary>Black is 0, white is 1.</summary>
    ZeroToOne,

    /// <summary>Black is -1, white is 1: what the networks see.</summary>
    MinusOneToOne,
}

/// <summary>Pictures to interleaved RGB floats (one picture of NHWC) and back, in fp32 steps that equal the reference's.</summary>
public static class PixelFloats
{
    private static readonly float[] UnitTable = MakeTable(PixelRange.ZeroToOne);
    private static readonly float[] SignedTable = MakeTable(PixelRange.MinusOneToOne);

    /// <summary>Fills <paramref name="rgb"/> with the colour: x / 255 (x / 65535 for 16 bits), then (v - 0.5) / 0.5 if signed.</summary>
    /// <param name="image">Any layout: grey is repeated three times, alpha is left out and never multiplied in.</param>
    /// <param name="rgb">[height, width, 3], of exactly that length.</param>
    /// <param name="range">What black and white become.</param>
    /// <exception cref="ArgumentException"><paramref name="rgb"/> has another length.</exception>
    public static void ToRgb(Image image, Span<float> rgb, PixelRange range)
    {
        CheckLength(rgb.Length, image.Width, image.Height, nameof(rgb));
        Pixels(image, 0, rgb, range);
    }

    /// <summary>As <see cref="ToRgb"/> for the pixels that follow each other from one on.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="first">The first pixel, counted over the rows.</param>
    /// <param name="rgb">Three values for each pixel.</param>
    /// <param name="range">What black and white become.</param>
    internal static void Pixels(Image image, int first, Span<float> rgb, PixelRange range)
    {
        int channels = image.Channels, green = image.IsGrey ? 0 : 1, blue = image.IsGrey ? 0 : 2;
        if (image.BitDepth == 8)
        {
            float[] table = range == PixelRange.ZeroToOne ? UnitTable : SignedTable;
            ReadOnlySpan<byte> samples = image.Samples8;
            for (int from = first * channels, to = 0; to < rgb.Length; from += channels, to += 3)
            {
                rgb[to] = table[samples[from]];
                rgb[to + 1] = table[samples[from + green]];
                rgb[to + 2] = table[samples[from + blue]];
            }
        }
        else
        {
            ReadOnlySpan<ushort> samples = image.Samples16;
            for (int from = first * channels, to = 0; to < rgb.Length; from += channels, to += 3)
            {
                rgb[to] = ToFloat(samples[from], 65535f, range);
                rgb[to + 1] = ToFloat(samples[from + green], 65535f, range);
                rgb[to + 2] = ToFloat(samples[from + blue], 65535f, range);
            }
        }
    }

    /// <summary>The alpha of one row, as <see cref="ToRgb"/> would give a grey picture of it.</summary>
    /// <param name="image">A picture with alpha.</param>
    /// <param name="y">The row.</param>
    /// <param name="alpha">One value for each pixel.</param>
    /// <param name="range">What transparent and opaque become.</param>
    internal static void Alpha(Image image, int y, Span<float> alpha, PixelRange range)
    {
        int channels = image.Channels;
        float[] table = range == PixelRange.ZeroToOne ? UnitTable : SignedTable;
        for (int x = 0, from = channels - 1; x < alpha.Length; x++, from += channels)
            alpha[x] = image.BitDepth == 8 ? table[image.Row8(y)[from]] : ToFloat(image.Row16(y)[from], 65535f, range);
    }

    /// <summary>An RGB picture of these colours: v * 0.5 + 0.5 if signed, clamped to [0, 1], times 255 (65535), rounded half to even.</summary>
    /// <param name="rgb">[height, width, 3], of exactly that length.</param>
    /// <param name="width">Pixels per row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="range">What black and white are.</param>
    /// <param name="bitDepth">8 or 16 bits per sample.</param>
    /// <exception cref="ArgumentException"><paramref name="rgb"/> has another length.</exception>
    /// <exception cref="SrkException">A value is NaN or infinite: it is not made black or white in silence.</exception>
    public static Image FromRgb(ReadOnlySpan<float> rgb, int width, int height, PixelRange range, int bitDepth = 8)
    {
        CheckLength(rgb.Length, width, height, nameof(rgb));
        var image = new Image(width, height, PixelLayout.Rgb, bitDepth);
        bool finite = bitDepth == 8 ? Quantise(rgb, image.Samples8, range) : Quantise(rgb, image.Samples16, range);
        return finite ? image : throw NotFinite(rgb, width, 0);
    }

    /// <summary>What to throw for rows that hold a NaN or an infinity.</summary>
    /// <param name="rgb">Whole rows.</param>
    /// <param name="width">Pixels per row.</param>
    /// <param name="firstRow">Where the first of them lies in the picture.</param>
    internal static SrkException NotFinite(ReadOnlySpan<float> rgb, int width, int firstRow)
    {
        int at = 0;
        while (float.IsFinite(rgb[at]))
            at++;
        return new SrkException("output image", "finite colours",
            $"{rgb[at]} at x {at / 3 % width}, y {firstRow + (at / 3 / width)}, channel {at % 3}",
            "run in fp32, and report it if that does not help");
    }

    private static void CheckLength(int length, int width, int height, string name)
    {
        if (length != 3L * width * height)
            throw new ArgumentException($"expected {3L * width * height} floats for {width} x {height} x 3, got {length}", name);
    }

    private static float[] MakeTable(PixelRange range)
    {
        float[] table = new float[256];
        for (int i = 0; i < table.Length; i++)
            table[i] = ToFloat(i, 255f, range);
        return table;
    }

    private static float ToFloat(int sample, float white, PixelRange range)
    {
        float unit = sample / white;
        return range == PixelRange.ZeroToOne ? unit : (unit - 0.5f) / 0.5f;
    }

    // Both loops give 16 (8) values at a time the same fp32 steps as the tail: multiply and add are not fused. Whether all were finite comes back.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static bool Quantise(ReadOnlySpan<float> from, Span<byte> to, PixelRange range)
    {
        to = to[..from.Length];
        float scale = range == PixelRange.ZeroToOne ? 1f : 0.5f, offset = range == PixelRange.ZeroToOne ? 0f : 0.5f;
        ref float source = ref MemoryMarshal.GetReference(from);
        ref byte target = ref MemoryMarshal.GetReference(to);
        var differences = Vector128<float>.Zero;
        int i = 0;
        for (; i <= from.Length - 16; i += 16)
        {
            var low = Vector128.Narrow(Step(ref source, i, scale, offset, 255f, ref differences),
                Step(ref source, i + 4, scale, offset, 255f, ref differences));
            var high = Vector128.Narrow(Step(ref source, i + 8, scale, offset, 255f, ref differences),
                Step(ref source, i + 12, scale, offset, 255f, ref differences));
            Vector128.Narrow(low, high).StoreUnsafe(ref target, (nuint)i);
        }

        bool finite = Vector128.EqualsAll(differences, Vector128<float>.Zero);
        for (; i < from.Length; i++)
        {
            finite &= float.IsFinite(from[i]);
            to[i] = (byte)Step(from[i], scale, offset, 255f);
        }

        return finite;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static bool Quantise(ReadOnlySpan<float> from, Span<ushort> to, PixelRange range)
    {
        to = to[..from.Length];
        float scale = range == PixelRange.ZeroToOne ? 1f : 0.5f, offset = range == PixelRange.ZeroToOne ? 0f : 0.5f;
        ref float source = ref MemoryMarshal.GetReference(from);
        ref ushort target = ref MemoryMarshal.GetReference(to);
        var differences = Vector128<float>.Zero;
        int i = 0;
        for (; i <= from.Length - 8; i += 8)
            Vector128.Narrow(Step(ref source, i, scale, offset, 65535f, ref differences),
                Step(ref source, i + 4, scale, offset, 65535f, ref differences)).StoreUnsafe(ref target, (nuint)i);

        bool finite = Vector128.EqualsAll(differences, Vector128<float>.Zero);
        for (; i < from.Length; i++)
        {
            finite &= float.IsFinite(from[i]);
            to[i] = (ushort)Step(from[i], scale, offset, 65535f);
        }

        return finite;
    }

    // x - x is 0 for every finite x and NaN for the others; a NaN stays in the sum.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Step(ref float source, int at, float scale, float offset, float white, ref Vector128<float> differences)
    {
        var x = Vector128.LoadUnsafe(ref source, (nuint)at);
        differences += x - x;
        var unit = x * Vector128.Create(scale);
        unit += Vector128.Create(offset);
        unit = Vector128.Min(Vector128.Max(unit, Vector128<float>.Zero), Vector128<float>.One);
        return Vector128.ConvertToInt32(Vector128.Round(unit * Vector128.Create(white))).AsUInt32();
    }

    private static int Step(float x, float scale, float offset, float white)
    {
        float unit = x * scale;
        unit += offset;
        return (int)MathF.Round(Math.Clamp(unit, 0f, 1f) * white, MidpointRounding.ToEven);
    }
}
