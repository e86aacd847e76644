using SRKernels.Models.Imaging.Jpeg;

namespace SRKernels.Models.Imaging;

/// <summary>What a format has no place for in metadata: carried is what both sides can hold.</summary>
public static class MetadataFit
{
    /// <summary>The kinds of metadata that do not come along, a few words each.</summary>
    /// <param name="metadata">What the picture has.</param>
    /// <param name="format">Where it is to be written.</param>
    /// <param name="profileOnly">Whether only the ICC profile is wanted: nothing else is missed then.</param>
    public static IReadOnlyList<string> Losses(ImageMetadata metadata, ImageFormat format, bool profileOnly = false)
    {
        var losses = new List<string>();
        bool isJpeg = format.Name == "JPEG";
        if (isJpeg && metadata.IccProfile is { } icc && !JpegMetadataWriter.HoldsProfile(icc)) losses.Add("a colour profile of more than 16 MB");
        if (profileOnly) return losses;
        if (!isJpeg)
        {
            if (metadata.Iptc is not null) losses.Add("IPTC");
            if (metadata.Density is { } density && density.ForPng() is null) losses.Add("the density");
            return losses;
        }

        // What says sRGB loses nothing: that is what a picture without a word is taken for. Beside a profile only cICP counts.
        if (metadata.ColourTags is { } tags && (tags.CodePoints is not null || (tags.Srgb is null && metadata.IccProfile is null))) losses.Add($"{Names(tags)} (colours that are not sRGB will look different)");
        if (metadata.Density is { } ratio && ratio.ForJfif() is null) losses.Add("the density");
        if (metadata.Exif is { } exif && !JpegMetadataWriter.HoldsExif(exif)) losses.Add("EXIF of more than 64 KB");
        if (metadata.Xmp is { } xmp && !JpegMetadataWriter.HoldsXmp(xmp)) losses.Add("XMP of more than 64 KB");
        if (metadata.Iptc is { } iptc && !JpegMetadataWriter.HoldsIptc(iptc)) losses.Add("IPTC of more than 64 KB");
        if (metadata.Texts.Any(text => text.Keyword != ImageText.Comment)) losses.Add("PNG texts other than a comment");
        if (metadata.Texts.Any(text => text.Keyword == ImageText.Comment && !JpegMetadataWriter.HoldsComment(text))) losses.Add("comments of more than 64 KB");
        return losses;
    }

    private static string Names(ColourTags tags)
    {
        var names = new List<string>();
        if (tags.CodePoints is not null) names.Add("cICP");
        if (tags.Srgb is not null) names.Add("sRGB");
        if (tags.Gamma is not null) names.Add("gAMA");
        if (tags.Chromaticities is not null) names.Add("cHRM");
        return string.Join(", ", names);
    }
}
