namespace SRKernels.Models.Imaging;

/// <summary>A kind of image file.</summary>
/// <param name="Name">Its name in messages, for example <c>PNG</c>.</param>
/// <param name="Extensions">The lower-case file name extensions it is written under, dot included.</param>
/// <param name="CanEncode">Whether it can be written; every format can be read.</param>
public sealed record ImageFormat(string Name, IReadOnlyList<string> Extensions, bool CanEncode)
{
    /// <summary>The most pixels that a side can have.</summary>
    public int MaxSide { get; init; } = int.MaxValue;

    /// <summary>The most samples that a picture can have where it is written; null where the sides alone decide.</summary>
    public long? MaxSamples { get; init; }

    /// <summary>Whether pixels can be transparent.</summary>
    public bool HoldsAlpha { get; init; } = true;

    /// <summary>Bits per sample at most.</summary>
    public int MaxBitDepth { get; init; } = 16;

    /// <summary>Refuses a picture that this format cannot hold: asked before the picture is computed.</summary>
    /// <param name="who">What the message calls it; null for the format alone.</param>
    /// <param name="width">Pixels per row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="layout">Its channels; alpha that the format does not hold is for <see cref="FormatFit"/>.</param>
    /// <exception cref="ImageException">A side is too long, or there are too many samples.</exception>
    public void CheckHolds(string? who, long width, long height, PixelLayout layout)
    {
        who = who is null ? Name : $"{who}: {Name}";
        if (width > MaxSide || height > MaxSide)
            throw new ImageException(who, $"at most {MaxSide} pixels a side", $"{width} x {height}", Remedy);
        if (MaxSamples is { } most && (Int128)width * height * ChannelsOf(layout) > most)
            throw new ImageException(who, $"at most {most} samples", $"{width} x {height} x {ChannelsOf(layout)}", Remedy);
    }

    private string Remedy => Name == "PNG" ? "cut the picture" : "write PNG, or cut the picture";

    private int ChannelsOf(PixelLayout layout) => (int)layout - (layout is PixelLayout.GreyAlpha or PixelLayout.Rgba && !HoldsAlpha ? 1 : 0);
}
