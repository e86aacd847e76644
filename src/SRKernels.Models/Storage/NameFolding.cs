using System.Globalization;
using System.Text;

namespace SRKernels.Models.Storage;

/// <summary>Names as a file system compares them that tells no cases, or no spellings of one accented letter, apart.</summary>
/// <remarks>
/// The program is built without the framework's Unicode tables of normal forms, so canonical decompositions come from a list beside this file.
/// Marks behind one letter are put in one order whatever their classes: a few names that differ in that alone count as one.
/// </remarks>
internal static class NameFolding
{
    private const int HangulFirst = 0xAC00, HangulCount = 11172, HangulVowels = 21, HangulTails = 28;
    private const string Resource = "SRKernels.Models.Storage.canonical_pairs.txt";
    private static readonly Lazy<Dictionary<char, string>> s_decompositions = new(ReadDecompositions);

    /// <summary>Equal for two names that such a file system takes for one.</summary>
    public static string Of(string name, bool foldsCase, bool foldsUnicode)
    {
        if (foldsUnicode && !Ascii.IsValid(name)) name = Decompose(name);
        return foldsCase ? name.ToUpperInvariant() : name;
    }

    private static string Decompose(string name)
    {
        var text = new StringBuilder();
        foreach (var letter in name) Append(text, letter);
        var letters = text.ToString().ToCharArray();
        for (var start = 0; start < letters.Length; start++)
        {
            if (!IsMark(letters[start])) continue;
            var end = start + 1;
            while (end < letters.Length && IsMark(letters[end])) end++;
            Array.Sort(letters, start, end - start);
            start = end;
        }

        return new string(letters);
    }

    private static void Append(StringBuilder text, char letter)
    {
        var syllable = letter - HangulFirst;
        if (syllable is >= 0 and < HangulCount)
        {
            // The Unicode Standard, 3.12: syllables are numbered by lead, vowel and tail.
            text.Append((char)(0x1100 + (syllable / (HangulVowels * HangulTails)))).Append((char)(0x1161 + (syllable / HangulTails % HangulVowels)));
            if (syllable % HangulTails > 0) text.Append((char)(0x11A7 + (syllable % HangulTails)));
        }
        else if (s_decompositions.Value.TryGetValue(letter, out var parts))
        {
            foreach (var part in parts) Append(text, part);
        }
        else
        {
            text.Append(letter);
        }
    }

    private static bool IsMark(char letter) => char.GetUnicodeCategory(letter) is UnicodeCategory.NonSpacingMark;

    private static Dictionary<char, string> ReadDecompositions()
    {
        var all = new Dictionary<char, string>();
        using var reader = new StreamReader(typeof(NameFolding).Assembly.GetManifestResourceStream(Resource)!);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#')) continue;
            var words = line.Split(' ');
            var second = Letter(words[0]);
            foreach (var word in words.AsSpan(1)) all[Letter(word[4..])] = second == '\0' ? $"{Letter(word[..4])}" : $"{Letter(word[..4])}{second}";
        }

        return all;
    }

    private static char Letter(string hex) => (char)int.Parse(hex, NumberStyles.AllowHexSpecifier);
}
