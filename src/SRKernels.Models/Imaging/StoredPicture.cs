namespace SRKernels.Models.Imaging;

/// <summary>What a file turned out to be without its pixels being decoded.</summary>
/// <param name="Format">The format of its first bytes, or null.</param>
/// <param name="IsWhole">Whether it is a whole picture: it ends where its format says, and its checksums are right.</param>
/// <param name="IsBegun">Whether it is what an interrupted writer leaves: nothing, zeros, or the beginning of a PNG.</param>
/// <param name="Software">The program that signed it, or null.</param>
public sealed record StoredPicture(ImageFormat? Format, bool IsWhole, bool IsBegun, string? Software);
