using System.Buffers.Binary;
using System.IO.Compression;

namespace SRKernels.Models.Imaging.Png;

/// <summary>What the ancillary chunks of a PNG say beside the pixels. What is damaged or too large is dropped with a reason.</summary>
/// <remarks>W3C PNG specification, third edition, 11.3. Of each chunk the first one counts, but for texts.</remarks>
internal sealed class PngMetadataReader(PngChunks chunks, ImageLimits limits, DroppedMetadata dropped)
{
    // Perceptual, relative, saturation, absolute.
    private const int LastIntent = 3;
    private readonly PngTextReader texts = new(limits.MaxMetadataBytes, dropped);
    private byte[]? profile;
    private byte[]? exif;
    private PixelDensity? density;
    private ColourTags colours = new();
    private int frames = 1;

    /// <summary>Takes the current chunk if it is one of metadata; false, and nothing read, if not.</summary>
    /// <param name="afterPixels">Whether the pixels were there before it: too late for most.</param>
    public bool TryRead(bool afterPixels)
    {
        switch (chunks.Type)
        {
            case "iCCP" when profile is null && !afterPixels:
                ReadProfile();
                return true;
            case "eXIf" when exif is null:
                ReadExif();
                return true;
            case "gAMA" when colours.Gamma is null && !afterPixels:
                colours = colours with { Gamma = Fixed(4) };
                return true;
            case "cHRM" when colours.Chromaticities is null && !afterPixels:
                colours = colours with { Chromaticities = Fixed(32) };
                return true;
            case "sRGB" when colours.Srgb is null && !afterPixels:
                if (Fixed(1) is { } intent)
                {
                    if (intent[0] <= LastIntent) colours = colours with { Srgb = intent };
                    else dropped.Add($"sRGB: expected a rendering intent of 0 to {LastIntent}, got {intent[0]}");
                }

                return true;
            case "cICP" when colours.CodePoints is null && !afterPixels:
                colours = colours with { CodePoints = Fixed(4) };
                return true;
            case "pHYs" when density is null && !afterPixels:
                density = Fixed(9) is { } data ? Density(data) : null;
                return true;
            case "tEXt" or "zTXt" or "iTXt":
                if (chunks.ReadMetadata(limits.MaxMetadataBytes) is { } text)
                    texts.Take(chunks.Type, text);
                return true;
            case "acTL":
                // APNG: the number of frames, the number of plays.
                frames = chunks.ReadMetadata(limits.MaxMetadataBytes) is { Length: 8 } control ? BinaryPrimitives.ReadInt32BigEndian(control) : 1;
                return true;
            default:
                return false;
        }
    }

    /// <summary>What a picture of this layout keeps.</summary>
    public ImageMetadata ForPixels(PixelLayout layout)
    {
        if (profile is not null && !IccProfile.Fits(profile, layout))
        {
            dropped.Add($"iCCP: a profile for {IccProfile.ColourSpace(profile)} pixels on {layout}");
            profile = null;
        }

        return new ImageMetadata
        {
            IccProfile = profile, Exif = exif, Xmp = texts.Xmp, Texts = texts.Texts, Density = density,
            ColourTags = colours.IsEmpty ? null : colours, Frames = Math.Max(1, frames), Dropped = dropped.Reasons,
        };
    }

    /// <summary>What compressed metadata inflates to; null, with a reason, where it is damaged or longer than the limit.</summary>
    /// <param name="compressed">zlib data.</param>
    /// <param name="limit">The most bytes; at most one buffer more is inflated.</param>
    /// <param name="part">The chunk, for the reason.</param>
    /// <param name="dropped">Takes the reason.</param>
    public static byte[]? Inflate(byte[] compressed, int limit, string part, DroppedMetadata dropped)
    {
        try
        {
            using var inflater = new ZLibStream(new MemoryStream(compressed, writable: false), CompressionMode.Decompress);
            using var result = new MemoryStream();
            byte[] buffer = new byte[4096];
            for (int count; (count = inflater.Read(buffer)) > 0;)
            {
                if (result.Length + count > limit)
                {
                    dropped.Add($"{part}: longer than ImageLimits.MaxMetadataBytes when inflated");
                    return null;
                }

                result.Write(buffer, 0, count);
            }

            return result.ToArray();
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            dropped.Add($"{part}: damaged compressed data");
            return null;
        }
    }

    private byte[]? Fixed(int length)
    {
        string type = chunks.Type;
        if (chunks.ReadMetadata(limits.MaxMetadataBytes) is not { } data)
            return null;
        if (data.Length == length)
            return data;
        dropped.Add($"{type}: expected {length} bytes, got {data.Length}");
        return null;
    }

    private PixelDensity? Density(byte[] data)
    {
        uint x = BinaryPrimitives.ReadUInt32BigEndian(data), y = BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(4));
        if (x is > 0 and <= int.MaxValue && y is > 0 and <= int.MaxValue && data[8] <= 1)
            return new PixelDensity(x, y, data[8] == 1 ? DensityUnit.Metre : DensityUnit.None);
        if (x == 0 && y == 0)
            return null;
        dropped.Add($"pHYs: expected a density, got {x} x {y}, unit {data[8]}");
        return null;
    }

    private void ReadProfile()
    {
        if (chunks.ReadMetadata(limits.MaxMetadataBytes) is not { } data)
            return;
        // A name of 1 to 79 bytes, a zero, the compression method 0, the compressed profile.
        int nameEnd = data.AsSpan().IndexOf((byte)0);
        if (nameEnd is < 1 or > 79 || nameEnd + 2 > data.Length || data[nameEnd + 1] != 0)
        {
            dropped.Add("iCCP: not a profile");
            return;
        }

        profile = Inflate(data[(nameEnd + 2)..], limits.MaxMetadataBytes, "iCCP", dropped);
    }

    private void ReadExif()
    {
        if (chunks.ReadMetadata(limits.MaxMetadataBytes) is not { } data)
            return;
        if (ExifBlock.IsOne(data))
            exif = data;
        else
            dropped.Add("eXIf: not a TIFF block");
    }
}
