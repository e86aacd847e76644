using System.Text.Json;
using SRKernels.Models.Storage;
using SRKernels.Runtime;

namespace SRKernels.Models.Published;

/// <summary>What is known of a file since its first download: a small JSON beside it, which stays when the file goes.</summary>
/// <param name="Sha256">Its sum, in small hexadecimal digits.</param>
/// <param name="LengthBytes">Its length.</param>
/// <param name="SeenUtc">When the file was last written, as it was when its bytes were last compared with the sum: while that stays, they need not be read again.</param>
/// <param name="FirstUtc">When it was first there.</param>
/// <param name="Address">Where it came from; null where it was put there by hand.</param>
internal sealed record FileRecord(string Sha256, long LengthBytes, DateTime SeenUtc, DateTime FirstUtc, string? Address)
{
    private const int MostBytes = 1 << 16, Sha256Digits = 64;

    /// <summary>The record beside a file; null where there is none.</summary>
    /// <exception cref="SrkException">It cannot be read, or is damaged.</exception>
    public static FileRecord? Of(string path)
    {
        var place = PathFor(path);
        try
        {
            if (!File.Exists(place)) return null;
            if (new FileInfo(place).Length > MostBytes) throw Damaged(place, null);
            using var document = JsonDocument.Parse(File.ReadAllBytes(place), new JsonDocumentOptions { MaxDepth = 4 });
            var root = document.RootElement;
            var record = new FileRecord(
                root.GetProperty("sha256").GetString()!, root.GetProperty("lengthBytes").GetInt64(), root.GetProperty("seenUtc").GetDateTime().ToUniversalTime(),
                root.GetProperty("firstUtc").GetDateTime().ToUniversalTime(), root.TryGetProperty("address", out var address) ? address.GetString() : null);
            return record.Sha256 is { Length: Sha256Digits } && record.LengthBytes >= 0 ? record : throw Damaged(place, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SrkException(place, "a record that can be read", e.Message, "check its permissions", e);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw Damaged(place, e);
        }
    }

    public static string PathFor(string path) => path + ".json";

    /// <summary>Writes it beside a file, wholly or not at all.</summary>
    /// <exception cref="SrkException">It cannot be written.</exception>
    public void Write(string path) => WriteJson(PathFor(path), json =>
    {
        json.WriteString("sha256", Sha256);
        json.WriteNumber("lengthBytes", LengthBytes);
        json.WriteString("seenUtc", SeenUtc);
        json.WriteString("firstUtc", FirstUtc);
        if (Address is not null) json.WriteString("address", Address);
    });

    /// <summary>Writes a small JSON object to a file, wholly or not at all.</summary>
    public static void WriteJson(string path, Action<Utf8JsonWriter> fields) => AtomicFile.Write(path, stream =>
    {
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            fields(json);
            json.WriteEndObject();
        }

        stream.Write("\n"u8);
    });

    private static SrkException Damaged(string place, Exception? cause) => new(
        place, "the record of a download", "another text", "remove it: the file beside it is then taken as it is, and recorded by 'srk weights verify'", cause);
}
