namespace SRKernels.Models.Imaging;

/// <summary>The channels of a pixel, in the order they are stored; the value is their number.</summary>
/// <remarks>Alpha is always straight: the colour beside it is never multiplied by it.</remarks>
public enum PixelLayout
{
    /// <summary>One channel of grey.</summary>
    Grey = 1,

    /// <summary>Grey, then alpha.</summary>
    GreyAlpha = 2,

    /// <summary>Red, green, blue.</summary>
    Rgb = 3,

    /// <summary>Red, green, blue, alpha.</summary>
    Rgba = 4,
}
