namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>What was found damaged in a file of which is shown what it holds.</summary>
internal sealed class JpegDamage
{
    /// <summary>The first damage, in words; null for none.</summary>
    public string? First { get; private set; }

    public void Note(string what) => First ??= what;
}
