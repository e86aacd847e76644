namespace SRKernels.Models;

/// <summary>Whose habits an upscaling follows.</summary>
public enum Compatibility
{
    /// <summary>Ours: no seams, EXIF rotation applied, alpha, grey, 16 bits, profile and EXIF kept.</summary>
    None,

    /// <summary>
    /// What the authors' own command gives: its tiles and plain mean, fresh noise for each tile from one generator, padding to the configured size,
    /// no EXIF rotation, three 8-bit channels out, no metadata.
    /// </summary>
    Upstream,
}
