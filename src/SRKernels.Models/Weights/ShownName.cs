namespace SRKernels.Models.Weights;

/// <summary>Names that a file chose, in an error.</summary>
internal static class ShownName
{
    private const int MostLetters = 120;

    /// <summary>Keeps an error readable whatever a hostile file calls its tensors.</summary>
    public static string Of(string name)
    {
        var shown = name.Length <= MostLetters ? name : name[..MostLetters] + "...";
        return string.Concat(shown.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
    }
}
