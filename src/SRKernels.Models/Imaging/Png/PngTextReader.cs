using System.Text;

namespace SRKernels.Models.Imaging.Png;

/// <summary>
/// Gathers the texts of a PNG: tEXt (keyword, zero, Latin-1), zTXt (the text compressed), iTXt (UTF-8, compressed or not, with a language).
/// All of them together are bounded, in what they take and in what is inflated for them.
/// </summary>
internal sealed class PngTextReader(int limitBytes, DroppedMetadata dropped)
{
    /// <summary>The keyword under which XMP is stored.</summary>
    public const string XmpKeyword = "XML:com.adobe.xmp";

    // Each costs memory of its own beside its letters.
    private const int MostTexts = 1000;
    private const int LongestKeyword = 79;

    // Each may have cost as much inflating as the limit allows.
    private const int MostFailures = 8;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly List<ImageText> texts = [];
    private int leftBytes = limitBytes;
    private int failures;

    public IReadOnlyList<ImageText> Texts => texts;

    public byte[]? Xmp { get; private set; }

    /// <summary>Takes the data of one chunk.</summary>
    public void Take(string type, byte[] data)
    {
        int end = data.AsSpan().IndexOf((byte)0);
        if (end is < 1 or > LongestKeyword)
        {
            dropped.Add($"{type}: no keyword");
            return;
        }

        string keyword = Encoding.Latin1.GetString(data, 0, end);
        // It names the program that wrote that file, which did not write the next one.
        if (keyword == PngText.SoftwareKeyword) return;
        if (texts.Count == MostTexts)
        {
            dropped.Add($"{type}: more than {MostTexts} texts");
            return;
        }

        if (type is "iTXt") TakeInternational(keyword, data, end + 1);
        else if (Bytes(type, data, end + 1, isCompressed: type is "zTXt", hasMethod: type is "zTXt") is { } text)
            texts.Add(new ImageText(keyword, Encoding.Latin1.GetString(text)));
    }

    private void TakeInternational(string keyword, byte[] data, int at)
    {
        // A flag, a method, the language and its zero, the translated keyword and its zero, the text.
        int languageEnd = at + 2 <= data.Length ? data.AsSpan(at + 2).IndexOf((byte)0) + at + 2 : 0;
        int keywordEnd = languageEnd >= at + 2 ? data.AsSpan(languageEnd + 1).IndexOf((byte)0) + languageEnd + 1 : 0;
        if (keywordEnd <= languageEnd || data[at] > 1 || (data[at] == 1 && data[at + 1] != 0))
        {
            dropped.Add("iTXt: not a text");
            return;
        }

        if (Bytes("iTXt", data, keywordEnd + 1, isCompressed: data[at] == 1, hasMethod: false) is not { } text) return;
        if (keyword == XmpKeyword)
        {
            Xmp ??= text;
            return;
        }

        try
        {
            texts.Add(new ImageText(keyword, Utf8.GetString(text))
            {
                Language = Encoding.Latin1.GetString(data, at + 2, languageEnd - at - 2),
                TranslatedKeyword = Utf8.GetString(data, languageEnd + 1, keywordEnd - languageEnd - 1),
            });
        }
        catch (DecoderFallbackException)
        {
            dropped.Add("iTXt: not UTF-8");
        }
    }

    // The text's bytes from there on, inflated if need be; null with a reason.
    private byte[]? Bytes(string type, byte[] data, int from, bool isCompressed, bool hasMethod)
    {
        if (hasMethod && (from >= data.Length || data[from++] != 0))
        {
            dropped.Add($"{type}: expected compression method 0");
            return null;
        }

        if (failures == MostFailures) return null;
        byte[] stored = data[from..];
        if (isCompressed)
        {
            if (PngMetadataReader.Inflate(stored, leftBytes, type, dropped) is { } text) stored = text;
            else
            {
                failures++;
                return null;
            }
        }
        else if (stored.Length > leftBytes)
        {
            dropped.Add($"{type}: the texts are longer than ImageLimits.MaxMetadataBytes");
            return null;
        }

        leftBytes -= stored.Length;
        return stored;
    }
}
