namespace SRKernels.Models.Imaging;

/// <summary>What a file carries beside its pixels. Immutable: the arrays are not to be written to.</summary>
public sealed record ImageMetadata
{
    /// <summary>No metadata.</summary>
    public static ImageMetadata Empty { get; } = new();

    /// <summary>The ICC profile, or null. Its colour space always fits the pixels: see <see cref="Imaging.IccProfile.Fits"/>.</summary>
    public byte[]? IccProfile { get; init; }

    /// <summary>The EXIF block as TIFF (<c>II*</c> or <c>MM</c> first, without JPEG's <c>Exif\0\0</c>), or null.</summary>
    public byte[]? Exif { get; init; }

    /// <summary>The XMP packet in UTF-8, or null.</summary>
    public byte[]? Xmp { get; init; }

    /// <summary>The IPTC records (IIM), or null.</summary>
    public byte[]? Iptc { get; init; }

    /// <summary>What a PNG says about its colours beside a profile, or null.</summary>
    public ColourTags? ColourTags { get; init; }

    /// <summary>How large the picture is to be printed, or null.</summary>
    public PixelDensity? Density { get; init; }

    /// <summary>PNG's texts and JPEG's comments, but never the name of the program that wrote the file.</summary>
    public IReadOnlyList<ImageText> Texts { get; init; } = [];

    /// <summary>How the stored rows are to be turned for viewing: the EXIF orientation 1 to 8, else that of XMP; 1 (as stored) if there is none.</summary>
    public int Orientation => (Exif is null ? null : ExifOrientation.Find(Exif)) ?? (Xmp is null ? 1 : XmpOrientation.Read(Xmp));

    /// <summary>How many pictures the file shows one after the other; only the first was read.</summary>
    public int Frames { get; init; } = 1;

    /// <summary>Whether other pictures follow in the file, as PNM allows; only the first was read.</summary>
    public bool HasMorePictures { get; init; }

    /// <summary>What was wrong with a file of which was read what it still holds (<see cref="ImageLimits.Salvage"/>); null for a whole one.</summary>
    public string? Damage { get; init; }

    /// <summary>Metadata that was in the file but could not be kept, one reason each; never about pixels.</summary>
    public IReadOnlyList<string> Dropped { get; init; } = [];

    /// <summary>The same for a picture that is so many times as large and printed as large as before: density and EXIF resolution are multiplied.</summary>
    /// <param name="scale">How many times as large.</param>
    public ImageMetadata WithDensityTimes(int scale) => this with
    {
        Density = Density?.Times(scale),
        Exif = Exif is null ? null : ExifSizes.WithDensityTimes(Exif, scale),
    };

    /// <summary>The same for a picture whose rows were turned: orientation 1, no thumbnail.</summary>
    internal ImageMetadata Upright() => this with
    {
        Exif = Exif is null ? null : ExifOrientation.WithOrientationOne(Exif),
        Xmp = Xmp is null ? null : XmpOrientation.WithOrientationOne(Xmp),
    };
}
