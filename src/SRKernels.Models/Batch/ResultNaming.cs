namespace SRKernels.Models.Batch;

/// <summary>How the name of a picture's result follows from the picture's own name, and from nothing else.</summary>
public sealed record ResultNaming
{
    private const string Extension = ".png";

    /// <summary><c>a.jpg</c> gives <c>a.png</c>.</summary>
    public static ResultNaming Default { get; } = new();

    /// <summary>Whether the source's extension is kept before the result's: <c>a.jpg</c> gives <c>a.jpg.png</c>.</summary>
    public bool Full { get; init; }

    /// <summary>What is put before the result's extension: with <c>-x4</c>, <c>a.jpg</c> gives <c>a-x4.png</c>.</summary>
    public string Suffix { get; init; } = "";

    /// <summary>The result's name or relative path.</summary>
    /// <param name="source">The picture's name or relative path.</param>
    public string Of(string source)
    {
        // By hand: Path.ChangeExtension takes a name that begins with its only dot for an extension alone.
        var extension = Path.GetExtension(source);
        var stem = Full || extension.Length == Path.GetFileName(source).Length ? source : source[..^extension.Length];
        return stem + Suffix + Extension;
    }

    /// <summary>Whether a name is one that a result would have: it ends in the suffix, before the result's extension.</summary>
    /// <param name="name">A name or relative path.</param>
    public bool IsResult(string name) => name.EndsWith(Suffix + Extension, StringComparison.OrdinalIgnoreCase);
}
