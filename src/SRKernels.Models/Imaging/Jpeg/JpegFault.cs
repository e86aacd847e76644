using System.Diagnostics.CodeAnalysis;

namespace SRKernels.Models.Imaging.Jpeg;

/// <summary>Cold throw sites of the JPEG reader; <see cref="JpegCodec"/> adds the file's name and how far the reader
/// was.</summary>
internal static class JpegFault
{
    /// <summary>What to do about a file that is damaged, not of another kind.</summary>
    public const string Damaged = "the file is damaged: fetch or export it again";

    /// <summary>Something in the file that is wrong or that we do not read.</summary>
    [DoesNotReturn]
    public static void Throw(string expected, string got, string remedy = Damaged) => throw Create(expected, got, remedy);

    /// <summary>The same for use in expressions.</summary>
    public static ImageException Create(string expected, string got, string remedy = Damaged) => new("JPEG", expected, got, remedy);

    /// <summary>The data ended inside a segment or scan.</summary>
    [DoesNotReturn]
    public static void Truncated(string where) => Throw($"more data in {where}", "the end of the file or a marker");
}
