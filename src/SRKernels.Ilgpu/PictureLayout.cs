using SRKernels.Kernels.Pixels;

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

    /// <inheritdoc/>
    public override string ToString() => $"{Width}x{Height} RGB, {Values}";
}
