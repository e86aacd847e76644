namespace SRKernels.Models.Imaging;

/// <summary>A text that a file carries: a PNG text chunk or a JPEG comment.</summary>
/// <param name="Keyword">What it is about, 1 to 79 Latin-1 letters: <see cref="Comment"/>, Title, Author, ...</param>
/// <param name="Text">The text itself.</param>
public sealed record ImageText(string Keyword, string Text)
{
    /// <summary>The keyword of what JPEG knows as a comment.</summary>
    public const string Comment = "Comment";

    /// <summary>The language, as RFC 3066 names it; empty where the file does not say.</summary>
    public string Language { get; init; } = "";

    /// <summary>The keyword in that language; empty where the file does not say.</summary>
    public string TranslatedKeyword { get; init; } = "";
}
