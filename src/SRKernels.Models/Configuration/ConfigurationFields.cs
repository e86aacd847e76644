using System.Text.Json;
using SRKernels.Runtime;

namespace SRKernels.Models.Configuration;

/// <summary>
/// The fields of one configuration object, read by name with a fallback. A field that nobody asked for is an error: it would change the
/// network in a way that this program does not know.
/// </summary>
internal sealed class ConfigurationFields
{
    private readonly string _who;
    private readonly Dictionary<string, JsonElement> _fields = new(StringComparer.Ordinal);

    public ConfigurationFields(string who, JsonElement element)
    {
        _who = who;
        if (element.ValueKind != JsonValueKind.Object) throw Bad("the whole", "an object", element);
        foreach (var field in element.EnumerateObject())
            if (!_fields.TryAdd(field.Name, field.Value))
                throw Bad(field.Name, "a field that occurs once", field.Value);
    }

    /// <summary>Parses the JSON text that a metadata string holds.</summary>
    public static ConfigurationFields Parse(string who, string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 4 });
            return new ConfigurationFields(who, document.RootElement.Clone());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new SrkException(who, "a JSON object", "other text", "the file's metadata is damaged: convert it again", e);
        }
    }

    /// <summary>The fields of one of a file's metadata strings.</summary>
    /// <exception cref="SrkException">There is no such string, or it holds no object.</exception>
    public static ConfigurationFields Of(string who, IReadOnlyDictionary<string, string> metadata, string name) =>
        Parse($"{who}: {name}", Required(who, metadata, name));

    /// <summary>A metadata string that a file of ours must have.</summary>
    /// <exception cref="SrkException">There is none.</exception>
    public static string Required(string who, IReadOnlyDictionary<string, string> metadata, string name) => metadata.TryGetValue(name, out var value)
        ? value
        : throw new SrkException(
            $"{who}: metadata", $"'{name}'", "none", "the file was not written by this project's tools: convert the checkpoint again");

    public int Int(int fallback, params ReadOnlySpan<string> names) => OptionalInt(names) ?? fallback;

    public int? OptionalInt(params ReadOnlySpan<string> names) => Take(names) switch
    {
        null or { Value.ValueKind: JsonValueKind.Null } => null,
        var (name, value) => ToInt(name, value),
    };

    public double Number(double fallback, params ReadOnlySpan<string> names)
    {
        if (Take(names) is not var (name, value)) return fallback;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) ? number : throw Bad(name, "a number", value);
    }

    public bool Flag(bool fallback, params ReadOnlySpan<string> names)
    {
        if (Take(names) is not var (name, value)) return fallback;
        return value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Bad(name, "true or false", value),
        };
    }

    public string? Text(params ReadOnlySpan<string> names)
    {
        if (Take(names) is not var (name, value)) return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw Bad(name, "text", value);
    }

    /// <summary>A list of integers; a single one counts as a list of one.</summary>
    public int[]? Ints(params ReadOnlySpan<string> names)
    {
        if (Take(names) is not var (name, value)) return null;
        if (value.ValueKind != JsonValueKind.Array) return [ToInt(name, value)];
        if (value.GetArrayLength() > 64) throw Bad(name, "at most 64 numbers", value);
        return [.. value.EnumerateArray().Select(item => ToInt(name, item))];
    }

    /// <summary>A number for each level; a single one counts for all.</summary>
    public int[] PerLevel(int levels, int fallback, string name)
    {
        var counts = Ints(name) ?? [fallback];
        if (counts.Length != 1) return counts;
        var all = new int[levels];
        Array.Fill(all, counts[0]);
        return all;
    }

    /// <summary>Takes note of fields that inference has no use for, whatever they say.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (var name in names) _fields.Remove(name);
    }

    /// <summary>Asks for the one value of a field that this program implements.</summary>
    public void Require(string name, params ReadOnlySpan<string> implemented)
    {
        if (!_fields.Remove(name, out var value)) return;
        foreach (var one in implemented)
            if (value.GetRawText() == one || (value.ValueKind == JsonValueKind.String && value.GetString() == one))
                return;
        throw Bad(name, string.Join(" or ", implemented.ToArray()), value);
    }

    public void CheckNothingLeft()
    {
        foreach (var (name, value) in _fields) throw Bad(name, "only fields that this version knows", value);
    }

    private int ToInt(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : throw Bad(name, "an integer", value);

    private (string Name, JsonElement Value)? Take(ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (_fields.Remove(name, out var value))
                return (name, value);
        return null;
    }

    private SrkException Bad(string name, string expected, JsonElement value)
    {
        var text = value.GetRawText();
        return new SrkException(
            $"{_who}: '{(name.Length <= 60 ? name : name[..60])}'",
            expected,
            text.Length <= 60 ? text : text[..60] + "...",
            "use a newer version, or convert the checkpoint again");
    }
}
