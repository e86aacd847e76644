namespace SRKernels.Models.Imaging;

/// <summary>A kind of image file.</summary>
/// <param name="Name">Its name in messages, for example <c>PNG</c>.</param>
/// <param name="Extensions">The lower-case file name extensions it is written under, dot included.</param>
/// <param name="CanEncode">Whether it can be written; every format can be read.</param>
public sealed record ImageFormat(string Name, IReadOnlyList<string> Extensions, bool CanEncode);
