namespace SRKernels.Models.Imaging;

/// <summary>What a decoder accepts before it allocates. A file that declares more is refused with <see cref="ImageException"/>.</summary>
public sealed record ImageLimits
{
    /// <summary>131,072 x 131,072 at most, 2^28 pixels at most, 8 MiB of metadata.</summary>
    public static ImageLimits Default { get; } = new();

    /// <summary>The widest picture accepted, in pixels.</summary>
    public int MaxWidth { get; init; } = 1 << 17;

    /// <summary>The highest picture accepted, in pixels.</summary>
    public int MaxHeight { get; init; } = 1 << 17;

    /// <summary>The most pixels accepted.</summary>
    public long MaxPixels { get; init; } = 1L << 28;

    /// <summary>The most bytes of one piece of metadata (a profile, an EXIF block), inflated; a larger one is dropped.</summary>
    public int MaxMetadataBytes { get; init; } = 8 << 20;

    /// <summary>Whether of a truncated or damaged JPEG that is shown which it still holds (<see cref="ImageMetadata.Damage"/> tells); else it is refused.</summary>
    public bool Salvage { get; init; }

    /// <summary>Refuses a declared size that is empty, over a limit, or more than an array can hold.</summary>
    internal void Check(string who, long width, long height, PixelLayout layout)
    {
        if (width <= 0 || height <= 0)
            throw new ImageException(who, "at least 1 x 1 pixels", $"{width} x {height}", "the file is damaged");
        if (width > MaxWidth || height > MaxHeight)
            throw new ImageException(who, $"at most {MaxWidth} x {MaxHeight} pixels", $"{width} x {height}",
                "cut the picture, or raise ImageLimits.MaxWidth and MaxHeight if it can be trusted");

        // Both are at most int.MaxValue here, so the product fits in a long.
        long pixels = width * height;
        if (pixels > MaxPixels)
            throw new ImageException(who, $"at most {MaxPixels} pixels", $"{width} x {height} = {pixels}",
                "shrink the picture, or raise ImageLimits.MaxPixels if it can be trusted");
        if (pixels > Array.MaxLength / (int)layout)
            throw new ImageException(who, $"at most {Array.MaxLength / (int)layout} pixels of {(int)layout} channels",
                $"{width} x {height} = {pixels}", "cut the picture");
    }
}
