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

    /// <summary>How the stored rows are to be turned for viewing: the EXIF orientation 1 to 8; 1 (as stored) if there is none.</summary>
    public int Orientation => Exif is null ? 1 : ExifOrientation.Read(Exif);

    /// <summary>How many pictures the file shows one after the other; only the first was read.</summary>
    public int Frames { get; init; } = 1;

    /// <summary>Whether other pictures follow in the file, as PNM allows; only the first was read.</summary>
    public bool HasMorePictures { get; init; }

    /// <summary>Metadata that was in the file but could not be kept, one reason each; never about pixels.</summary>
    public IReadOnlyList<string> Dropped { get; init; } = [];
}
