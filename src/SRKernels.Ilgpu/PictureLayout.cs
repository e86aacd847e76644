using SRKernels.Kernels.Pixels;
using SRKernels.Runtime;

namespace SRKernels.Ilgpu;

/// <summary>
/// How a picture lies in an accelerator's memory: rows from top to bottom, in a row pixel by pixel, in a pixel red, green and blue (NHWC with one
/// picture and three channels). In a one-dimensional view row follows row; in a two-dimensional one, x is 3 column + channel and y the row.
/// </summary>
/// <param name="Width">Pixels of a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Values">What the numbers are.</param>
public readonly record struct PictureLayout(int Width, int Height, PixelValues Values)
{
    /// <summary>Numbers of a row: three a pixel.</summary>
    public int RowElements => checked(RgbPixels.Channels * Width);

    /// <summary>Numbers of the picture.</summary>
    public long Elements => (long)RowElements * Height;

    /// <summary>A picture of bytes, black 0 and white 255.</summary>
    public static PictureLayout Bytes(int width, int height) => new(width, height, PixelValues.Bytes);

    /// <summary>A picture of floats, black 0 and white 1.</summary>
    public static PictureLayout ZeroToOne(int width, int height) => new(width, height, PixelValues.ZeroToOne);

    /// <summary>A picture of floats, black -1 and white 1.</summary>
    public static PictureLayout MinusOneToOne(int width, int height) => new(width, height, PixelValues.MinusOneToOne);

    /// <summary>The layout of a picture that can be: of numbers that there are, and with elements that kernels can count.</summary>
    /// <param name="scale">How much larger.</param>
    internal PictureLayout Larger(int scale)
    {
        const string Who = "a picture on an accelerator";
        if (!Enum.IsDefined(Values))
            throw new SrkException(
                Who, $"numbers that are {string.Join(", ", Enum.GetNames<PixelValues>())}", $"{(int)Values}", "say what the numbers are: PictureLayout.Bytes, ZeroToOne or MinusOneToOne");
        if (Width < 1 || Height < 1) throw new SrkException(Who, "extents of at least 1", $"{this}", "give the picture's extents");
        var (width, height) = ((long)Width * scale, (long)Height * scale);
        // Kernels count elements in 32 bits.
        if (width > int.MaxValue / RgbPixels.Channels / height)
            throw new SrkException(Who, $"at most {int.MaxValue} elements, in the result too", $"{width}x{height} pixels of {RgbPixels.Channels}", "upscale it in parts, or as an Image by rows");
        return this with { Width = (int)width, Height = (int)height };
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Width}x{Height} RGB, {Values}";
}
